import { parseFieldSelector } from "./field-selector.js";
import { parseInt64 } from "./go-text.js";
import { parseLabelSelector } from "./label-selector-parser.js";
import { isPathSegmentName } from "./names.js";
import { internalServerError } from "./plain-text-error.js";
import { ApiError } from "./status.js";

/** What a URL and a method ask for; upstream: apiserver/pkg/endpoints/request/requestinfo.go. */
export interface RequestInfo {
  readonly isResourceRequest: boolean;
  /** get list watch create update patch delete deletecollection, or the lower-case method of a non-resource path. */
  readonly verb: string;
  readonly path: string;
  /** "api" or "apis". */
  readonly apiPrefix: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  /** Of a list or watch: the name that the field selector asks for, so that rules for that name apply. */
  readonly name: string;
  /** Path segments from the resource on, e.g. ["pods","p","status"]. */
  readonly parts: readonly string[];
}

/** Verbs that stand in the path, before the resource: `/api/v1/watch/pods`. */
const PATH_VERBS: ReadonlySet<string> = new Set(["proxy", "watch"]);
/** Told apart from resources inside a namespace. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(["status", "finalize"]);
const METHOD_VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/**
 * Reads a request's path (percent-decoded, without the query). Throws {@link PlainTextError} 500 for a path verb
 * without a resource, as a real server answers it.
 */
export function parseRequestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const none = { group: "", version: "", namespace: "", resource: "", subresource: "", name: "", parts: [] };
  const outside = { isResourceRequest: false, verb: method.toLowerCase(), path, apiPrefix: "", ...none };
  const segments = splitPath(path);
  const apiPrefix = segments[0] ?? "";
  if (segments.length < 3 || (apiPrefix !== "api" && apiPrefix !== "apis")) return outside;
  const grouped = apiPrefix === "apis";
  if (grouped && segments.length < 4) return { ...outside, apiPrefix };

  const [group, version] = grouped ? [segments[1]!, segments[2]!] : ["", segments[1]!];
  let parts = segments.slice(grouped ? 3 : 2);
  let verb = METHOD_VERBS[method] ?? "";
  if (PATH_VERBS.has(parts[0]!)) {
    if (parts.length < 2) throw withoutResource(path, query);
    verb = parts[0]!;
    parts = parts.slice(1);
  }
  let namespace = "";
  if (parts[0] === "namespaces" && parts.length > 1) {
    namespace = parts[1]!;
    if (parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2]!)) parts = parts.slice(2);
  }
  const subresource = verb === "proxy" ? "" : (parts[2] ?? "");
  const named = { apiPrefix, group, version, namespace, resource: parts[0]!, subresource, parts };
  return { isResourceRequest: true, path, ...named, ...collectionVerb(verb, parts[1] ?? "", query) };
}

function splitPath(path: string): string[] {
  const trimmed = path.replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? [] : trimmed.split("/");
}

function withoutResource(path: string, query: URLSearchParams): Error {
  const uri = query.size > 0 ? `${path}?${query}` : path;
  const cause = `failed to create RequestInfo: unable to determine kind and namespace from url, ${uri}`;
  return internalServerError(uri, cause);
}

/** Without a name, get is list or watch, and delete is deletecollection. */
function collectionVerb(verb: string, name: string, query: URLSearchParams): { verb: string; name: string } {
  if (name !== "") return { verb, name };
  if (verb === "get") return { verb: wantsWatch(query) ? "watch" : "list", name: selectedName(query) };
  return { verb: verb === "delete" ? "deletecollection" : verb, name };
}

/** A boolean parameter: everything but "0" and "false" (in any case) is true, an empty value too. */
export function booleanParameter(query: URLSearchParams, key: string): boolean {
  const value = query.get(key);
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

function wantsWatch(query: URLSearchParams): boolean {
  return booleanParameter(query, "watch");
}

/** Upstream reads all list options at once: where one is malformed, none counts. */
function selectedName(query: URLSearchParams): string {
  const fieldSelector = query.get("fieldSelector");
  if (fieldSelector === null) return "";
  for (const key of ["limit", "timeoutSeconds"]) {
    const value = query.get(key);
    if (value !== null && "error" in parseInt64(value)) return "";
  }
  try {
    parseLabelSelector(query.get("labelSelector") ?? "");
    const name = parseFieldSelector(fieldSelector).exactMatch("metadata.name");
    return name !== undefined && isPathSegmentName(name).length === 0 ? name : "";
  } catch (error) {
    if (error instanceof ApiError) return "";
    throw error;
  }
}
