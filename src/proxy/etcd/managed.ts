import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Logger } from "pino";
import { claim } from "../../cluster/claim.js";
import { StartError } from "../../cluster/start-error.js";
import { CertificateAuthority } from "../../pki/authority.js";
import { readPair, writePrivate } from "../pki.js";
import { findProgram, isBefore, versionOf } from "../program.js";
import { fileFailure } from "../runtime/failures.js";
import { ROOT } from "./authentication.js";
import type { EtcdConnection } from "./connection.js";
import { Member } from "./managed-member.js";

export interface ManagedEtcdOptions {
  /** By default the first `etcd` on the PATH. */
  readonly binary?: string;
  /** Holds keys, certificates and data, and outlives the process. */
  readonly dataDir: string;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** 1 (default) or 3. */
  readonly members?: number;
  /** More of etcd's flags: "--unsafe-no-fsync". */
  readonly args?: readonly string[];
}

export interface ManagedEtcd {
  /** As the user root. */
  readonly connection: EtcdConnection;
  /** Signs servers and clients. */
  readonly ca: CertificateAuthority;
  /** "3.6.4" */
  readonly version: string;
  readonly members: readonly Pick<Member, "endpoint" | "pid">[];
  /** Why members do not answer. Undefined: all do, or are starting. */
  readonly problem: string | undefined;
  /** Resolves when all of it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts an etcd on loopback, with TLS and --client-cert-auth, and resolves when it answers. It is started again when
 * it dies, and does not outlive us. @throws StartError: no binary, a folder that can't be used, what etcd itself says
 */
export async function startManagedEtcd(options: ManagedEtcdOptions): Promise<ManagedEtcd> {
  const { dataDir, now } = options;
  const binary = findProgram("etcd", options.binary, "--etcd-binary");
  const version = await versionOf(binary, "--etcd-binary");
  if (isBefore(version, "3.4")) {
    throw new StartError(`${binary} is etcd ${version}: 3.4 or later is needed (--etcd-binary)`, "invalid");
  }
  const { ca, release } = openFolder(dataDir, now());
  const connection = (endpoints: readonly string[]): EtcdConnection => ({
    endpoints,
    ca: ca.certificate,
    client: ca.issueClient(now(), { commonName: ROOT }),
  });
  const members: Member[] = [];
  const stop = async () => {
    await Promise.all(members.map((member) => member.stop()));
    release();
  };
  try {
    const names = Array.from({ length: options.members ?? 1 }, (_, at) => `etcd-${at}`);
    const ports = await portsOf(dataDir, names);
    const cluster = names.map((name) => `${name}=https://127.0.0.1:${ports[name]?.peer}`).join(",");
    for (const name of names) {
      const { client, peer } = ports[name] as Ports;
      const dir = join(dataDir, name);
      const serving = ca.issuePeer(now(), ["localhost", "127.0.0.1", "::1"], name);
      const parts = { name, binary, dir, client, peer, cluster, args: options.args ?? [], log: options.log };
      members.push(new Member({ ...parts, ca: ca.certificate, serving, connect: connection }));
    }
    keepRoot(dataDir, ca, now());
    await Promise.all(members.map((member) => member.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  const endpoints = members.map(({ endpoint }) => endpoint);
  return {
    ...{ connection: connection(endpoints), ca, version, members, stop },
    get problem() {
      return members.map(({ problem }) => problem).find((problem) => problem !== undefined);
    },
  };
}

/** Makes the folder ours, with its CA. @throws StartError */
function openFolder(dir: string, now: number): { readonly ca: CertificateAuthority; readonly release: () => void } {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const release = claim(dir, "data folder");
    try {
      return { ca: authorityIn(join(dir, "pki"), now), release };
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`etcd's data folder ${dir} can't be used: ${fileFailure(error).message}`);
  }
}

/** For people, whose etcdctl has to come as somebody: they can read the CA's key, too. @throws StartError */
function keepRoot(dir: string, ca: CertificateAuthority, now: number): void {
  const { certificate, key } = ca.issueClient(now, { commonName: ROOT });
  try {
    writePrivate(join(dir, "pki/root.key"), key);
    writePrivate(join(dir, "pki/root.crt"), certificate);
  } catch (error) {
    throw new StartError(`etcd's data folder ${dir} can't be used: ${fileFailure(error).message}`);
  }
}

function authorityIn(dir: string, now: number): CertificateAuthority {
  const [certificate, key] = [join(dir, "ca.crt"), join(dir, "ca.key")];
  const kept = readPair(certificate, key);
  if (kept !== undefined) return CertificateAuthority.load(kept);
  const made = CertificateAuthority.create(now, "etcd-ca");
  // The certificate comes last: without it the key counts for nothing.
  writePrivate(key, made.pair.key);
  writePrivate(certificate, made.certificate);
  return made;
}

interface Ports {
  readonly client: number;
  readonly peer: number;
}

/** The ports of an earlier run, where all are free: members know each other by them, and servers may be waiting there. */
async function portsOf(dir: string, names: readonly string[]): Promise<Readonly<Record<string, Ports>>> {
  const file = join(dir, "ports.json");
  const kept = readPorts(file);
  const numbers = names.flatMap((name) => (kept[name] ? [kept[name].client, kept[name].peer] : []));
  const known = numbers.length === 2 * names.length;
  if (known && (await Promise.all(numbers.map(isFree))).every(Boolean)) return kept;
  if (known && names.length > 1) {
    throw new StartError(`etcd in ${dir}: its members' ports ${numbers.join(", ")} are not all free`, "conflict");
  }
  const free = await freePorts(2 * names.length);
  const made = names.map((name, at) => [name, { client: free[2 * at], peer: free[2 * at + 1] }]);
  writePrivate(file, JSON.stringify(Object.fromEntries(made)));
  return Object.fromEntries(made) as Record<string, Ports>;
}

function readPorts(file: string): Readonly<Record<string, Ports>> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, Ports>;
  } catch {
    return {}; // a new folder, or a write that did not end
  }
}

/** Ports of loopback that nobody has; all are held until the last is known. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listenOn(0)));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  try {
    const server = await listenOn(port);
    await new Promise((resolve) => server.close(resolve));
    return true;
  } catch {
    return false;
  }
}

function listenOn(port: number): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
