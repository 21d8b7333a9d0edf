import { once } from "node:events";
import http2 from "node:http2";
import type { Endpoint } from "./client.js";

/** A connection as client-go makes it: a stream may run 4 MB ahead of its reader, the connection a gigabyte. */
export async function connectHttp2(endpoint: Endpoint): Promise<http2.ClientHttp2Session> {
  const { host, port, ca, cert, key, servername } = endpoint;
  const authority = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const names = servername ? { servername } : {};
  const session = http2.connect(authority, { ca, cert, key, ...names, settings: { initialWindowSize: 4 << 20 } });
  await once(session, "connect");
  session.setLocalWindowSize(2 ** 30);
  return session;
}

export interface Opened {
  readonly stream: http2.ClientHttp2Stream;
  readonly status: number;
}

/** Sends a GET and resolves with its headers; nobody reads the body yet. */
export async function openHttp2(session: http2.ClientHttp2Session, path: string): Promise<Opened> {
  const stream = session.request({ ":path": path });
  stream.pause();
  const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader];
  return { stream, status: headers[":status"] ?? 0 };
}

export async function getHttp2(
  session: http2.ClientHttp2Session,
  path: string,
): Promise<{ status: number; body: string }> {
  const { stream, status } = await openHttp2(session, path);
  let body = "";
  for await (const chunk of stream) body += chunk;
  return { status, body };
}
