import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Logger } from "pino";
import { StartError } from "../../cluster/start-error.js";
import type { KubeObject } from "../../kube/json.js";
import { CertificateAuthority, type KeyPair } from "../../pki/authority.js";
import { ROOT } from "../etcd/authentication.js";
import type { Tenant } from "../etcd/tenant.js";
import { joined } from "../forward/upgraded.js";
import { readPair, writePrivate } from "../pki.js";
import { LazyEtcd } from "../shared-etcd.js";
import type { BackingCluster } from "./backing-cluster.js";
import { CLIENT_PORT, etcdHosts, etcdName, etcdObjects } from "./etcd-objects.js";
import { isReady, podsProblem } from "./verdict.js";

export interface EtcdSettings {
  readonly image: string;
  /** "10Gi" on a volume; undefined: data go with the pod. */
  readonly storage?: string;
}

export interface BackingEtcdParts {
  /** Holds keys and certificates. */
  readonly dir: string;
  readonly fleet: string;
  readonly now: () => number;
  readonly log: Logger;
}

/** A certificate that has so long to go is not made anew. */
const LEFT_MS = 30 * 24 * 3_600_000;

/** The etcd that the servers in one backing cluster share, in a StatefulSet there. Methods throw StartError. */
export class BackingEtcd {
  readonly instance: string;
  readonly #backing: BackingCluster;
  readonly #settings: EtcdSettings;
  readonly #parts: BackingEtcdParts;
  readonly #sockets = new Set<Socket>();
  #opening: Promise<LazyEtcd> | undefined;
  #bridge: Server | undefined;
  #objects: readonly KubeObject[] = [];

  constructor(backing: BackingCluster, settings: EtcdSettings, parts: BackingEtcdParts) {
    this.#backing = backing;
    this.#settings = settings;
    this.#parts = parts;
    this.instance = etcdName(parts.fleet);
  }

  /** A cluster's place, as pods of the backing cluster reach it. */
  async tenant(cluster: string): Promise<Tenant> {
    const etcd = await this.#open();
    const pods = this.#backing.pods(this.instance);
    if (!pods.some(isReady)) {
      await this.#backing.apply(this.#objects); // somebody may have deleted it
      const why = podsProblem(pods) ?? (pods.length === 0 ? "no pod has been made yet" : "its pod is starting");
      throw new StartError(`etcd in backing cluster ${this.#backing.name} is not ready: ${why}`);
    }
    const tenant = await etcd.tenant(cluster);
    const { namespace } = this.#backing.settings;
    return { ...tenant, endpoints: [`https://${this.instance}.${namespace}.svc:${CLIENT_PORT}`] };
  }

  async purge(cluster: string): Promise<void> {
    await (await this.#open()).purge(cluster);
  }

  async close(): Promise<void> {
    const etcd = await this.#opening?.catch(() => undefined);
    await etcd?.close();
    this.#bridge?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(): Promise<LazyEtcd> {
    this.#opening ??= this.#start().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #start(): Promise<LazyEtcd> {
    const { dir, fleet, now, log } = this.#parts;
    const { namespace } = this.#backing.settings;
    const ca = authorityIn(dir, now());
    const serving = servingIn(dir, ca, etcdHosts(this.instance, namespace), now());
    this.#backing.follow(this.instance, () => undefined);
    this.#objects = etcdObjects({ fleet, namespace, ca: ca.certificate, serving, ...this.#settings });
    await this.#backing.apply(this.#objects);
    const connection = {
      endpoints: [`https://127.0.0.1:${await this.#bridgePort()}`],
      ca: ca.certificate,
      client: ca.issueClient(now(), { commonName: ROOT }),
    };
    return new LazyEtcd({ connection, ca }, { dir: join(dir, "tenants"), now, log });
  }

  /** A port of this machine that leads there: etcd's client knows nothing but addresses. */
  async #bridgePort(): Promise<number> {
    this.#bridge ??= createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined).once("close", () => this.#sockets.delete(socket));
      const port = this.#backing.forward(this.instance, CLIENT_PORT);
      port.on("error", () => socket.destroy());
      void joined(socket, port);
    });
    if (!this.#bridge.listening) {
      this.#bridge.listen(0, "127.0.0.1");
      await once(this.#bridge, "listening");
    }
    return (this.#bridge.address() as AddressInfo).port;
  }
}

function authorityIn(dir: string, now: number): CertificateAuthority {
  const [certificate, key] = [join(dir, "etcd-ca.crt"), join(dir, "etcd-ca.key")];
  const kept = readPair(certificate, key);
  if (kept !== undefined) return CertificateAuthority.load(kept);
  const made = CertificateAuthority.create(now, "etcd-ca");
  writePrivate(key, made.pair.key); // the certificate comes last: without it the key counts for nothing
  writePrivate(certificate, made.certificate);
  return made;
}

function servingIn(dir: string, ca: CertificateAuthority, hosts: readonly string[], now: number): KeyPair {
  const [certificate, key] = [join(dir, "etcd.crt"), join(dir, "etcd.key")];
  const kept = readPair(certificate, key);
  if (kept !== undefined && holds(kept, ca, hosts, now)) return kept;
  const made = ca.issuePeer(now, hosts, "etcd");
  writePrivate(key, made.key);
  writePrivate(certificate, made.certificate);
  return made;
}

function holds({ certificate }: KeyPair, ca: CertificateAuthority, hosts: readonly string[], now: number): boolean {
  const own = new X509Certificate(certificate);
  const names = hosts.filter((host) => host !== "127.0.0.1");
  return (
    Date.parse(own.validTo) > now + LEFT_MS &&
    own.verify(new X509Certificate(ca.certificate).publicKey) &&
    names.every((host) => own.checkHost(host) !== undefined)
  );
}
