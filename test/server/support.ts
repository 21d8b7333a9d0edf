import { once } from "node:events";
import http2 from "node:http2";
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from "node:tls";
import { pino } from "pino";
import type { AccessControl } from "../../src/auth/access-control.js";
import { ALL_RULES } from "../../src/auth/rules.js";
import type { Cluster } from "../../src/cluster/cluster.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import { answerContext } from "../../src/codec/answer-context.js";
import type { Answer, Handler } from "../../src/kube/handler.js";
import { type FleetDeps, type FleetOptions, startFleet } from "../../src/main.js";
import { loadTables } from "../../src/schema/tables.js";

export const silent = pino({ level: "silent" });

const answers = answerContext(loadTables("1.34"), Date.now);

/** Answers with what it was asked, as JSON. */
export const echo: Handler = async (request) =>
  json({ method: request.method, path: request.path, user: request.user.name });

export function json(value: unknown, status = 200): Answer {
  return { status, headers: { "Content-Type": "application/json" }, chunks: [Buffer.from(JSON.stringify(value))] };
}

/** Whoever has authenticated may do everything, everybody else what a cluster shows to the public. */
export const OPEN: AccessControl = {
  authorize: (user, { verb, path }) => {
    const known = user.groups.includes("system:authenticated");
    const open = verb === "get" && /^\/(healthz|livez|readyz|version)\/?$/.test(path);
    return { allowed: known || open, reason: "" };
  },
  rules: ALL_RULES,
  anonymous: true,
  authenticateToken: () => ({ error: "no tokens" }),
};

/** Ephemeral ports on loopback, one cluster, no folder, unless told otherwise. */
export function testFleet(
  handler: Handler | ((cluster: Cluster) => Handler) = echo,
  options: Partial<FleetOptions> = {},
  deps: Partial<FleetDeps> = {},
): Promise<Fleet> {
  const createHandler = isFactory(handler) ? handler : () => handler;
  const createBackend = (cluster: Cluster) => ({ handler: createHandler(cluster), access: OPEN });
  return startFleet({ basePort: 0, graceMs: 2000, log: silent, ...options }, { createBackend, answers, ...deps });
}

/** Handlers take a request and are async; factories take a cluster. */
function isFactory(handler: Handler | ((cluster: Cluster) => Handler)): handler is (cluster: Cluster) => Handler {
  return handler.constructor.name !== "AsyncFunction";
}

/** TLS options of a cluster's admin. */
export async function admin(cluster: Cluster): Promise<ConnectionOptions> {
  const { authority, admin } = await cluster.identity();
  return { ...(await anonymous(cluster)), ca: authority.certificate, cert: admin.certificate, key: admin.key };
}

export async function anonymous(cluster: Cluster): Promise<ConnectionOptions> {
  const { authority } = await cluster.identity();
  const { host, port, serverName } = cluster.endpoint;
  // Node 22 takes the Host header "[::1]" for a name, and compares it with certificates; kubernetes is in all of them.
  const servername = serverName ?? (host.includes(":") ? "kubernetes" : undefined);
  return { host, port, ca: authority.certificate, ...(servername ? { servername } : {}) };
}

export async function connectTls(options: ConnectionOptions): Promise<TLSSocket> {
  const socket = tlsConnect(options);
  await once(socket, "secureConnect");
  return socket;
}

export function connectHttp2(cluster: Cluster, options: ConnectionOptions): http2.ClientHttp2Session {
  return http2.connect(cluster.url, options as http2.SecureClientSessionOptions);
}

export interface Reply {
  readonly status: number;
  readonly headers: http2.IncomingHttpHeaders;
  readonly text: string;
}

export async function request(
  session: http2.ClientHttp2Session,
  path: string,
  headers: http2.OutgoingHttpHeaders = {},
  body?: Buffer | string,
): Promise<Reply> {
  const stream = session.request({ ":path": path, ...headers }, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return { status: head[":status"] ?? 0, headers: head, text: Buffer.concat(chunks).toString() };
}

/** One request on a connection of its own. */
export async function fetchFrom(
  cluster: Cluster,
  path: string,
  options: ConnectionOptions,
  headers: http2.OutgoingHttpHeaders = {},
  body?: Buffer | string,
): Promise<Reply> {
  const session = connectHttp2(cluster, options);
  try {
    return await request(session, path, headers, body);
  } finally {
    session.close();
  }
}

/** Writes raw HTTP/1.1 and returns everything that comes back till the server closes. */
export async function rawHttp1(options: ConnectionOptions, text: string): Promise<string> {
  const socket = await connectTls({ ...options, ALPNProtocols: ["http/1.1"] });
  socket.write(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
