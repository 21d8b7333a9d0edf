import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { vi } from "vitest";
import { KubeClient } from "../../src/client/client.js";
import { type Connection, readKubeconfig } from "../../src/client/connection.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import { type EmulatedFleetOptions, startEmulatedFleet } from "../../src/compose.js";
import { NO_DELAYS } from "../../src/config/delays.js";
import { type FakeApiserver, startFakeApiserver } from "../../src/embed.js";
import type { JsonObject, KubeObject } from "../../src/kube/json.js";
import type { LocalClient } from "../../src/kube/local-client.js";
import { ManagementLoop } from "../../src/management/loop.js";
import type { ManagementSettings } from "../../src/management/settings.js";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { generateKey } from "../../src/pki/keys.js";
import { apiVersionOf, type Contract, definitions, pathOf } from "./definitions.js";

export const SETTINGS: ManagementSettings = {
  owns: (host) => host === "127.0.0.1",
  byServerName: false,
  infrastructure: new Set(),
  delays: NO_DELAYS,
  resyncMs: 60_000,
  retryMs: 50,
  lease: { namespace: "default", name: "fake-apiserver", identity: "me", durationMs: 15_000, renewMs: 100 },
};

const log = pino({ level: process.env.LOG ?? "silent" });

/** A management cluster, a fleet, and the loop between them. The test plays the controllers. */
export class Rig {
  #loops: ManagementLoop[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "management-"));

  private constructor(
    readonly management: FakeApiserver,
    readonly fleet: Fleet,
    readonly api: KubeClient,
    readonly connection: Connection,
    readonly contract: Contract,
  ) {}

  static async start(contract: Contract = "v1beta2", options: Partial<EmulatedFleetOptions> = {}): Promise<Rig> {
    const management = await startFakeApiserver();
    const fleet = await startEmulatedFleet({ clusters: 0, basePort: 0, log, ...options });
    const folder = mkdtempSync(join(tmpdir(), "management-"));
    const path = join(folder, "kubeconfig");
    writeFileSync(path, await management.clusters[0]!.kubeconfig());
    const connection = readKubeconfig(path);
    rmSync(folder, { recursive: true });
    const api = new KubeClient(connection);
    for (const definition of definitions(contract)) {
      await api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    }
    const rig = new Rig(management, fleet, api, connection, contract);
    await rig.until(async () => {
      for (const kind of ["Cluster", "BareMetalHost"]) await api.get(pathOf(contract, kind));
    });
    return rig;
  }

  loop(settings: Partial<ManagementSettings> = {}, connection = this.connection): ManagementLoop {
    const loop = new ManagementLoop({ connection, fleet: this.fleet, settings: { ...SETTINGS, ...settings }, log });
    this.#loops.push(loop);
    loop.start();
    return loop;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
    this.api.close();
    await this.fleet.close();
    await this.management.stop();
    rmSync(this.#folder, { recursive: true });
  }

  until<T>(check: () => Promise<T> | T): Promise<T> {
    return vi.waitFor(check, { timeout: 15_000, interval: 20 });
  }

  async create(kind: string, name: string, rest: JsonObject = {}, metadata: JsonObject = {}): Promise<KubeObject> {
    const apiVersion = apiVersionOf(this.contract, kind);
    const { status, ...body } = rest;
    const made = await this.api.create(pathOf(this.contract, kind), {
      apiVersion,
      kind,
      metadata: { name, namespace: "default", ...metadata },
      ...body,
    });
    return status === undefined ? made : this.status(kind, name, status as JsonObject);
  }

  get(kind: string, name: string): Promise<KubeObject> {
    return this.api.get(`${pathOf(this.contract, kind)}/${name}`);
  }

  patch(kind: string, name: string, patch: JsonObject): Promise<KubeObject> {
    return this.api.patch(`${pathOf(this.contract, kind)}/${name}`, patch);
  }

  status(kind: string, name: string, status: JsonObject): Promise<KubeObject> {
    return this.api.patch(`${pathOf(this.contract, kind)}/${name}/status`, { status });
  }

  async delete(kind: string, name: string): Promise<void> {
    await this.api.delete(`${pathOf(this.contract, kind)}/${name}`);
  }

  /** How this contract refers to an object. */
  reference(kind: string, name: string): JsonObject {
    const apiVersion = apiVersionOf(this.contract, kind);
    return this.contract === "v1beta1"
      ? { apiVersion, kind, name, namespace: "default" }
      : { apiGroup: apiVersion.split("/")[0]!, kind, name };
  }

  /** Those that a KubeadmControlPlane makes; returns the CA. */
  async secrets(cluster: string, authority = CertificateAuthority.create(Date.now())): Promise<CertificateAuthority> {
    await this.secret(`${cluster}-ca`, authority.pair.certificate, authority.pair.key);
    const etcd = CertificateAuthority.create(Date.now()).pair;
    await this.secret(`${cluster}-etcd`, etcd.certificate, etcd.key);
    await this.secret(`${cluster}-sa`, "public", generateKey().pem);
    return authority;
  }

  async secret(name: string, certificate: string, key: string): Promise<void> {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const data = { "tls.crt": base64(certificate), "tls.key": base64(key) };
    const there = await this.api.find(`/api/v1/namespaces/default/secrets/${name}`);
    if (there !== undefined) await this.api.patch(`/api/v1/namespaces/default/secrets/${name}`, { data });
    else await this.api.create("/api/v1/namespaces/default/secrets", { metadata: { name }, data });
  }

  /** A Cluster with a KubeadmControlPlane and an endpoint on a port that is free. */
  async cluster(name: string, port: number, controlPlane: JsonObject = {}, host = "127.0.0.1"): Promise<KubeObject> {
    await this.create("KubeadmControlPlane", name, { spec: { kubeadmConfigSpec: controlPlane } });
    return this.create("Cluster", name, {
      spec: {
        controlPlaneEndpoint: { host, port },
        controlPlaneRef: this.reference("KubeadmControlPlane", name),
        infrastructureRef: this.reference("StubCluster", name),
        clusterNetwork: { pods: { cidrBlocks: ["10.244.0.0/16"] } },
      },
    });
  }

  /** A Machine on a StubMachine of its own. `providerID`: it has been provisioned. */
  async machine(cluster: string, name: string, how: MachineOptions = {}): Promise<KubeObject> {
    const labels = {
      "cluster.x-k8s.io/cluster-name": cluster,
      ...(how.controlPlane ? { "cluster.x-k8s.io/control-plane": "" } : {}),
    };
    const { providerID = `stub://${name}`, config } = how;
    const machine = await this.create(
      "Machine",
      name,
      {
        spec: {
          clusterName: cluster,
          version: how.version ?? "v1.33.1",
          bootstrap: {
            dataSecretName: "data",
            ...(config ? { configRef: this.reference("KubeadmConfig", name) } : {}),
          },
          infrastructureRef: this.reference(how.infrastructure ?? "StubMachine", name),
        },
      },
      { labels, ...(how.owner ? { ownerReferences: [how.owner] } : {}) },
    );
    if (config) await this.create("KubeadmConfig", name, { spec: config }, { labels });
    if (how.infrastructure === undefined) {
      const owner = { apiVersion: machine.apiVersion, kind: "Machine", name, uid: machine.metadata.uid ?? "" };
      const spec = providerID === "" ? {} : { providerID };
      await this.create("StubMachine", name, { spec }, { labels, ownerReferences: [owner] });
    }
    return machine;
  }

  client(cluster: string): Promise<LocalClient> {
    return this.fleet.cluster(`default.${cluster}`).localClient("test");
  }

  node(cluster: string, name: string): Promise<KubeObject> {
    return this.until(async () => (await this.client(cluster)).get(`/api/v1/nodes/${name}`));
  }

  async nodes(cluster: string): Promise<string[]> {
    const nodes = await (await this.client(cluster)).list("/api/v1/nodes");
    return nodes.map(({ metadata }) => metadata.name ?? "");
  }

  /** "Warning InvalidSecret Cluster/c1 …", oldest first. */
  async events(): Promise<string[]> {
    const { items } = await this.api.list("/api/v1/namespaces/default/events");
    return [...items]
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ type, reason, message, involvedObject: of }) => {
        const { kind, name } = of as JsonObject;
        return `${String(type)} ${String(reason)} ${String(kind)}/${String(name)} ${String(message)}`;
      });
  }
}

export interface MachineOptions {
  readonly controlPlane?: boolean;
  readonly version?: string;
  /** "" for none yet. */
  readonly providerID?: string;
  /** The spec of its KubeadmConfig. */
  readonly config?: JsonObject;
  /** The kind of an infrastructure object that the test makes. */
  readonly infrastructure?: string;
  /** What the Machine belongs to. */
  readonly owner?: JsonObject;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A way to a server that can be cut. */
export class Line {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  port = 0;

  constructor(readonly to: { readonly host: string; readonly port: number }) {}

  async open(): Promise<void> {
    const server = createServer((socket) => {
      const other = connect(this.to.port, this.to.host);
      for (const [one, two] of [
        [socket, other],
        [other, socket],
      ] as const) {
        this.#sockets.add(one);
        one.pipe(two);
        one.on("error", () => two.destroy());
        one.on("close", () => {
          two.destroy();
          this.#sockets.delete(one);
        });
      }
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.address() as { port: number }).port;
  }

  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
