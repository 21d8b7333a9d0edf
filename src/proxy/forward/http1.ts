import type { ClientRequest, IncomingMessage } from "node:http";
import { type Agent, request as send } from "node:https";
import type { Duplex } from "node:stream";
import type { ForwardedRequest } from "../../cluster/real-server.js";
import type { Answer } from "../../kube/handler.js";
import { type Address, agentFor, type Credentials, tlsOptions } from "./address.js";
import { UpstreamError } from "./broken.js";
import { answerHeaders, firstOf, headerMap, type RawHeaders } from "./headers.js";
import { relay } from "./relay.js";
import { leftHttp } from "./upgraded.js";

const MAX_HEADERS = 1024 * 1024;
/** A real server hangs up on idle connections after 90 s. */
const IDLE_MS = 60_000;

/** HTTP/1.1 connections to one address in one name. */
export class Http1Pool {
  readonly #address: Address;
  readonly #credentials: Credentials;
  readonly #agent: Agent;

  constructor(address: Address, credentials: Credentials) {
    this.#address = address;
    this.#credentials = credentials;
    const options = { keepAlive: true, scheduling: "lifo", timeout: IDLE_MS, maxFreeSockets: 64 } as const;
    this.#agent = agentFor(address, credentials, options);
  }

  begin(method: string, path: string, headers: readonly string[]): ClientRequest {
    const options = { ...tlsOptions(this.#address, this.#credentials), agent: this.#agent, maxHeaderSize: MAX_HEADERS };
    return send({ ...options, method, path, headers, setHost: false });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Passes a request on by HTTP/1.1; `headers` are what it has of fields. @throws UpstreamError */
export function forwardHttp1(pool: Http1Pool, request: ForwardedRequest, headers: RawHeaders): Promise<Answer> {
  const { method, uri, body, signal } = request;
  const upstream = pool.begin(method, uri, fieldsOf(request, headers));
  const onAbort = () => upstream.destroy();
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  upstream.once("close", () => signal.removeEventListener("abort", onAbort));
  if (body === undefined) upstream.end();
  else {
    // A client that waits for a word before it sends the body hears it from the server.
    if (firstOf(headers, "expect") === undefined) request.goOn();
    else upstream.once("continue", () => request.goOn());
    body.pipe(upstream);
    body.once("error", onAbort);
    upstream.once("close", () => body.unpipe(upstream).resume());
  }
  return answerOf(upstream, request);
}

function fieldsOf({ body, mayLeave, rawHeaders }: ForwardedRequest, headers: RawHeaders): string[] {
  const out = body === undefined ? withoutBody(headers) : [...headers];
  if (firstOf(headers, "host") === undefined) out.push("Host", firstOf(rawHeaders, ":authority") ?? "localhost");
  if (body !== undefined && firstOf(headers, "content-length") === undefined) out.push("Transfer-Encoding", "chunked");
  const protocol = mayLeave ? firstOf(rawHeaders, "upgrade") : undefined;
  if (protocol !== undefined) out.push("Connection", "Upgrade", "Upgrade", protocol);
  return out;
}

/**
 * A request that asks to leave HTTP, or in a method that Node does not know, may announce a body that is not ours to
 * read. A server that waits for it would take for it what the next client sends on the connection.
 */
function withoutBody(headers: RawHeaders): string[] {
  const out: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const [name, value] = [headers[at]!, headers[at + 1]!];
    const announces = /^content-length$/i.test(name) && value.trim() !== "0";
    if (!announces && !/^expect$/i.test(name)) out.push(name, value);
  }
  return out;
}

function answerOf(upstream: ClientRequest, { signal }: ForwardedRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // Before TLS is there nothing has been sent; a connection that was idle may have been closed meanwhile.
    let connected = false;
    upstream.once("socket", (socket) => {
      if (upstream.reusedSocket) connected = true;
      else {
        socket.once("secureConnect", () => {
          connected = true;
        });
      }
    });
    upstream.once("error", (error) => reject(new UpstreamError(error, connected)));
    upstream.on("error", () => undefined);
    upstream.once("response", (response) => resolve(whole(response, signal)));
    const left = (response: IncomingMessage, socket: Duplex, head: Buffer) => {
      resolve(leftHttp(response, socket, head, signal));
    };
    upstream.once("upgrade", left).once("connect", left);
  });
}

function whole(response: IncomingMessage, signal: AbortSignal): Answer {
  const kept = answerHeaders(response.rawHeaders);
  const closes = /\bclose\b/i.test(response.headers.connection ?? "");
  const announced = response.headers.trailer !== undefined;
  return {
    status: response.statusCode!,
    headers: headerMap(closes ? [...kept, "Connection", "close"] : kept),
    prompt: response.headers["content-length"] !== undefined,
    ...(announced ? { trailers: () => headerMap(response.rawTrailers) } : {}),
    run: (sink) => relay(response, sink, signal, () => response.complete),
  };
}
