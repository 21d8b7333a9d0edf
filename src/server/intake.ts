import { type IncomingHttpHeaders, type IncomingMessage, ServerResponse } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { Duplex, Readable } from "node:stream";
import type { Logger } from "pino";
import type { UnaryAnswer } from "../kube/handler.js";
import { parseRequestInfo } from "../kube/request-info.js";
import { BrokenOff } from "../proxy/forward/broken.js";
import { type Connection, connectionOfSession, connectionOfSocket } from "./connection.js";
import { Exchange, type RawRequest } from "./exchange.js";
import { failBody, faultText, oddRequest } from "./http1-faults.js";
import { BAD_REQUEST, refusedHead, refuseHead, withoutUpgrade } from "./http1-request.js";
import { isLongRunning } from "./long-running.js";
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

  http2(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: RawRequest): void {
    const connection = connectionOfSession(stream.session);
    const method = String(headers[constants.HTTP2_HEADER_METHOD]);
    // CONNECT has no path.
    const uri = String(headers[constants.HTTP2_HEADER_PATH] ?? headers[constants.HTTP2_HEADER_AUTHORITY] ?? "");
    const target = parseTarget(uri, method);
    if (connection === undefined || target === undefined) {
      stream.close(constants.NGHTTP2_PROTOCOL_ERROR); // as Go does with a path that it can't decode
      return;
    }
    const source = stream.endAfterHeaders ? undefined : stream;
    const exchange = new Exchange(connection, method, target, headers, source, undefined, raw);
    this.#take(connection, exchange, new Http2Outlet(stream));
  }

  http1(request: IncomingMessage, response: ServerResponse): void {
    this.#http1(request, response, { source: hasBody(request) ? request : undefined });
  }

  /**
   * Of a client that waits to be told to send the body. As with Go it is told when somebody reads; when nobody does the
   * connection can't go on, since the body may come or not.
   */
  http1Waiting(request: IncomingMessage, response: ServerResponse): void {
    if (!hasBody(request)) {
      Object.assign(response, { _expect_continue: false }); // for Node such a connection could not go on
      this.http1(request, response);
      return;
    }
    const { shouldKeepAlive } = response;
    response.shouldKeepAlive = false;
    const goOn = () => {
      response.writeContinue();
      response.shouldKeepAlive = shouldKeepAlive;
    };
    this.#http1(request, response, { source: request, goOn });
  }

  /**
   * A request that asks to leave HTTP. Where nothing can come of it, it goes back to Node's parser as one like any
   * other; `again` has the parser read the socket. After a refusal the connection goes on, too.
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, { open, again }: UpgradeParts): void {
    socket.off("error", hangUp).on("error", hangUp); // Node's HTTP server minds it no more
    inTurn(socket, () => {
      if (!mayLeave(request)) {
        socket.unshift(Buffer.concat([withoutUpgrade(request), head]));
        again(socket);
        return;
      }
      const goOn = () => {
        if (head.length > 0) socket.unshift(head);
        again(socket);
      };
      // Where a body begins is known, but not where it ends.
      const response = detachedResponse(request, socket, hasBody(request) ? undefined : goOn);
      const outlet = (origin: Connection) => new UpgradeOutlet({ request, response }, socket, head, { origin, open });
      this.#http1(request, response, { outlet });
    });
  }

  /** Bytes that are no request to Node: perhaps one in a method that it does not know. */
  fault(error: Error, socket: Duplex): void {
    const before = responseOn(socket);
    if (before === undefined) this.#fault(error, socket);
    else if (!failBody(error, before)) before.once("close", () => setImmediate(() => this.fault(error, socket)));
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
    const connection = connectionOfSocket(socket);
    const target = parseTarget(odd.uri);
    if (connection === undefined || target === undefined) {
      refuseHead(response, BAD_REQUEST);
      return;
    }
    const exchange = new Exchange(connection, odd.method, target, odd.headers, undefined);
    this.#take(connection, exchange, new Http1Outlet(response, connection));
  }

  /** The socket is the request's: a pipelined request's response gets one only when it is its turn. */
  #http1(request: IncomingMessage, response: ServerResponse, parts: Http1Parts): void {
    const { method = "", url = "", headers, socket } = request;
    const connection = connectionOfSocket(socket);
    const target = parseTarget(url, method);
    const refused = refusedHead(request);
    if (connection === undefined || target === undefined || refused !== undefined) {
      refuseHead(response, refused ?? BAD_REQUEST);
      return;
    }
    const exchange = new Exchange(connection, method, target, headers, parts.source, parts.goOn, request);
    exchange.mayLeave = parts.outlet !== undefined;
    const outlet = parts.outlet?.(connection) ?? new Http1Outlet(response, connection);
    this.#take(connection, exchange, outlet);
  }

  async #take(connection: Connection, exchange: Exchange, outlet: Outlet): Promise<void> {
    connection.begin(exchange);
    outlet.body.once("close", () => exchange.abort());
    try {
      const answer = isOfServer(exchange) ? NOTHING : await this.#pipeline(exchange);
      if (answer !== undefined) await respond(exchange, outlet, answer);
    } catch (error) {
      if (error instanceof BrokenOff) {
        outlet.abort();
        return;
      }
      const { method, target } = exchange;
      this.#log.error({ err: error, cluster: connection.cluster.name, method, uri: target.uri }, "an answer broke off");
      outlet.body.destroy();
    } finally {
      connection.end(exchange);
    }
  }
}

interface Http1Parts {
  readonly source?: Readable | undefined;
  readonly goOn?: () => void;
  readonly outlet?: (origin: Connection) => Outlet;
}

export interface UpgradeParts {
  readonly open: OpenWebSocket;
  readonly again: (socket: Duplex) => void;
}

/** `OPTIONS *` asks about the server, which answers before its handlers; upstream: net/http, globalOptionsHandler. */
function isOfServer({ method, target }: Exchange): boolean {
  return method === "OPTIONS" && target.uri === "*";
}

const NOTHING: UnaryAnswer = { status: 200, headers: {}, chunks: [] };

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"]) > 0;
}

/** Whether there is anything at the path that upgrades are for. CONNECT is none of that, but Node has let go of it. */
function mayLeave({ method = "", url = "" }: IncomingMessage): boolean {
  if (method === "CONNECT") return true;
  const target = parseTarget(url);
  if (target === undefined) return false;
  try {
    return isLongRunning(parseRequestInfo(method, target.path, target.query));
  } catch {
    return false;
  }
}

/** The response that has the socket. */
function responseOn(socket: Duplex): ServerResponse | undefined {
  return (socket as { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/**
 * Goes on once the answers to what came before on the socket are through: a client may send the next request without
 * waiting, and a socket takes one response at a time.
 */
function inTurn(socket: Duplex, then: () => void): void {
  const before = responseOn(socket);
  if (before) before.once("close", () => setImmediate(inTurn, socket, then));
  else then();
}

/** A response on a socket that Node's HTTP server has let go of. `goOn`: what is done with the socket when it is kept. */
function detachedResponse(
  request: Pick<IncomingMessage, "httpVersionMajor" | "httpVersionMinor"> & {
    readonly method?: string | undefined;
    readonly headers?: IncomingHttpHeaders;
  },
  socket: Duplex,
  goOn?: () => void,
): ServerResponse {
  const response = new ServerResponse(request as IncomingMessage);
  const own = socket as Parameters<ServerResponse["assignSocket"]>[0];
  const version11 = request.httpVersionMajor === 1 && request.httpVersionMinor === 1;
  response.shouldKeepAlive = goOn !== undefined && version11 && !CLOSE.test(request.headers?.connection ?? "");
  response.assignSocket(own);
  response.once("finish", () => {
    if (goOn === undefined || !response.shouldKeepAlive) return socket.end();
    response.detachSocket(own);
    goOn();
  });
  return response;
}

const CLOSE = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;

function hangUp(this: Duplex): void {
  this.destroy();
}
