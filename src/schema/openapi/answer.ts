import type { IncomingHttpHeaders } from "node:http";
import type { UnaryAnswer } from "../../kube/handler.js";
import type { Registry } from "../registry.js";
import type { SchemaTables } from "../tables.js";
import {
  type DocumentFormat,
  openApiV3Index,
  openApiV3Location,
  type ServedDocument,
  servedOpenApiV2,
  servedOpenApiV3,
} from "./documents.js";

/** What of a request decides on the answer. */
export interface OpenApiRequest {
  /** Decoded, e.g. "/openapi/v3/apis/apps/v1". */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export interface OpenApiServer {
  readonly tables: SchemaTables;
  readonly registry: Registry;
  /** When the documents became what they are, in milliseconds since the epoch. */
  readonly modified: number;
  now(): number;
}

type Headers = Record<string, string | readonly string[]>;

const NO_CACHE = { "Cache-Control": "no-cache, private" };
const PROTOBUF_SUBTYPES = {
  v2: ["com.github.proto-openapi.spec.v2.v1.0+protobuf", "com.github.proto-openapi.spec.v2@v1.0+protobuf"],
  v3: ["com.github.proto-openapi.spec.v3.v1.0+protobuf", "com.github.proto-openapi.spec.v3@v1.0+protobuf"],
} as const;

/**
 * The answer to any path below /openapi, whatever the method, as upstream's handlers give it:
 * kube-openapi/pkg/handler/handler.go, pkg/handler3/handler.go. Byte ranges are not served.
 */
export function openApiAnswer(server: OpenApiServer, request: OpenApiRequest): UnaryAnswer | undefined {
  if (request.path === "/openapi/v2") return v2Answer(server, request);
  if (request.path === "/openapi/v3") return indexAnswer(server);
  const path = /^\/openapi\/v3\/(.*)$/s.exec(request.path)?.[1];
  return path === undefined ? undefined : v3Answer(server, request, path);
}

function v2Answer(server: OpenApiServer, request: OpenApiRequest): UnaryAnswer {
  const headers: Headers = { ...NO_CACHE, Vary: ["Accept-Encoding", "Accept"] };
  const format = acceptable(request.headers.accept, "v2");
  if (!format) return answer(406, headers);
  const document = servedOpenApiV2(server.tables, server.registry);
  const gzip = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  Object.assign(headers, contentHeaders(document, format, "v2"), gzip ? { "Content-Encoding": "gzip" } : {});
  return content(server, request, headers, document.etag, () =>
    gzip ? document.gzipped(format) : document.bytes(format),
  );
}

/** The real index comes through the aggregator, which loses its content type and ETag. */
function indexAnswer(server: OpenApiServer): UnaryAnswer {
  const headers = { ...NO_CACHE, "Content-Type": "text/plain; charset=utf-8", "Last-Modified": httpDate(server.now()) };
  const body = Buffer.from(JSON.stringify(openApiV3Index(server.tables, server.registry)));
  return answer(200, { ...headers, "Accept-Ranges": "bytes", "Content-Length": String(body.length) }, body);
}

function v3Answer(server: OpenApiServer, request: OpenApiRequest, path: string): UnaryAnswer {
  const document = servedOpenApiV3(server.tables, server.registry, path);
  if (!document) return answer(404, NO_CACHE);
  const headers: Headers = { ...NO_CACHE, Vary: "Accept" };
  const format = acceptable(request.headers.accept, "v3");
  if (!format) return answer(406, headers);
  Object.assign(headers, contentHeaders(document, format, "v3"));
  const hash = request.query.get("hash") ?? "";
  if (hash !== "" && hash !== document.etag) {
    return answer(301, { ...headers, Location: openApiV3Location(path, document.etag) });
  }
  if (hash !== "") {
    headers["Cache-Control"] = "public, immutable";
    headers.Expires = inAYear(server.now());
  }
  return content(server, request, headers, document.etag, () => document.bytes(format));
}

function contentHeaders(document: ServedDocument, format: DocumentFormat, version: "v2" | "v3"): Headers {
  const subtype = format === "json" ? "json" : PROTOBUF_SUBTYPES[version][0];
  return { "Content-Type": `application/${subtype}`, ETag: `"${document.etag}"` };
}

/** As net/http's ServeContent: 304 has neither a content type nor a date, and what is encoded has no length. */
function content(
  server: OpenApiServer,
  request: OpenApiRequest,
  headers: Headers,
  etag: string,
  bytes: () => Buffer,
): UnaryAnswer {
  if (matches(request.headers["if-none-match"], etag)) {
    const { "Content-Type": _type, "Content-Encoding": _encoding, ...rest } = headers;
    return answer(304, rest);
  }
  const body = bytes();
  const size = headers["Content-Encoding"] === undefined ? { "Content-Length": String(body.length) } : {};
  const served = { "Accept-Ranges": "bytes", "Last-Modified": httpDate(server.modified), ...size };
  return answer(200, { ...headers, ...served }, body);
}

function matches(header: string | undefined, etag: string): boolean {
  const tags = (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(`"${etag}"`) || tags.includes("*");
}

/** The format of the first clause of Accept, by quality, that names one. No Accept accepts all. */
function acceptable(accept: string | undefined, version: "v2" | "v3"): DocumentFormat | undefined {
  const clauses = (accept || "*/*").split(",").map((clause) => {
    const [mediaType = "", ...parameters] = clause.split(";").map((part) => part.trim());
    const quality = parameters.find((parameter) => parameter.startsWith("q="));
    return { mediaType, quality: quality === undefined ? 1 : Number(quality.slice(2)) };
  });
  clauses.sort((a, b) => b.quality - a.quality);
  for (const { mediaType } of clauses) {
    const [type, subtype = ""] = mediaType.split("/");
    if (type !== "application" && type !== "*") continue;
    if (subtype === "json" || subtype === "*") return "json";
    if ((PROTOBUF_SUBTYPES[version] as readonly string[]).includes(subtype)) return "protobuf";
  }
  return undefined;
}

function answer(status: number, headers: Headers, body?: Buffer): UnaryAnswer {
  return { status, headers, chunks: body ? [body] : [] };
}

function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** Go's RFC 1123 with the zone's name, which for HTTP should be GMT but is UTC. */
function inAYear(ms: number): string {
  const date = new Date(ms);
  date.setUTCFullYear(date.getUTCFullYear() + 1);
  return date.toUTCString().replace("GMT", "UTC");
}
