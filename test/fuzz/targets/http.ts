import { type ClientHttp2Session, connect } from "node:http2";
import { type Duplex, duplexPair } from "node:stream";
import type { TLSSocket } from "node:tls";
import { type Logger, pino } from "pino";
import type { Cluster } from "../../../src/cluster/cluster.js";
import { answerContext } from "../../../src/codec/answer-context.js";
import { startEmulatedFleet } from "../../../src/compose.js";
import { Connection } from "../../../src/server/connection.js";
import type { Front } from "../../../src/server/front.js";
import { createHttpServer, type HttpServer } from "../../../src/server/http.js";
import { Intake } from "../../../src/server/intake.js";
import { createPipeline } from "../../../src/server/pipeline.js";
import type { Target } from "../target.js";
import { POD, tables } from "./samples.js";
import { SPDY_FRAMES } from "./streams.js";

/** Event-loop turns without a sign of life after which a connection is given up. */
const QUIET_TURNS = 12;
const MAX_TURNS = 300;
/** What has been written is forgotten every so many runs. */
const RESET = 2000;

const ADMIN = { raw: Buffer.alloc(1), subject: { CN: "admin", O: "system:masters" }, valid_from: "Jan 1 2000 GMT" };
const WORDS = [
  ..."GET ,POST ,PUT ,PATCH ,DELETE ,HEAD ,OPTIONS ,CONNECT , HTTP/1.1\r\n, HTTP/1.0\r\n,\r\n\r\n,\r\n".split(","),
  ...["/api/v1/namespaces/default/pods", "/apis", "/openapi/v3", "/healthz", "?watch=true", "&limit=1", "/p/status"],
  ...["Accept: application/yaml\r\n", "Accept: application/vnd.kubernetes.protobuf\r\n", "Authorization: Bearer x\r\n"],
  ...["Content-Type: application/apply-patch+yaml\r\n", "Content-Type: application/json-patch+json\r\n"],
  ...[
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 5\r\n",
    "Content-Encoding: gzip\r\n",
    "Expect: 100-continue\r\n",
  ],
  ...["Connection: Upgrade\r\n", "Upgrade: websocket\r\n", "Upgrade: SPDY/3.1\r\n", "Upgrade: h2c\r\n"],
  ...[
    "Impersonate-User: a\r\n",
    "Impersonate-Extra-a%2Fb: c\r\n",
    "Impersonate-Group: b\r\n",
    "Sec-WebSocket-Version: 13\r\n",
  ],
];

function request(method: string, path: string, body?: unknown, type = "application/json"): string {
  const text = body === undefined ? "" : JSON.stringify(body);
  const length = body === undefined ? "" : `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: a\r\n${length}\r\n${text}`;
}

const PODS = "/api/v1/namespaces/default/pods";
const { managedFields: _, ...metadata } = POD.metadata as { managedFields: unknown; name: string };
const REQUESTS = [
  request("GET", `${PODS}?limit=2&labelSelector=app%3Da`),
  request("POST", PODS, { ...POD, metadata }) + request("GET", `${PODS}/p`),
  request("PATCH", `${PODS}/p?fieldManager=m&force=1`, { ...POD, metadata }, "application/apply-patch+yaml"),
  request("POST", PODS, { ...POD, metadata }) +
    request("PATCH", `${PODS}/p`, { spec: { nodeName: "n" } }, "application/merge-patch+json"),
  request("DELETE", PODS, { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Foreground" }),
  request("GET", `${PODS}?watch=true&resourceVersion=1&timeoutSeconds=1`),
  `POST ${PODS} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  request("GET", "/api") + request("GET", "/version") + request("GET", "/readyz?verbose") + request("GET", "/metrics"),
  "GET /api/v1/pods?watch=1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
    spec: { resourceAttributes: { verb: "get" } },
  }),
];

/** What an administrator's connection says once its handshake is through: HTTP/1.1, or HTTP/2 with its preface. */
export async function http(): Promise<Target> {
  const door = await openDoor();
  return { seeds: [...REQUESTS, ...(await http2Requests())], words: WORDS, form: "text", run: (input) => door(input) };
}

const upgrade = (path: string, protocol: string, more = "") =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n${more}\r\n`;
const SOCKET = "Origin: http://a\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
/** What tunnels lead to. */
const CREATE =
  request("POST", "/api/v1/nodes", {
    metadata: { name: "n" },
    status: {
      addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
    },
  }) + request("POST", PODS, { ...POD, metadata: { name: "p" } });
const EXEC = `${PODS}/p/exec?command=sh&stdin=1&stdout=1&stderr=1`;
const TUNNELS = [
  upgrade(`${PODS}?watch=1`, "websocket", SOCKET),
  upgrade(EXEC, "websocket", `${SOCKET}Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n`),
  upgrade(EXEC, "SPDY/3.1", "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n"),
  upgrade(`${PODS}/p/portforward`, "SPDY/3.1", "X-Stream-Protocol-Version: portforward.k8s.io\r\n"),
  upgrade(`${PODS}/p/portforward`, "websocket", `${SOCKET}Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io\r\n`),
];

/** Messages of a WebSocket as a client masks them: text, binary, a ping, one in two pieces, the end. */
const MESSAGES = [
  "818500000000346147 6b3d",
  "828300000000006869",
  "898000000000",
  "018100000000618081 00000000ff",
  "888200000000 03e8",
].map((hex) => Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** What comes on a connection that has left HTTP, for whichever purpose the first byte says. */
export async function tunnels(): Promise<Target> {
  const door = await openDoor();
  return {
    seeds: [...MESSAGES, ...SPDY_FRAMES].flatMap((frame) =>
      TUNNELS.map((_, which) => Buffer.concat([Buffer.of(which), frame])),
    ),
    form: "bytes",
    run: (input) => {
      const before = Buffer.from(TUNNELS[(input[0] ?? 0) % TUNNELS.length]!);
      return door(Buffer.concat([before, input.subarray(1)]));
    },
  };
}

/** A server to talk to; what is no refusal throws. */
async function openDoor(): Promise<(input: Buffer) => Promise<string>> {
  const errors: unknown[] = [];
  const log = pino({ level: "error" }, { write: (line: string) => void errors.push(line) }) as Logger;
  const fleet = await startEmulatedFleet({ basePort: 0, clusters: 1, log, seed: "fuzz" });
  const [cluster] = fleet.clusters.values();
  const pipeline = createPipeline({ answers: answerContext(tables, Date.now), now: Date.now, log });
  const server = await createHttpServer(new Intake(pipeline, log));
  const prepare = () => converse(server, cluster!, Buffer.from(CREATE));
  await prepare();
  let runs = 0;
  return async (input) => {
    if (++runs % RESET === 0) {
      await fleet.reset(cluster!.name);
      await prepare();
    }
    const answer = await converse(server, cluster!, input);
    // What is no refusal is told to the log.
    if (errors.length > 0) throw new Error(String(errors.splice(0).join()));
    return answer;
  };
}

async function converse(server: HttpServer, cluster: Cluster, input: Buffer): Promise<string> {
  const [client, socket] = duplexPair();
  const isHttp2 = input.subarray(0, 3).toString("latin1") === "PRI";
  dress(socket, isHttp2);
  let received = 0;
  let head = "";
  let tail = "";
  client.on("data", (chunk: Buffer) => {
    if (received === 0) head = isHttp2 ? "" : chunk.toString("latin1", 9, 12);
    received += chunk.length;
    tail = chunk.toString("hex", 0, 4);
  });
  client.on("error", () => undefined);
  let closed = false;
  socket.once("close", () => {
    closed = true;
  });
  server.serve(new Connection({ cluster } as Front, socket as unknown as TLSSocket));
  client.write(input);
  let [seen, quiet] = [0, 0];
  for (let turn = 0; turn < MAX_TURNS && quiet < QUIET_TURNS && !closed; turn++) {
    await new Promise(setImmediate);
    quiet = received === seen ? quiet + 1 : 0;
    seen = received;
  }
  client.destroy();
  socket.destroy();
  await new Promise(setImmediate);
  return `${head} ${tail} ${received >> 4}`;
}

/** As a TLS socket whose client has shown the administrator's certificate. */
function dress(socket: Duplex, isHttp2: boolean): void {
  Object.assign(socket, {
    alpnProtocol: isHttp2 ? "h2" : "http/1.1",
    authorized: true,
    encrypted: true,
    getPeerCertificate: () => ({ ...ADMIN, valid_to: "Jan 1 2100 GMT" }),
    setTimeout: () => socket,
    setNoDelay: () => socket,
    setKeepAlive: () => socket,
  });
}

/** The bytes that a client of Node's sends. */
async function http2Requests(): Promise<Buffer[]> {
  return Promise.all(
    [
      (session: ClientHttp2Session) => session.request({ ":path": `${PODS}?limit=1` }).end(),
      (session: ClientHttp2Session) => session.request({ ":path": PODS, ":method": "POST" }).end(JSON.stringify(POD)),
      (session: ClientHttp2Session) =>
        session.request({ ":path": `${PODS}?watch=1`, accept: "application/yaml" }).close(8),
    ].map(async (ask) => {
      const [client, wire] = duplexPair();
      const sent: Buffer[] = [];
      wire.on("data", (chunk: Buffer) => void sent.push(chunk));
      const session = connect("http://a", { createConnection: () => client });
      session.on("error", () => undefined);
      ask(session);
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      session.destroy();
      return Buffer.concat(sent);
    }),
  );
}
