import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Fleet } from "../cluster/fleet.js";
import { StartError } from "../cluster/start-error.js";
import { isLoopback } from "../kube/loopback.js";
import type { KeyPair } from "../pki/authority.js";
import { type AccessSettings, admit } from "./access.js";
import { clusterRoutes } from "./clusters.js";
import { AdminError, errorBody, refusalOf } from "./errors.js";
import { importRoute } from "./import.js";
import { metricsRoute } from "./metrics.js";
import { moveRoutes } from "./moves.js";
import { nodeRoutes } from "./nodes.js";
import { openApi } from "./openapi.js";
import { json, LINES, type Route, type RouteAnswer } from "./route.js";
import { FLEET } from "./schemas.js";

export interface AdminOptions {
  readonly fleet: Fleet;
  /** "127.0.0.1" */
  readonly host: string;
  /** What the URL says, by default the host. */
  readonly advertiseHost?: string;
  /** 0: whichever is free. */
  readonly port: number;
  /** Callers with one of these may do everything. */
  readonly tokens?: readonly string[];
  /** Whether callers on this machine have to show a token or certificate, too. Others always have to. */
  readonly closed?: boolean;
  /** PEM. What is served by, always over TLS then; with the CAs whose clients may do everything, if there are any. */
  readonly tls?: KeyPair & { readonly clientCa?: string };
  /** Of this program. */
  readonly version: string;
  /** Emulated: "v1.34.4". */
  readonly kubernetesVersion: string;
  readonly log: Logger;
}

/** A running admin API. */
export interface Admin {
  /** "http://127.0.0.1:40123" */
  readonly url: string;
  /** Ends it; running requests finish. */
  close(): Promise<void>;
}

/** A CA, its key and more fit in a quarter of this. */
const BODY_LIMIT = 1024 * 1024;

/** Starts the admin API. @throws StartError */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const { host, port, tls, tokens = [], closed = false } = options;
  if (!isLoopback(host) && tls === undefined) throw new StartError("beyond this machine the admin API needs TLS");
  const app = createApp(options, { host, tokens, open: isLoopback(host) && !closed });
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const taken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    const why = taken ? `port ${port} already in use` : (error as Error).message;
    throw new StartError(`can't listen on ${host} for the admin API: ${why}`, taken ? "conflict" : "failed");
  }
  const { port: got } = app.server.address() as AddressInfo;
  const shown = options.advertiseHost ?? host;
  return {
    url: `${tls === undefined ? "http" : "https"}://${shown.includes(":") ? `[${shown}]` : shown}:${got}`,
    close: async () => {
      await app.close();
    },
  };
}

function createApp(options: AdminOptions, access: AccessSettings): FastifyInstance {
  const { tls, fleet, kubernetesVersion, log } = options;
  const server = tls === undefined ? {} : { https: tlsOptions(tls) };
  const app = Fastify({
    ...server,
    logger: false,
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: false } },
  }) as unknown as FastifyInstance;
  // What a form in a browser can send is not read.
  app.removeContentTypeParser("text/plain");
  const known = new WeakMap<FastifyRequest, boolean>();
  app.addHook("onRequest", async (request) => {
    known.set(request, admit(request.raw, access));
  });
  const routes: Route[] = [
    fleetRoute(fleet, kubernetesVersion),
    ...clusterRoutes(fleet),
    importRoute(fleet),
    ...moveRoutes(fleet),
    ...nodeRoutes(fleet, kubernetesVersion),
    metricsRoute(fleet, options),
  ];
  const isKnown = (request: FastifyRequest) => known.get(request) === true;
  for (const route of routes) {
    if (route.lines === undefined) serve(app, route, isKnown);
    else serveLines(app, route, route.lines.limit, isKnown);
  }
  const document = openApi(routes, options.version);
  app.get("/openapi.json", () => document);
  app.setNotFoundHandler((request) => {
    throw unserved(routes, request);
  });
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal === undefined) log.error({ err: error, url: request.url }, "the admin API failed");
    if (refusal?.status === 401) reply.header("WWW-Authenticate", "Bearer");
    const told = refusal ?? new AdminError(500, "failed", "this should not have happened; the log says more");
    reply.code(told.status).send(errorBody(told));
  });
  return app;
}

function tlsOptions({ certificate, key, clientCa }: NonNullable<AdminOptions["tls"]>) {
  // Certificates are asked for and judged; who shows none may have a token.
  const clients = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false };
  return { cert: certificate, key, minVersion: "TLSv1.2" as const, ...clients };
}

function serve(app: FastifyInstance, route: Route, isKnown: (request: FastifyRequest) => boolean): void {
  const { method, path, query = {}, body } = route;
  app.route({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, ":$1"),
    schema: {
      querystring: { type: "object", properties: query, additionalProperties: false },
      ...(body === undefined ? {} : { body: { ...body, type: ["object", "null"] } }),
    },
    handler: async (request, reply) => {
      const answer = await route.handle({
        params: request.params as Record<string, string>,
        query: request.query as Record<string, string>,
        body: request.body,
        accept: request.headers.accept ?? "",
        known: isKnown(request),
      });
      return send(reply, answer);
    },
  });
}

/** Apart from the others, which don't take such bodies. */
function serveLines(app: FastifyInstance, route: Route, limit: number, isKnown: (request: FastifyRequest) => boolean) {
  app.register(async (apart) => {
    apart.removeAllContentTypeParsers();
    apart.addContentTypeParser(
      LINES,
      { parseAs: "buffer", bodyLimit: limit },
      async (_request: FastifyRequest, body: Buffer) => body,
    );
    serve(apart, route, isKnown);
  });
}

function send(reply: FastifyReply, { status, headers = {}, body }: RouteAnswer): FastifyReply {
  // Answers hold credentials.
  return reply
    .code(status)
    .headers({ "Cache-Control": "no-store", ...headers })
    .send(body);
}

function fleetRoute(fleet: Fleet, kubernetesVersion: string): Route {
  return {
    ...{ method: "GET", path: "/v1/fleet", id: "getFleet", summary: "The process as a whole." },
    answers: { 200: { description: "The fleet.", content: json(FLEET) } },
    handle: async () => ({
      status: 200,
      body: {
        ...{ clusters: fleet.clusters.size, kubernetesVersion, pid: process.pid },
        memoryMiB: Math.round(process.memoryUsage.rss() / 1024 / 1024),
      },
    }),
  };
}

/** Nothing there, or not for this method. */
function unserved(routes: readonly Route[], { method, url }: FastifyRequest): AdminError {
  const path = url.split("?", 1)[0]!;
  const fits = ({ path: pattern }: Route) => new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path);
  const methods = routes.filter(fits).map((route) => route.method);
  return methods.length === 0
    ? new AdminError(404, "unknown", `there is nothing at ${path}; /openapi.json tells what there is`)
    : new AdminError(405, "method-not-allowed", `${path} takes ${methods.join(", ")}, not ${method}`);
}
