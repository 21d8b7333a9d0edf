import { IncomingMessage, METHODS, type ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { Duplex } from "node:stream";
import Fastify, { type FastifyInstance } from "fastify";
import { type Connection, connectionOfSocket } from "./connection.js";
import { Http1Request } from "./http1-request.js";
import type { Intake } from "./intake.js";
import { webSockets } from "./websocket.js";

/** Upstream: apiserver/pkg/server/secure_serving.go. */
const MAX_STREAMS = 100;
/** net/http's DefaultMaxHeaderBytes. */
const MAX_HEADERS = 1024 * 1024;
/** What HTTP/1.1 allows beyond that; upstream: net/http/server.go, initialReadLimitSize. */
const SLOP = 4096;
/**
 * MB that a session may hold before it refuses streams. At the default of 10 a few answers that nobody reads make the
 * health probes beside them fail.
 */
const SESSION_MEMORY = 64;

/** HTTP/2 and HTTP/1.1 for the connections of all clusters: one fastify instance, fed by every listener. */
export interface HttpServer {
  /** Serves a connection whose handshake is through. */
  serve(connection: Connection): void;
  close(): Promise<void>;
}

export async function createHttpServer(intake: Intake): Promise<HttpServer> {
  const server = createNodeServer();
  const app = Fastify({
    http2: true,
    logger: false,
    exposeHeadRoutes: false,
    serverFactory: (handler) =>
      server.on("request", (...raw: Raw) => {
        // The router wants only methods that Node knows.
        if (KNOWN.has(raw[0].method ?? "")) (handler as (...parts: Raw) => void)(...raw);
        else takeRaw(...raw);
      }),
    clientErrorHandler: (error, socket) => intake.fault(error, socket),
    frameworkErrors: (_error, request, reply) => take(request, reply),
  });
  const open = await webSockets(app as unknown as FastifyInstance);
  const again = (socket: Duplex) => void server.emit("secureConnection", socket);
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    intake.upgrade(request, socket, head, { open, again });
  });
  // Node has these events for both versions of HTTP, and answers by itself where nobody listens.
  server.on("connect", (request: Raw[0], other: Duplex | Raw[1], head: Buffer) => {
    if (request instanceof IncomingMessage) intake.upgrade(request, other as Duplex, head, { open, again });
    else takeRaw(request, other as Raw[1]);
  });
  server.on("checkContinue", (...raw: Raw) => {
    const [request, response] = raw;
    if (request instanceof IncomingMessage) intake.http1Waiting(request, response as ServerResponse);
    else takeRaw(...raw);
  });
  server.on("checkExpectation", (...raw: Raw) => {
    const [request, response] = raw;
    if (request instanceof IncomingMessage) refuseExpectation(response as ServerResponse);
    else takeRaw(...raw);
  });
  const takeRaw = (...[request, response]: Raw) => {
    if (request instanceof IncomingMessage) intake.http1(request, response as ServerResponse);
    else intake.http2(request.stream, request.headers, request);
  };
  const take = (request: { readonly raw: Raw[0] }, reply: { readonly raw: Raw[1]; hijack(): unknown }) => {
    reply.hijack();
    takeRaw(request.raw, reply.raw);
  };
  // A hook comes before fastify reads bodies or refuses methods, which the pipeline does in its own time and words.
  app.addHook("onRequest", (request, reply, _done) => take(request, reply));
  app.all("*", () => undefined);
  app.setNotFoundHandler(() => undefined); // methods for which there is no route
  await app.ready();
  return {
    serve: ({ socket }) => {
      // For HTTP/1.1 Node looks up its classes on the server that the socket says it belongs to.
      Object.assign(socket, { server });
      server.emit("secureConnection", socket);
    },
    close: async () => {
      await app.close();
    },
  };
}

/** Upstream: net/http/server.go, sendExpectationFailed; HTTP/2 knows no such refusal. */
function refuseExpectation(response: ServerResponse): void {
  response.shouldKeepAlive = false;
  response.writeHead(417, { "Content-Length": "0" }).end();
}

const KNOWN: ReadonlySet<string> = new Set(METHODS);

type Raw = [IncomingMessage | Http2ServerRequest, ServerResponse | Http2ServerResponse];

function createNodeServer(): Http2SecureServer {
  const server = createSecureServer({
    allowHTTP1: true,
    Http1IncomingMessage: Http1Request,
    maxSessionMemory: SESSION_MEMORY,
    maxHeaderListPairs: 1000,
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADERS },
  });
  // Connections may be silent for as long as a watch: only the client or a drain ends them.
  // A missing Host is refused in Go's words; from version 24 on Node would come before us with its own.
  Object.assign(server, { keepAliveTimeout: 0, maxHeaderSize: MAX_HEADERS + SLOP, requireHostHeader: false });
  server.on("session", (session: ServerHttp2Session) => connectionOfSocket(session.socket)?.attach(session));
  return server;
}
