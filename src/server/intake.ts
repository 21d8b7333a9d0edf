import { type IncomingHttpHeaders, type IncomingMessage, ServerResponse } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { Duplex, Readable } from "node:stream";
import type { Logger } from "pino";
import { type Connection, connectionOfSession, connectionOfSocket } from "./connection.js";
import { Exchange } from "./exchange.js";
import { faultText, oddRequest } from "./http1-faults.js";
import { Http1Outlet, Http2Outlet, type Outlet } from "./outlet.js";
import type { Pipeline } from "./pipeline.js";
import { respond } from "./respond.js";
import { parseTarget } from "./target.js";
import { UpgradeOutlet } from "./upgrade.js";
import type { OpenWebSocket } from "./websocket.js";

/** Makes exchanges of what Node's HTTP servers hand over, and sees them to their end. */
export class Intake {
  readonly #pipeline: Pipeline;
  readonly #log: Logger;

  constructor(pipeline: Pipeline, log: Logger) {
    this.#pipeline = pipeline;
    this.#log = log;
  }

  http2(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const connection = connectionOfSession(stream.session);
    const target = parseTarget(String(headers[constants.HTTP2_HEADER_PATH] ?? ""));
    if (connection === undefined || target === undefined) {
      stream.close(constants.NGHTTP2_PROTOCOL_ERROR); // as Go does with a path that it can't decode
      return;
    }
    const method = String(headers[constants.HTTP2_HEADER_METHOD]);
    const source = stream.endAfterHeaders ? undefined : stream;
    this.#take(connection, new Exchange(connection, method, target, headers, source), new Http2Outlet(stream));
  }

  http1(request: IncomingMessage, response: ServerResponse): void {
    const hasBody = request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"]) > 0;
    const { method = "", url = "", headers, socket } = request;
    const outlet = (origin: Connection) => new Http1Outlet(response, origin);
    this.#http1({ method, uri: url, headers, socket, source: hasBody ? request : undefined }, outlet);
  }

  /** An upgrade that nobody takes up is an ordinary request, but the last on its connection. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, open: OpenWebSocket): void {
    socket.on("error", () => socket.destroy()); // Node's HTTP server minds it no more
    const { method = "", url = "", headers } = request;
    inTurn(socket, () => {
      const response = detachedResponse(request, socket);
      const outlet = (origin: Connection) => new UpgradeOutlet({ request, response }, socket, head, { origin, open });
      this.#http1({ method, uri: url, headers, socket, source: undefined }, outlet);
    });
  }

  /** Bytes that are no request to Node: perhaps one in a method that it does not know. */
  fault(error: Error, socket: Duplex): void {
    inTurn(socket, () => this.#fault(error, socket));
  }

  #fault(error: Error, socket: Duplex): void {
    if (!socket.writable || socket.destroyed) {
      socket.destroy();
      return;
    }
    const odd = oddRequest(error);
    if (odd === undefined) {
      socket.end(faultText(error), () => socket.destroy());
      return;
    }
    const response = detachedResponse({ method: odd.method, httpVersionMajor: 1, httpVersionMinor: 1 }, socket);
    this.#http1({ ...odd, socket, source: undefined }, (origin) => new Http1Outlet(response, origin));
  }

  /** The socket is the request's: a pipelined request's response gets one only when it is its turn. */
  #http1({ method, uri, headers, socket, source }: Http1Request, outlet: (origin: Connection) => Outlet): void {
    const connection = connectionOfSocket(socket);
    const target = parseTarget(uri);
    if (connection === undefined || target === undefined) {
      socket.end(faultText(new Error("no such path")), () => socket.destroy());
      return;
    }
    const exchange = new Exchange(connection, method, target, headers, source);
    this.#take(connection, exchange, outlet(connection));
  }

  async #take(connection: Connection, exchange: Exchange, outlet: Outlet): Promise<void> {
    connection.begin(exchange);
    outlet.body.once("close", () => exchange.abort());
    try {
      const answer = await this.#pipeline(exchange);
      if (answer !== undefined) await respond(exchange, outlet, answer);
    } catch (error) {
      const { method, target } = exchange;
      this.#log.error({ err: error, cluster: connection.cluster.name, method, uri: target.uri }, "an answer broke off");
      outlet.body.destroy();
    } finally {
      connection.end(exchange);
    }
  }
}

interface Http1Request {
  readonly method: string;
  readonly uri: string;
  readonly headers: IncomingHttpHeaders;
  readonly socket: Duplex;
  readonly source: Readable | undefined;
}

/**
 * Goes on once the answers to what came before on the socket are through: a client may send the next request without
 * waiting, and a socket takes one response at a time.
 */
function inTurn(socket: Duplex, then: () => void): void {
  const before = (socket as { readonly _httpMessage?: ServerResponse | null })._httpMessage;
  if (before) before.once("close", () => setImmediate(inTurn, socket, then));
  else then();
}

/** A response on a socket that Node's HTTP server has let go of. */
function detachedResponse(
  request: Pick<IncomingMessage, "httpVersionMajor" | "httpVersionMinor"> & { readonly method?: string | undefined },
  socket: Duplex,
): ServerResponse {
  const response = new ServerResponse(request as IncomingMessage);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Parameters<ServerResponse["assignSocket"]>[0]);
  response.once("finish", () => socket.end());
  return response;
}
