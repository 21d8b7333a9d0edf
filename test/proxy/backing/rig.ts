import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../../src/cluster/cluster.js";
import type { Fleet } from "../../../src/cluster/fleet.js";
import type { RealState } from "../../../src/cluster/real-server.js";
import type { KubernetesSpec, ProxyWay } from "../../../src/cluster/spec.js";
import { CertificateAuthority } from "../../../src/pki/authority.js";
import type { BackingSettings } from "../../../src/proxy/backing/backing-cluster.js";
import type { BackingChoice } from "../../../src/proxy/backing/backings.js";
import { RealServers, type SharedEtcd } from "../../../src/proxy/real-servers.js";
import { silent, testFleet } from "../../server/support.js";
import { type BackingStandIn, NAMESPACE } from "./stand-in.js";

const etcdCa = CertificateAuthority.create(Date.now(), "etcd-ca");

/** An etcd that has a place for everybody, and nothing in it. */
class NoEtcd implements SharedEtcd {
  readonly purged: string[] = [];

  async tenant(name: string) {
    const client = etcdCa.issueClient(Date.now(), { commonName: name });
    this.#clients.set(name, this.#clients.get(name) ?? client);
    const endpoints = ["https://etcd.example:2379"];
    return { name, prefix: `/${name}/`, endpoints, ca: etcdCa.certificate, client: this.#clients.get(name)! };
  }
  readonly #clients = new Map<string, ReturnType<CertificateAuthority["issueClient"]>>();

  async purge(name: string): Promise<void> {
    this.purged.push(name);
  }
  async check(): Promise<void> {}
  async take(): Promise<void> {}
  async give(): Promise<never> {
    throw new Error("it has nothing");
  }
  async close(): Promise<void> {}
}

/** A fleet whose servers are in backing clusters, and what it leaves behind for the next one. */
export class BackingRig {
  readonly dir = mkdtempSync(join(tmpdir(), "backing-"));
  readonly etcd = new NoEtcd();
  readonly #settings: readonly BackingSettings[];
  fleet!: Fleet;

  readonly #choice: Partial<BackingChoice>;

  constructor(settings: readonly BackingSettings[], choice: Partial<BackingChoice> = {}) {
    this.#settings = settings;
    this.#choice = choice;
  }

  static backing(name: string, standIn: BackingStandIn, more: Partial<BackingSettings> = {}): BackingSettings {
    return { name, connection: standIn.connection, namespace: NAMESPACE, ...more };
  }

  /** Its clusters are made by {@link add}: nothing but servers is known from before. */
  async start(known: readonly string[] = []): Promise<this> {
    const reals = new RealServers({
      binary: () => Promise.reject(new Error("no binary")),
      settings: {
        ...{ preset: "plain", serviceCidr: "10.0.0.0/16", authorizationMode: "RBAC" },
        ...{ enabledAdmission: [], disabledAdmission: [] },
      },
      ...{ serviceIp: "10.0.0.1", now: Date.now, log: silent, etcd: this.etcd },
      hosts: ({ endpoint }) => [endpoint.host],
      dir: (cluster) => join(this.dir, "real", cluster),
      backings: {
        ...{ clusters: this.#settings, image: "example/kube-apiserver:v1", dir: join(this.dir, "backing") },
        ...this.#choice,
      },
    });
    const options = { clusters: 0, out: join(this.dir, "out") };
    this.fleet = await testFleet(undefined, options, { createBackend: reals.create, reals });
    for (const name of known) await this.add(name);
    reals.begin(this.fleet.clusters);
    return this;
  }

  async add(name: string, spec: Partial<KubernetesSpec> = {}, proxy: ProxyWay = "terminate"): Promise<Cluster> {
    return this.fleet.create({
      name,
      backend: { type: "passthrough", proxy, runtime: { type: "kubernetes", ...spec } },
    });
  }

  async state(name: string): Promise<RealState> {
    return (await this.fleet.cluster(name).real)!.state;
  }

  /** Until it holds; the test's time limit is its end. */
  async until(name: string, holds: (state: RealState) => boolean): Promise<RealState> {
    for (;;) {
      const state = await this.state(name);
      if (holds(state)) return state;
      await sleep(20);
    }
  }

  async stop(): Promise<void> {
    await this.fleet.close();
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
