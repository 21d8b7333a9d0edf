import { closeSync, mkdirSync, openSync, readSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../../cluster/cluster.js";
import type { KeyPair } from "../../pki/authority.js";
import { CertificateAuthority } from "../../pki/authority.js";
import type { Tenant } from "../etcd/tenant.js";
import {
  type ControlPlanePki,
  controlPlanePki,
  type PkiFiles,
  type PkiOptions,
  readPair,
  writePki,
  writePrivate,
} from "../pki.js";
import type { EtcdFiles } from "./flags.js";
import { keptPki } from "./kept-pki.js";

/** Beyond that a log is set aside when its server starts; the one that was set aside before goes. */
const LOG_BYTES = 16 * 1024 * 1024;
/** How much of a log is read for a reason. */
const TAIL_BYTES = 16 * 1024;

/** The folder of one cluster's server: keys and certificates, and its log. Methods throw the file system's errors. */
export class ServerFiles {
  constructor(readonly dir: string) {}

  get log(): string {
    return join(this.dir, "kube-apiserver.log");
  }

  /** Makes what the server needs beside what the cluster has, and writes it. */
  async writePki(cluster: Cluster, hosts: readonly string[], serviceIp: string, now: number): Promise<Written> {
    const pki = await controlPlanePki(await this.#given(cluster, now), { hosts, serviceIp, now });
    return { pki, files: writePki(this.#pki, pki) };
  }

  /** The same as far as it is there already and still holds. */
  async keepPki(cluster: Cluster, options: PkiOptions): Promise<ControlPlanePki> {
    const given = await this.#given(cluster, options.now);
    const kept = keptPki(this.#pki, given, options);
    if (kept !== undefined) return kept;
    const made = await controlPlanePki(given, options);
    writePki(this.#pki, made);
    return made;
  }

  async #given(cluster: Cluster, now: number) {
    const { authority, admin } = await cluster.identity();
    const serviceAccountKey = (await cluster.tokenKey.make()).pem;
    return { name: cluster.name, authority, admin, serviceAccountKey, frontProxyCa: this.#frontProxyCa(now) };
  }

  get #pki(): string {
    return join(this.dir, "pki");
  }

  writeEtcd({ ca, client }: Tenant): EtcdFiles {
    const at = (name: string) => join(this.dir, "pki", name);
    const files = { ca: at("etcd-ca.crt"), certificate: at("etcd-client.crt"), key: at("etcd-client.key") };
    writePrivate(files.ca, ca);
    writePrivate(files.certificate, client.certificate);
    writePrivate(files.key, client.key);
    return files;
  }

  /** A file descriptor that the server writes to. */
  openLog(): number {
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    const size = statSync(this.log, { throwIfNoEntry: false })?.size ?? 0;
    if (size > LOG_BYTES) renameSync(this.log, `${this.log}.1`);
    return openSync(this.log, "a", 0o600);
  }

  /** What the log has had since it was so many bytes long. */
  logSince(start: number): string {
    try {
      const end = statSync(this.log).size;
      const from = Math.max(start, end - TAIL_BYTES);
      const bytes = Buffer.alloc(Math.max(end - from, 0));
      const file = openSync(this.log, "r");
      try {
        return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from)).toString("utf8");
      } finally {
        closeSync(file);
      }
    } catch {
      return "";
    }
  }

  get logSize(): number {
    return statSync(this.log, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Kept: servers remember in etcd every one that they have believed. */
  #frontProxyCa(now: number): KeyPair {
    const [certificate, key] = [join(this.dir, "front-proxy-ca.crt"), join(this.dir, "front-proxy-ca.key")];
    const kept = readPair(certificate, key);
    if (kept !== undefined) return kept;
    const made = CertificateAuthority.create(now, "front-proxy-ca").pair;
    writePrivate(key, made.key);
    writePrivate(certificate, made.certificate);
    return made;
  }
}

export interface Written {
  readonly pki: ControlPlanePki;
  readonly files: PkiFiles;
}
