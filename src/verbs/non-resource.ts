import { valueAnswer } from "../codec/answer.js";
import { compress } from "../codec/gzip.js";
import {
  negotiate,
  negotiateDiscovery,
  negotiateRoute,
  PLAIN_ENDPOINT,
  UNROUTED_PLAIN_ENDPOINT,
} from "../codec/negotiate.js";
import { methodNotAllowed, unknownResource } from "../kube/errors.js";
import type { Answer, KubeRequest, UnaryAnswer } from "../kube/handler.js";
import type { JsonObject } from "../kube/json.js";
import { pageNotFound } from "../kube/plain-text-error.js";
import { apiGroup, apiGroupList, apiResourceList, coreVersions, type TypedDocument } from "../schema/discovery.js";
import { aggregatedDiscovery } from "../schema/discovery-aggregated.js";
import { rootPaths } from "../schema/discovery-paths.js";
import { openApiAnswer } from "../schema/openapi/answer.js";
import { versionInfo } from "../schema/version.js";
import type { ApiDeps } from "./deps.js";
import { openIdAnswer } from "./openid.js";
import { unrouted } from "./scope.js";

/** Discovery, OpenAPI, version: what a client reads before it names a resource. */
export async function nonResource(deps: ApiDeps, request: KubeRequest): Promise<Answer> {
  const path = request.path.replace(/\/$/, "") || "/";
  const [root, ...rest] = path.slice(1).split("/") as [string, ...string[]];
  if (root === "api" || root === "apis") return compress(discovery(deps, request, root, rest), request.headers);
  if (root === "version") return version(deps, request, rest);
  const openApi = root === "openapi" && openApiAnswer(openApiServer(deps), request);
  if (openApi) return openApi;
  const openId = await openIdAnswer(deps, request);
  if (openId) return openId;
  if (request.path === "/" || request.path === "/index.html") return indented(rootPaths(deps.registry));
  throw pageNotFound();
}

function version(deps: ApiDeps, { method, headers }: KubeRequest, rest: readonly string[]): Answer {
  if (rest.length > 0) throw unknownResource();
  if (method !== "GET") throw methodNotAllowed();
  negotiateRoute(headers, ["application/json"]);
  return indented(versionInfo(deps.tables.version));
}

/** The documents are as old as the process: nothing changes them. */
const modified = Date.now();

function openApiServer({ tables, registry, sources }: ApiDeps) {
  return { tables, registry, modified, now: () => sources.now() };
}

function discovery(deps: ApiDeps, request: KubeRequest, root: "api" | "apis", rest: readonly string[]): UnaryAnswer {
  const document = rest.length === 0 ? undefined : nested(deps, root, rest);
  const routed = root === "api" || rest.length > 1;
  if (rest.length > 0 && !document) {
    throw routed ? unrouted(deps.registry, root === "api" ? "" : rest[0]!) : pageNotFound();
  }
  // Groups, and the list of them, are answered whatever the method is.
  if (routed && request.method !== "GET") throw methodNotAllowed();
  if (document) {
    return answer(deps, request, document, routed ? PLAIN_ENDPOINT : UNROUTED_PLAIN_ENDPOINT);
  }
  const aggregated = negotiateDiscovery(request.headers, request.query);
  if (!aggregated) {
    if (root === "apis") return answer(deps, request, apiGroupList(deps.registry), UNROUTED_PLAIN_ENDPOINT);
    return answer(deps, request, coreVersions(deps.registry, deps.serverAddress), PLAIN_ENDPOINT);
  }
  const { etag, value, typeName } = aggregatedDiscovery(deps.registry, root);
  const headers = { Vary: "Accept", ETag: etag, "Cache-Control": "public" };
  if (request.headers["if-none-match"] === etag) return { status: 304, headers, chunks: [] };
  const made = valueAnswer(200, value, deps.tables.struct(typeName), aggregated.representation, deps.answers);
  return { ...made, headers: { ...made.headers, ...headers, "Content-Type": aggregated.contentType } };
}

function nested(deps: ApiDeps, root: "api" | "apis", rest: readonly string[]): TypedDocument | undefined {
  const [first = "", second = ""] = rest;
  if (root === "api") return rest.length === 1 ? apiResourceList(deps.registry, "", first) : undefined;
  if (rest.length === 1) return apiGroup(deps.registry, first);
  return rest.length === 2 && first !== "" ? apiResourceList(deps.registry, first, second) : undefined;
}

function answer(
  deps: ApiDeps,
  request: KubeRequest,
  document: TypedDocument,
  endpoint: typeof PLAIN_ENDPOINT,
): UnaryAnswer {
  const wanted = negotiate(request.headers, request.query, endpoint);
  return valueAnswer(200, document.value, deps.tables.struct(document.typeName), wanted, deps.answers);
}

/** Documents that a real server always writes in one way: JSON, indented, without a newline at the end. */
function indented(value: JsonObject): UnaryAnswer {
  const body = Buffer.from(JSON.stringify(value, null, 2));
  return { status: 200, headers: { "Content-Type": "application/json" }, chunks: [body] };
}
