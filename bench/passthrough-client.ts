import { once } from "node:events";
import { connect } from "node:http2";
import { Agent, request } from "node:https";
import type { Readable } from "node:stream";
import type { Target } from "./passthrough-fleet.js";

/** A client of one endpoint by one version of HTTP: requests on one connection, watches on another where they need it. */
export interface Client {
  /** Resolves with the whole answer. */
  send(method: string, path: string, body?: string): Promise<Buffer>;
  /** Resolves when the head is there. */
  open(path: string): Promise<Readable>;
  close(): void;
}

const TYPES: Readonly<Record<string, string>> = { PATCH: "application/merge-patch+json", POST: "application/json" };

export function http1(target: Target): Client {
  const { url, ca, cert, key } = target;
  const agents = [1, 2].map(() => new Agent({ keepAlive: true, maxSockets: 32, ca, cert, key }));
  const head = async (agent: Agent, method: string, path: string, body?: string) => {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const headers = { ...length, "content-type": TYPES[method] ?? "", accept: "application/json" };
    const sent = request(`${url}${path}`, { agent, method, headers });
    sent.end(body);
    const [answer] = (await once(sent, "response")) as [Readable & { statusCode: number }];
    checkStatus(answer.statusCode, method, path);
    return answer;
  };
  return {
    send: async (method, path, body) => bodyOf(await head(agents[0]!, method, path, body)),
    open: (path) => head(agents[1]!, "GET", path),
    close: () => {
      for (const agent of agents) agent.destroy();
    },
  };
}

export function http2({ url, ...tls }: Target): Client {
  const session = connect(url, tls);
  session.on("error", () => undefined); // a server that is ended
  const head = async (method: string, path: string, body?: string) => {
    const headers = {
      ":method": method,
      ":path": path,
      "content-type": TYPES[method] ?? "",
      accept: "application/json",
    };
    const stream = session.request(headers, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    const [answer] = (await once(stream, "response")) as [{ ":status": number }];
    checkStatus(answer[":status"], method, path);
    return stream;
  };
  return {
    send: async (method, path, body) => bodyOf(await head(method, path, body)),
    open: (path) => head("GET", path),
    close: () => session.destroy(),
  };
}

function checkStatus(status: number, method: string, path: string): void {
  if (status >= 300) throw new Error(`${method} ${path}: ${status}`);
}

async function bodyOf(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
