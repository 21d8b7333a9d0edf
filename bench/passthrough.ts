/**
 * Real kube-apiservers behind our endpoints: what either way of the proxy adds to direct access, how long a server
 * takes to start, and how many fit on a machine. npx tsx bench/passthrough.ts [rounds] [servers of each preset]
 * Needs what test/e2e/passthrough/build.sh makes. Reads /proc.
 */
import { execFileSync, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { PRESETS, type Preset } from "../src/cluster/spec.js";
import { program } from "../test/e2e/passthrough/programs.js";
import { type Client, http1, http2 } from "./passthrough-client.js";
import type { Call, FleetCalls, Started, Target } from "./passthrough-fleet.js";

const [rounds = 5, servers = 4] = process.argv.slice(2).map(Number);
/** Until Go has collected what starting has left, which it does every two minutes, and given it back. */
const SETTLE_MS = 150_000;
/** Until etcd and the fleet are as they are with one server. */
const FIRST_MS = 10_000;
const MACHINE = 16 * 1024;
const NAMESPACE = "/api/v1/namespaces/default";
const OBJECTS = 100;

const AT_ONCE = 32;

/** How often each is done in a round. */
const TASKS = {
  "GET, 4 kB": 200,
  "GET, 4 kB, 32 at a time": 640,
  "LIST, 100 of 4 kB": 20,
  "write until its event": 60,
} as const;
type Task = keyof typeof TASKS;

/** The fleet's process, and how to ask it. */
class FleetProcess {
  readonly #child;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #last = 0;

  constructor(out: string) {
    const path = fileURLToPath(new URL("passthrough-fleet.ts", import.meta.url));
    this.#child = fork(path, [out], { execArgv: ["--max-semi-space-size=4", "--import", "tsx"] });
    this.#child.on("message", ({ id, result, error }: { id: number; result?: unknown; error?: string }) => {
      const { resolve, reject } = this.#waiting.get(id) ?? {};
      this.#waiting.delete(id);
      if (error === undefined) resolve?.(result);
      else reject?.(new Error(error));
    });
    this.#child.once("exit", (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the fleet has ended with ${code}`));
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  started(): Promise<unknown> {
    return this.#answer(0);
  }

  call<N extends keyof FleetCalls>(name: N, ...args: Parameters<FleetCalls[N]>): ReturnType<FleetCalls[N]> {
    const id = ++this.#last;
    const answer = this.#answer(id);
    this.#child.send({ id, name, args } satisfies Call);
    return answer as ReturnType<FleetCalls[N]>;
  }

  #answer(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }
}

function statMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident, and with what is shared divided among those who share it, in MiB. */
function memoryOf(pid: number): { readonly rss: number; readonly pss: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1]) / 1024;
  return { rss: field("Rss"), pss: field("Pss") };
}

function median(values: readonly number[], share = 0.5): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!;
}

const load = () => `load ${loadavg()[0]!.toFixed(1)}`;

async function timed(count: number, what: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await what();
    times.push((performance.now() - began) * 1000);
  }
  return times;
}

let written = 0;

interface Watched {
  readonly metadata: { readonly resourceVersion: string };
}

/** Microseconds from a write to the event that tells of it, both by the same client. */
async function eventTimes(client: Client, count: number): Promise<number[]> {
  const { metadata } = JSON.parse(`${await client.send("GET", `${NAMESPACE}/configmaps/watched`)}`) as Watched;
  const from = `fieldSelector=metadata.name%3Dwatched&resourceVersion=${metadata.resourceVersion}`;
  const stream = await client.open(`${NAMESPACE}/configmaps?watch=1&${from}`);
  let text = "";
  let seen: (() => void) | undefined;
  stream
    .on("error", () => undefined)
    .on("data", (chunk: Buffer) => {
      text = text.slice(-4096) + chunk;
      seen?.();
    });
  const times = await timed(count, async () => {
    const mark = `"n":"${++written}"`;
    const event = new Promise<void>((resolve) => {
      seen = () => text.includes(mark) && resolve();
    });
    await Promise.all([event, client.send("PATCH", `${NAMESPACE}/configmaps/watched`, `{"data":{${mark}}}`)]);
  });
  stream.destroy();
  return times;
}

async function run(task: Task, client: Client): Promise<number[]> {
  const count = TASKS[task];
  const get = (path: string) => client.send("GET", `${NAMESPACE}/configmaps${path}`);
  switch (task) {
    case "GET, 4 kB":
      return timed(count, () => get("/c-1"));
    case "GET, 4 kB, 32 at a time": {
      const each = Array.from({ length: AT_ONCE }, () => timed(count / AT_ONCE, () => get("/c-1")));
      return (await Promise.all(each)).flat();
    }
    case "LIST, 100 of 4 kB":
      return timed(count, () => get("?labelSelector=of%3Dlist"));
    default:
      return eventTimes(client, count);
  }
}

const WAYS = ["direct", "pipe", "terminate"] as const;
type Way = (typeof WAYS)[number];
const VERSIONS = { "HTTP/1.1": http1, "HTTP/2": http2 } as const;
type Version = keyof typeof VERSIONS;

/** Microseconds of one way in one round. */
interface Turn {
  readonly latency: number;
  /** That a tenth stays below: what others on the machine have not got in the way of. */
  readonly best: number;
  /** Per request: of the fleet, and of kube-apiserver. */
  readonly ours: number;
  readonly theirs: number;
}

async function turn(fleet: FleetProcess, server: Started, client: Client, task: Task): Promise<Turn> {
  const [ours, theirs] = [(await fleet.call("usage")).cpu, statMs(server.pid)];
  const times = await run(task, client);
  const count = TASKS[task]!;
  return {
    latency: median(times),
    best: median(times, 0.1),
    ours: ((await fleet.call("usage")).cpu - ours) / count,
    theirs: ((statMs(server.pid) - theirs) * 1000) / count,
  };
}

async function fill(target: Target): Promise<void> {
  const client = http2(target);
  const post = (name: string, data: object) =>
    client.send(
      "POST",
      `${NAMESPACE}/configmaps`,
      JSON.stringify({ metadata: { name, labels: { of: "list" } }, data }),
    );
  for (let i = 1; i <= OBJECTS; i++) await post(`c-${i}`, { text: "x".repeat(3600) });
  await client.send("POST", `${NAMESPACE}/configmaps`, JSON.stringify({ metadata: { name: "watched" } }));
  console.log(`GET: ${(await client.send("GET", `${NAMESPACE}/configmaps/c-1`)).length} bytes`);
  client.close();
}

async function proxies(fleet: FleetProcess): Promise<void> {
  const server = await fleet.call("start", "measured", "plain", "terminate");
  const targets = {
    direct: server.direct,
    pipe: await fleet.call("pipeTo", "pipe", "measured"),
    terminate: server.target,
  };
  await fill(server.direct);
  console.log(`${rounds} rounds, each way in turn; microseconds, medians of the rounds; CPU per request (${load()})`);
  for (const version of Object.keys(VERSIONS) as Version[]) {
    for (const task of Object.keys(TASKS) as Task[]) {
      const turns = new Map<Way, Turn[]>(WAYS.map((way) => [way, []]));
      for (let round = -1; round < rounds; round++) {
        for (let i = 0; i < WAYS.length; i++) {
          const way = WAYS[(i + round + WAYS.length) % WAYS.length]!;
          const client = VERSIONS[version](targets[way]);
          await client.send("GET", "/version"); // connects
          const result = await turn(fleet, server, client, task);
          client.close();
          if (round >= 0) turns.get(way)!.push(result); // the first warms up
        }
      }
      report(version, task, turns);
    }
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function report(version: Version, task: Task, turns: ReadonlyMap<Way, readonly Turn[]>): void {
  console.log(`${version}, ${task} (${load()})`);
  const of = (way: Way, field: keyof Turn) => turns.get(way)!.map((each) => each[field]);
  for (const way of WAYS) {
    const cells = (["latency", "best"] as const).map((field) => {
      const added = of(way, field).map((value, round) => value - of("direct", field)[round]!);
      const total = median(of(way, field)).toFixed(0).padStart(6);
      return way === "direct" ? total.padEnd(14) : `${total} +${median(added).toFixed(0)}`.padEnd(14);
    });
    const cpu = `${median(of(way, "ours")).toFixed(0).padStart(5)}, kube-apiserver ${mean(of(way, "theirs")).toFixed(0)}`;
    console.log(`  ${way.padEnd(10)} median ${cells[0]} fastest tenth ${cells[1]} CPU: ours ${cpu}`);
  }
}

async function capacity(fleet: FleetProcess, preset: Preset): Promise<void> {
  const started: Started[] = [];
  const etcd: number[] = [];
  const own: number[] = [];
  for (let i = 1; i <= servers; i++) {
    started.push(await fleet.call("start", `${preset}-${i}`, preset, "terminate"));
    if (i === 1 || i === servers) {
      await sleep(i === 1 ? FIRST_MS : SETTLE_MS);
      const { children } = await fleet.call("usage");
      etcd.push(memoryOf(children.find(({ name }) => name.startsWith("etcd"))!.pid).rss);
      own.push(memoryOf(fleet.pid).rss);
    }
  }
  const memory = started.map(({ pid }) => memoryOf(pid));
  const [rss, pss] = [median(memory.map((each) => each.rss)), median(memory.map((each) => each.pss))];
  const share = (values: readonly number[]) => Math.max(0, (values.at(-1)! - values[0]!) / (servers - 1));
  const each = (server: number) => server + share(etcd) + share(own);
  const fixed = etcd[0]! + own[0]! - share(etcd) - share(own);
  const room = (server: number) => Math.floor((MACHINE - fixed) / each(server));
  const seconds = started.map(({ ms }) => ms / 1000);
  console.log(`${servers} servers, ${preset}, empty, ${SETTLE_MS / 1000} s after the last start (${load()})`);
  console.log(
    `  start       ${median(seconds).toFixed(1)} s (${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)}), one after the other`,
  );
  console.log(`  each        ${rss.toFixed(0)} MiB resident, ${pss.toFixed(0)} with what they share divided`);
  console.log(
    `  and of it   ${share(etcd).toFixed(1)} MiB in etcd, ${share(own).toFixed(1)} in the fleet, beside ${fixed.toFixed(0)} for both without any`,
  );
  console.log(
    `  16 GiB      ${room(rss)} by what is resident, ${room(pss)} with what they share divided: computed, for nothing else on the machine`,
  );
}

const versions = ["kube-apiserver", "etcd"].map(
  (name) => execFileSync(program(name), ["--version"]).toString().split("\n")[0],
);
console.log(versions.join(", "));
if (rounds > 0) await withFleet(proxies);
if (servers > 1) for (const preset of PRESETS) await withFleet((fleet) => capacity(fleet, preset));

async function withFleet(what: (fleet: FleetProcess) => Promise<void>): Promise<void> {
  const out = mkdtempSync(join(tmpdir(), "bench-passthrough-"));
  const fleet = new FleetProcess(out);
  try {
    await fleet.started();
    await what(fleet);
  } finally {
    await fleet.call("close").catch(() => undefined);
    rmSync(out, { recursive: true, force: true });
  }
}
