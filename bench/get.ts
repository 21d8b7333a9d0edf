/**
 * GET of a 4 kB Node: requests per second of one cluster, beside fastify on node:http2 that writes the same bytes.
 * Both servers run in this process, one after the other in turns; the client runs in another.
 *
 *     npx tsx bench/get.ts [rounds]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:http2";
import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import { startFakeApiserver } from "../src/embed.js";
import { CertificateAuthority } from "../src/pki/authority.js";

interface Target {
  readonly url: string;
  readonly path: string;
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

const SECONDS = 3;
const STREAMS = 32;

if (process.send) {
  process.once("message", (target: Target) => void load(target));
} else {
  await main(Number(process.argv[2] ?? 3));
}

/** Keeps STREAMS requests going on one connection and reports how many were answered. */
async function load(target: Target): Promise<void> {
  const { url, path, ...tls } = target;
  const session = connect(url, tls);
  let answered = 0;
  const until = performance.now() + SECONDS * 1000;
  const one = async () => {
    while (performance.now() < until) {
      const stream = session.request({ ":path": path, accept: "application/json" });
      stream.resume();
      const [headers] = (await once(stream, "response")) as [{ ":status": number }];
      if (headers[":status"] !== 200) throw new Error(`status ${headers[":status"]}`);
      await once(stream, "end");
      answered++;
    }
  };
  await Promise.all(Array.from({ length: STREAMS }, one));
  session.close();
  process.send!(answered / SECONDS);
}

interface Figure {
  readonly perSecond: number;
  /** CPU time of this process, which serves, in microseconds: what the client's speed can't hide. */
  readonly cpuPerRequest: number;
}

async function measure(target: Target): Promise<Figure> {
  const child = fork(new URL(import.meta.url), [], { execArgv: ["--import", "tsx"] });
  child.send(target);
  await once(child, "spawn");
  const before = process.cpuUsage();
  const [perSecond] = (await once(child, "message")) as [number];
  const { user, system } = process.cpuUsage(before);
  child.kill();
  return { perSecond, cpuPerRequest: (user + system) / (perSecond * SECONDS) };
}

async function main(rounds: number): Promise<void> {
  const fleet = await startFakeApiserver();
  const kubeconfig = await fleet.clusters[0]!.kubeconfigObject();
  const text = (data: string | undefined) => Buffer.from(data ?? "", "base64").toString();
  const user = kubeconfig.users[0]!.user;
  const ours: Target = {
    url: fleet.clusters[0]!.url,
    path: "/api/v1/nodes/n1",
    ca: text(kubeconfig.clusters[0]!.cluster["certificate-authority-data"]),
    cert: text(user["client-certificate-data"]),
    key: text(user["client-key-data"]),
  };
  const body = await createNode(ours);
  const plain = await plainServer(body);
  const figures: [Figure[], Figure[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    figures[0].push(await measure(ours));
    figures[1].push(await measure(plain.target));
  }
  const [a, b] = figures.map((list) => ({
    rate: median(list.map(({ perSecond }) => perSecond)),
    cpu: median(list.map(({ cpuPerRequest }) => cpuPerRequest)),
  })) as [{ rate: number; cpu: number }, { rate: number; cpu: number }];
  console.log(
    `GET of ${body.length} bytes, ${rounds} rounds of ${SECONDS} s, ${STREAMS} streams on one connection, medians`,
  );
  console.log(`  fake-apiserver          ${a.rate.toFixed(0)} requests/s   ${a.cpu.toFixed(0)} µs CPU each`);
  console.log(`  fastify on node:http2   ${b.rate.toFixed(0)} requests/s   ${b.cpu.toFixed(0)} µs CPU each`);
  console.log(`  ratio                   ${(b.rate / a.rate).toFixed(2)}              ${(a.cpu / b.cpu).toFixed(2)}`);
  await plain.close();
  await fleet.stop();
}

async function createNode(target: Target): Promise<Buffer> {
  const { url, ca, cert, key } = target;
  const session = connect(url, { ca, cert: cert!, key: key! });
  const annotations = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`example.com/note-${i}`, "x".repeat(80)]),
  );
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n1", annotations } };
  const post = session.request({ ":method": "POST", ":path": "/api/v1/nodes", "content-type": "application/json" });
  post.end(JSON.stringify(node));
  const chunks: Buffer[] = [];
  for await (const chunk of post) chunks.push(chunk as Buffer);
  session.close();
  return Buffer.concat(chunks);
}

async function plainServer(body: Buffer) {
  const now = Date.now();
  const authority = await CertificateAuthority.create(now);
  const pair = await authority.issueServing(now, ["127.0.0.1"]);
  const app = Fastify({ http2: true, https: { cert: pair.certificate, key: pair.key } });
  app.get("/api/v1/nodes/:name", (_request, reply) => reply.type("application/json").send(body));
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as AddressInfo;
  const target: Target = { url: `https://127.0.0.1:${port}`, path: "/api/v1/nodes/n1", ca: authority.certificate };
  return { target, close: () => app.close() };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
