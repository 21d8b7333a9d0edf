import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { KubeObject } from "../../../src/kube/json.js";
import { EtcdClient } from "../../../src/proxy/etcd/client.js";
import { prefixEnd } from "../../../src/proxy/etcd/keys.js";
import { Client, endpointOf } from "../../helpers/client.js";
import { program } from "./programs.js";

const run = promisify(execFile);
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const bin = at("../../../src/cli/bin.ts");

export interface ClusterView {
  readonly name: string;
  readonly backend: { readonly type: string; readonly phase?: string };
  readonly moving?: { readonly to: string; readonly step: string };
  readonly nodes?: number;
}

/** A fleet with an etcd of its own that can be killed and started again on its folder. */
export class MovingFleet {
  readonly #dir: string;
  readonly #settings: readonly string[];
  #child: ChildProcess | undefined;
  #log = "";

  constructor(dir: string, ...settings: readonly string[]) {
    this.#dir = dir;
    this.#settings = settings;
  }

  get out(): string {
    return join(this.#dir, "out");
  }

  get log(): string {
    return this.#log;
  }

  async start(): Promise<void> {
    const settings = ["--base-port", "0", "--out", this.out, "--data-dir", join(this.#dir, "data")];
    const etcd = ["--etcd", "managed", "--etcd-binary", program("etcd")];
    const server = ["--kube-apiserver-binary", program("kube-apiserver")];
    const child = spawn(
      process.execPath,
      ["--import", "tsx", bin, ...settings, ...etcd, ...server, ...this.#settings],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.#child = child;
    child.stderr.on("data", (text: Buffer) => {
      this.#log += text;
    });
    await new Promise<void>((resolve, reject) => {
      child.once("exit", () => reject(new Error(`the fleet has ended: ${this.#log}`)));
      child.stdout.on("data", (text: Buffer) => text.includes("admin API") && resolve());
    });
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child.removeAllListeners("exit"), "exit");
    child.kill(signal);
    await ended;
  }

  async cli(...args: readonly string[]): Promise<string> {
    const command = ["--import", "tsx", bin, ...args, "--out", this.out];
    return (await run(process.execPath, command, { timeout: 240_000 })).stdout;
  }

  get #admin(): string {
    return (JSON.parse(readFileSync(join(this.out, "fleet.json"), "utf8")) as { admin: { url: string } }).admin.url;
  }

  async post(path: string, body?: object): Promise<{ readonly status: number; readonly body: unknown }> {
    const answer = await fetch(`${this.#admin}/v1/clusters/${path}`, {
      method: "POST",
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    });
    return { status: answer.status, body: await answer.json() };
  }

  async view(name: string): Promise<ClusterView> {
    return (await (await fetch(`${this.#admin}/v1/clusters/${name}`)).json()) as ClusterView;
  }

  kubeconfig(name: string): string {
    return join(this.out, `${name}.kubeconfig`);
  }

  client(name: string): Client {
    return new Client(endpointOf(readFileSync(this.kubeconfig(name), "utf8")));
  }

  /** The etcd of its own, as root. */
  etcd(): EtcdClient {
    const at = (file: string) => readFileSync(join(this.#dir, "data/etcd", file), "utf8");
    const { client: port } = Object.values(JSON.parse(at("ports.json")) as Record<string, { client: number }>)[0]!;
    return new EtcdClient({
      endpoints: [`https://127.0.0.1:${port}`],
      ca: at("pki/ca.crt"),
      client: { certificate: at("pki/root.crt"), key: at("pki/root.key") },
    });
  }

  /** Until etcd has nothing of a cluster any more. */
  async cleared(name: string): Promise<void> {
    const client = this.etcd();
    const empty = async () => {
      const { count } = await client.range(`/${name}/`, { end: prefixEnd(`/${name}/`), countOnly: true });
      return count === 0n && (await client.get(`fake-apiserver/tenants/${name}`)) === undefined;
    };
    try {
      while (!(await empty().catch(() => false))) await sleep(200);
    } finally {
      client.close();
    }
  }

  /** Until a real server is ready behind it. */
  async ready(client: Client): Promise<void> {
    const answers = () =>
      client.send("GET", "/readyz").then(
        ({ status }) => status === 200,
        () => false,
      );
    while (!(await answers())) await sleep(200);
  }
}

/** Nodes and pods, and the namespace of who writes meanwhile. */
export async function fill(client: Client, count: { readonly nodes: number; readonly pods: number }): Promise<void> {
  const create = (path: string, object: object) => client.json("POST", path, object);
  for (const name of ["load", "writer"]) await create("/api/v1/namespaces", { metadata: { name } });
  await create("/api/v1/namespaces/writer/configmaps", { metadata: { name: "counter" }, data: { value: "0" } });
  const work: (() => Promise<unknown>)[] = [];
  for (let i = 0; i < count.nodes; i++) {
    work.push(() => create("/api/v1/nodes", { metadata: { name: `node-${i}` } }));
  }
  for (let i = 0; i < count.pods; i++) {
    const spec = { nodeName: `node-${i % count.nodes}`, containers: [{ name: "c", image: "image" }] };
    work.push(() => create("/api/v1/namespaces/load/pods", { metadata: { name: `pod-${i}` }, spec }));
  }
  const worker = async () => {
    for (let next = work.pop(); next !== undefined; next = work.pop()) await next();
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

/** By namespace and name. */
export async function uids(client: Client, path: string): Promise<Record<string, string>> {
  const { items } = await client.json<{ items: KubeObject[] }>("GET", path);
  return Object.fromEntries(
    items.map(({ metadata: { namespace = "", name, uid } }) => [`${namespace}/${name}`, uid as string]),
  );
}

interface Seen {
  readonly objects: Record<string, string>;
  readonly listed: Record<string, string>;
  readonly newUids: readonly string[] | null;
  readonly backwards: readonly string[] | null;
  readonly converged: boolean;
}

export interface Outcome extends Record<"nodes" | "pods" | "configmaps" | "events", Seen> {
  readonly written: {
    readonly acknowledged: Record<string, string>;
    readonly unknown: readonly string[] | null;
    readonly raised: number;
    readonly raisedUnknown: number;
    readonly errors: readonly string[] | null;
    readonly longestMs: number;
  };
}

/** client-go's informers and a writer by client-go. */
export class Watching {
  readonly #child: ChildProcess;
  #text = "";
  #faults = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (text: Buffer) => {
      this.#text += text;
    });
    child.stderr?.on("data", (text: Buffer) => {
      this.#faults += text;
    });
  }

  static async build(to: string): Promise<void> {
    await run("go", ["build", "-o", to, "./converge"], { cwd: at("../../clients/go"), timeout: 600_000 });
  }

  /** `names`: what the names begin with of what is written. */
  static async start(binary: string, kubeconfig: string, names: string): Promise<Watching> {
    const watching = new Watching(spawn(binary, [kubeconfig, names], { stdio: "pipe" }));
    while (!watching.#text.includes("running")) {
      if (watching.#child.exitCode !== null) throw new Error(watching.#faults);
      await sleep(50);
    }
    return watching;
  }

  async stop(): Promise<Outcome> {
    const closed = once(this.#child, "close");
    this.#child.stdin?.end();
    await closed;
    if (this.#child.exitCode !== 0) throw new Error(this.#faults);
    return JSON.parse(this.#text.replace("running\n", "")) as Outcome;
  }
}
