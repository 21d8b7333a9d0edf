/**
 * Memory under steady writes: `npx tsx bench/soak.ts [minutes] [writes per second] [clusters]`, by default 10 minutes
 * of 1,000 writes a second on 10 clusters. Ends with 1 if memory grew or a reader that fell behind was not told so.
 */
import http2 from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { Output } from "../src/cluster/output.js";
import { type ServerProcess, startServer } from "./fleet.js";
import { clusterObjects } from "./objects.js";

const REPORT_S = 30;
/** Writes start this often, some at a time. */
const TICK_MS = 10;
/** No more than this many are on their way at once: beyond it the rate drops, and the report tells. */
const MAX_PENDING = 500;
/** Memory may differ by this much between the third and the last quarter, when the history has been full for long. */
const FLAT = 1.1;

const [minutes = 10, rate = 1000, clusters = 10] = process.argv.slice(2).map(Number);
const NAMESPACE = "/api/v1/namespaces/kube-system";

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One cluster's connections: writers share one, each reader has its own. */
class Target {
  readonly #server: string;
  readonly #credentials: http2.SecureClientSessionOptions;
  readonly #writer: http2.ClientHttp2Session;
  readonly index: number;

  constructor(index: number, server: string, credentials: http2.SecureClientSessionOptions) {
    this.index = index;
    this.#server = server;
    this.#credentials = credentials;
    this.#writer = this.connect();
  }

  connect(): http2.ClientHttp2Session {
    return http2.connect(this.#server, this.#credentials);
  }

  send(method: string, path: string, body?: unknown, type = "application/json"): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
      const head = { ":method": method, ":path": path, "content-type": type };
      const stream = this.#writer.request(head, { endStream: text === undefined });
      let status = 0;
      let answer = "";
      stream.on("response", (headers) => {
        status = headers[":status"] ?? 0;
      });
      stream.on("data", (chunk) => {
        answer += chunk;
      });
      stream.on("end", () => resolve({ status, body: answer })).on("error", reject);
      if (text !== undefined) stream.end(text);
    });
  }

  /** A watch of pods on a connection of its own. */
  watch(revision: string): { session: http2.ClientHttp2Session; stream: http2.ClientHttp2Stream } {
    const session = this.connect();
    const stream = session.request({ ":path": `${NAMESPACE}/pods?watch=1&resourceVersion=${revision}` });
    return { session, stream };
  }

  async revision(): Promise<string> {
    const { body } = await this.send("GET", `${NAMESPACE}/pods?limit=1`);
    return (JSON.parse(body) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
  }

  close(): void {
    this.#writer.destroy();
  }
}

const LEASE = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node";
const MERGE = "application/merge-patch+json";

/** Rounds of writes that a pod lives for. */
const LIFETIME = 20;

function shortLived(round: number) {
  const spec = { containers: [{ name: "c", image: "registry.test/image:v1", args: ["x".repeat(500)] }] };
  return { metadata: { name: `short-lived-${round + LIFETIME}` }, spec };
}

/** The n-th write of a cluster: what controllers and kubelets do, with as many deletes as creates. */
function write(target: Target, n: number): Promise<Answer> {
  const node = `control-plane-${target.index}`;
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const round = Math.floor(n / 6);
  switch (n % 6) {
    case 0: {
      const conditions = [
        { type: "Ready", status: "True", reason: "KubeletReady", message: `${n}`, lastHeartbeatTime: now },
      ];
      const type = "application/strategic-merge-patch+json";
      return target.send("PATCH", `/api/v1/nodes/${node}/status`, { status: { conditions } }, type);
    }
    case 1:
      return target.send(
        "PATCH",
        `${NAMESPACE}/pods/kube-apiserver-${node}/status`,
        { status: { message: `${n}` } },
        MERGE,
      );
    case 2: {
      const renewTime = now.replace("Z", `.${String(n % 1_000_000).padStart(6, "0")}Z`);
      return target.send("PATCH", LEASE, { spec: { renewTime } }, MERGE);
    }
    case 3:
      return target.send("PATCH", `${NAMESPACE}/configmaps/kubeadm-config`, { data: { round: `${n}` } }, MERGE);
    case 4:
      return target.send("POST", `${NAMESPACE}/pods`, shortLived(round));
    default:
      return target.send("DELETE", `${NAMESPACE}/pods/${shortLived(round - LIFETIME).metadata.name}`);
  }
}

async function connectAll(server: ServerProcess): Promise<Target[]> {
  const output = new Output(server.out);
  const found = () => output.readRecord()?.clusters ?? [];
  while (found().length < clusters) await sleep(20);
  return Promise.all(
    found().map(async ({ name, server: url }, index) => {
      const { authority, admin } = await output.identity(name, Date.now());
      const credentials = { ca: authority.certificate, cert: admin.certificate, key: admin.key };
      const target = new Target(index + 1, url, credentials);
      for (const { path, object } of clusterObjects(index + 1)) await target.send("POST", path, object);
      await target.send("PUT", LEASE, { metadata: { name: "node" }, spec: { holderIdentity: "node" } });
      for (let round = -LIFETIME; round < 0; round++) await target.send("POST", `${NAMESPACE}/pods`, shortLived(round));
      return target;
    }),
  );
}

/** What a watch brings until its ERROR event, or undefined when it ends without one. */
async function errorOf(stream: http2.ClientHttp2Stream): Promise<number | undefined> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    const error = lines.find((line) => line.startsWith('{"type":"ERROR"'));
    if (error) return (JSON.parse(error) as { object: { code: number } }).object.code;
  }
  return undefined;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const server = startServer(clusters, "ports");
const problems: string[] = [];
try {
  const targets = await connectAll(server);
  const [first] = targets as [Target];
  const oldest = await first.revision();
  const stalled = first.watch(oldest);
  stalled.stream.pause();
  let events = 0;
  const readers = await Promise.all(targets.map(async (target) => target.watch(await target.revision())));
  for (const { stream } of readers) stream.on("data", () => events++);

  const counts = targets.map(() => 0);
  const state = { sent: 0, done: 0, failed: 0, pending: 0, skipped: 0 };
  const sendOne = () => {
    if (state.pending >= MAX_PENDING) {
      state.skipped++;
      return;
    }
    const index = state.sent++ % targets.length;
    state.pending++;
    write(targets[index]!, counts[index]!++)
      .then(({ status, body }) => {
        if (status < 400) state.done++;
        else fail(body);
      }, fail)
      .finally(() => state.pending--);
  };
  const failures = new Set<string>();
  const fail = (why: unknown) => {
    state.failed++;
    const what = String(why).replace(/\d+/g, "#");
    if (!failures.has(what)) console.error(`soak: failed: ${what}`);
    failures.add(what);
  };
  const begun = Date.now();
  let due = 0;
  const pace = setInterval(() => {
    const owed = Math.floor(((Date.now() - begun) / 1000) * rate) - due;
    due += owed;
    for (let n = 0; n < owed; n++) sendOne();
  }, TICK_MS);

  const series: number[] = [];
  let before = { done: 0, cpu: server.cpu(), events: 0 };
  const reports = Math.max(1, Math.round((minutes * 60) / REPORT_S));
  for (let report = 1; report <= reports; report++) {
    await sleep(begun + report * REPORT_S * 1000 - Date.now());
    const { now, peak } = server.memory();
    const cpu = server.cpu();
    const per = (count: number) => Math.round(count / REPORT_S);
    const figures = `${per(state.done - before.done)} writes/s, ${per(events - before.events)} chunks of events/s, ${Math.round(((cpu - before.cpu) / REPORT_S) * 100)} % of a core`;
    console.log(
      `soak: ${report * REPORT_S} s: ${now} MiB (peak ${peak}), ${figures}, ${state.failed} failed, ${state.skipped} not sent`,
    );
    series.push(now);
    before = { done: state.done, cpu, events };
  }
  clearInterval(pace);

  const quarter = Math.max(1, Math.floor(series.length / 4));
  const [early, late] = [mean(series.slice(-2 * quarter, -quarter)), mean(series.slice(-quarter))];
  console.log(`soak: RSS in the third quarter ${early.toFixed(0)} MiB, in the last ${late.toFixed(0)} MiB`);
  if (series.length >= 4 && late > early * FLAT) problems.push("memory grew");
  if (state.failed > state.done / 1000) problems.push(`${state.failed} writes failed`);
  const behind = await errorOf(stalled.stream);
  console.log(`soak: a watch that stopped reading gets ${behind} when it reads on`);
  if (behind !== 410) problems.push("a watch that fell behind was not told so");
  const resumed = first.watch(oldest);
  const late410 = await errorOf(resumed.stream);
  console.log(`soak: a watch from the first revision gets ${late410}`);
  if (late410 !== 410) problems.push("a watch from the first revision was not refused");
  for (const { session } of [stalled, resumed, ...readers]) session.destroy();
  for (const target of targets) target.close();
} finally {
  await server.stop();
}
for (const problem of problems) console.error(`soak: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
