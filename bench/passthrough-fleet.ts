/** A fleet with real servers, in a process of its own so that what it takes can be told. Asked by bench/passthrough.ts. */
import { readFileSync } from "node:fs";
import pino from "pino";
import type { Cluster } from "../src/cluster/cluster.js";
import type { PassthroughSpec, Preset, ProxyWay } from "../src/cluster/spec.js";
import { startEmulatedFleet } from "../src/compose.js";
import { program } from "../test/e2e/passthrough/programs.js";

/** What a client needs. */
export interface Target {
  readonly url: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Started {
  /** Through the endpoint. */
  readonly target: Target;
  /** The real server itself, for the same client. */
  readonly direct: Target;
  readonly pid: number;
  /** From asking for the cluster until its server is ready. */
  readonly ms: number;
}

export interface Usage {
  /** Of this process, in microseconds. */
  readonly cpu: number;
  /** Of the processes that it has started, by the names of their programs. */
  readonly children: readonly { readonly name: string; readonly pid: number }[];
}

/** What may be asked of this process. */
export interface FleetCalls {
  start(name: string, preset: Preset, proxy: ProxyWay): Promise<Started>;
  /** One more endpoint before the server of another cluster. */
  pipeTo(name: string, other: string): Promise<Target>;
  usage(): Promise<Usage>;
  close(): Promise<void>;
}

export interface Call {
  readonly id: number;
  readonly name: keyof FleetCalls;
  readonly args: readonly string[];
}

const fleet = await startEmulatedFleet({
  ...{ clusters: 0, basePort: 0, out: process.argv[2]!, log: pino({ level: "silent" }) },
  passthrough: { binary: program("kube-apiserver"), etcd: { managed: true, binary: program("etcd") } },
});

async function targetOf(cluster: Cluster, url = cluster.url): Promise<Target> {
  const { authority, admin } = await cluster.identity();
  return { url, ca: authority.certificate, cert: admin.certificate, key: admin.key };
}

async function stateOf(cluster: Cluster) {
  const real = await cluster.real;
  await real!.ready();
  return real!.state;
}

const calls: FleetCalls = {
  async start(name, preset, proxy) {
    const began = performance.now();
    const backend: PassthroughSpec = { type: "passthrough", proxy, runtime: { type: "process", preset } };
    const cluster = await fleet.create({ name, backend });
    const { pid, url } = await stateOf(cluster);
    const ms = performance.now() - began;
    return { target: await targetOf(cluster), direct: await targetOf(cluster, url), pid: pid!, ms };
  },
  async pipeTo(name, other) {
    const { url } = await stateOf(fleet.cluster(other));
    const { authority, admin } = await fleet.cluster(other).identity();
    const runtime = { type: "external", server: url!, ca: authority.certificate } as const;
    const backend = { type: "passthrough", proxy: "pipe", runtime } as const;
    const cluster = await fleet.create({ name, ca: authority.pair, backend });
    return { url: cluster.url, ca: authority.certificate, cert: admin.certificate, key: admin.key };
  },
  async usage() {
    const { user, system } = process.cpuUsage();
    const pids = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ").map(Number);
    const children = pids.map((pid) => ({ pid, name: readFileSync(`/proc/${pid}/comm`, "utf8").trim() }));
    return { cpu: user + system, children };
  },
  async close() {
    await fleet.close();
    setTimeout(() => process.exit(0), 100);
  },
};

process.on("message", ({ id, name, args }: Call) => {
  const asked = (calls[name] as (...args: readonly string[]) => Promise<unknown>)(...args);
  asked.then(
    (result) => process.send!({ id, result }),
    (error: Error) => process.send!({ id, error: error.message }),
  );
});
process.once("disconnect", () => void calls.close());
process.send!({ id: 0 });
