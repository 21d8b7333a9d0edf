import type { IncomingHttpHeaders } from "node:http";
import { notAcceptable } from "../kube/errors.js";
import type { GroupVersionKind } from "../kube/gvr.js";
import { ApiError } from "../kube/status.js";
import { type AcceptClause, parseAccept } from "./negotiate-accept.js";

export type Format = "json" | "yaml" | "protobuf";

/** What the client wants instead of the object itself. Both versions are alike but for their name. */
export interface Transform {
  readonly kind: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  readonly version: "v1" | "v1beta1";
}

/** How an answer is to be written. */
export interface Representation {
  readonly format: Format;
  readonly as?: Transform;
  /** Indented; JSON only. */
  readonly pretty: boolean;
  /** The query's `includeObject` as it came, "" when absent. A wrong value is refused only when a Table is made. */
  readonly includeObject: string;
}

export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
};

/** In the server's order: the first that matches a wildcard wins. */
const FORMATS: readonly Format[] = ["json", "yaml", "protobuf"];
const STANDARD: readonly string[] = FORMATS.map((format) => MEDIA_TYPES[format]);
const STREAMS: readonly string[] = [`${MEDIA_TYPES.json};stream=watch`, `${MEDIA_TYPES.protobuf};stream=watch`];

/** What can be asked for at an endpoint. */
export interface Endpoint {
  /**
   * The media types that the route declares. The router compares them with Accept before the handler does, without
   * regard to `application/*`. Undefined where no such router stands in front.
   */
  readonly produces?: readonly string[];
  /** Whether this format can carry this transformation; undefined: the plain object. */
  allows(format: Format, transform: GroupVersionKind | undefined): boolean;
  /** The value that the parameter `sv` may have. */
  readonly serverVersion?: string;
  /** The media types that a refusal lists. */
  readonly listed: readonly string[];
}

/** Statuses, discovery documents of a group-version: no transformation. */
export const PLAIN_ENDPOINT: Endpoint = {
  produces: STANDARD,
  allows: (_format, transform) => transform === undefined,
  listed: STANDARD,
};

/** As {@link PLAIN_ENDPOINT} where no router compares media types: /apis and /apis/<group>. */
export const UNROUTED_PLAIN_ENDPOINT: Endpoint = { allows: PLAIN_ENDPOINT.allows, listed: STANDARD };

/** A built-in resource and its subresources. Upstream: apiserver/pkg/endpoints/handlers/rest.go, installer.go. */
export const RESOURCE_ENDPOINT: Endpoint = {
  produces: STANDARD,
  allows: allowsMetaTransform,
  serverVersion: "v1",
  listed: STANDARD,
};

/** As {@link RESOURCE_ENDPOINT}, for list and watch, which share a route. */
export const LIST_ENDPOINT: Endpoint = { ...RESOURCE_ENDPOINT, produces: [...STANDARD, ...STREAMS] };

/** Subresources and reviews that have no rows: token, eviction, binding, TokenReview, … */
export const UNTABLED_ENDPOINT: Endpoint = {
  ...RESOURCE_ENDPOINT,
  allows: (format, transform) => transform?.kind !== "Table" && allowsMetaTransform(format, transform),
};

/** Custom resources have no protobuf of their own, though their metadata has. */
export const CUSTOM_RESOURCE_ENDPOINT: Endpoint = {
  allows: (format, transform) =>
    transform === undefined ? format !== "protobuf" : allowsMetaTransform(format, transform),
  serverVersion: "v1",
  listed: STANDARD,
};

function allowsMetaTransform(format: Format, transform: GroupVersionKind | undefined): boolean {
  if (transform === undefined) return true;
  if (transform.group !== "meta.k8s.io") return false;
  if (transform.version !== "v1" && transform.version !== "v1beta1") return false;
  if (transform.kind === "Table") return format !== "protobuf";
  return transform.kind === "PartialObjectMetadata" || transform.kind === "PartialObjectMetadataList";
}

/** @throws ApiError 406 */
export function negotiate(headers: IncomingHttpHeaders, query: URLSearchParams, endpoint: Endpoint): Representation {
  const accept = headers.accept ?? "";
  if (endpoint.produces && !routeMatches(accept, endpoint.produces)) throw routeRefusal(endpoint.produces);
  const match = firstMatch(accept, endpoint);
  if (!match) throw notAcceptable(endpoint.listed);
  return represent(match, headers, query);
}

/** As {@link negotiate} for a watch, whose formats are those that can be streamed. */
export function negotiateWatch(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
  endpoint: Endpoint,
): Representation {
  const representation = negotiate(headers, query, endpoint);
  if (representation.format === "yaml") throw notAcceptable(STREAMS);
  return representation;
}

/** For an answer that comes in one way only. @throws ApiError 406 */
export function negotiateRoute({ accept = "" }: IncomingHttpHeaders, produces: readonly string[]): void {
  if (!routeMatches(accept, produces)) throw routeRefusal(produces);
}

/** How an error is written: a client whose Accept can't be met gets indented JSON. Never throws. */
export function negotiateError(headers: IncomingHttpHeaders, query: URLSearchParams): Representation {
  const match = firstMatch(headers.accept ?? "", PLAIN_ENDPOINT);
  return match ? represent(match, headers, query) : { format: "json", pretty: true, includeObject: "" };
}

/**
 * Whether /api or /apis is asked for the aggregated document, and in which version; undefined: the plain list, whose
 * own negotiation follows. Upstream: apiserver/pkg/endpoints/discovery/aggregated/wrapper.go. From 1.34 on only v2.
 */
export function negotiateDiscovery(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
  versions: readonly string[] = ["v2"],
): { readonly version: string; readonly representation: Representation; readonly contentType: string } | undefined {
  const endpoint: Endpoint = {
    allows: (_format, as) =>
      as?.group === "apidiscovery.k8s.io" && versions.includes(as.version) && as.kind === "APIGroupDiscoveryList",
    listed: STANDARD,
  };
  const accept = headers.accept ?? "";
  const match = accept === "" ? undefined : firstMatch(accept, endpoint);
  if (!match?.transform) return undefined;
  const { group, version, kind } = match.transform;
  const representation = represent({ ...match, transform: undefined }, headers, query);
  const contentType = `${MEDIA_TYPES[match.format]};g=${group};v=${version};as=${kind}`;
  return { version, representation, contentType };
}

/** Content-Type of a watch in this representation. */
export function watchContentType(representation: Representation): string {
  return representation.format === "json" ? MEDIA_TYPES.json : `${MEDIA_TYPES[representation.format]};stream=watch`;
}

/** Upstream: github.com/emicklei/go-restful/v3/route.go, matchesAccept. */
function routeMatches(accept: string, produces: readonly string[]): boolean {
  if (accept === "") return true;
  return accept.split(",").some((clause) => {
    const mediaType = clause.replace(/;.*$/s, "").replace(/^ +| +$/g, "");
    return mediaType === "*/*" || produces.includes(mediaType) || produces.includes("*/*");
  });
}

function routeRefusal(produces: readonly string[]): ApiError {
  const message = `406: Not Acceptable\n\nAvailable representations: ${produces.join(", ")}`;
  return new ApiError({ code: 406, reason: "NotAcceptable", message, details: {} });
}

interface Match {
  readonly format: Format;
  readonly transform: GroupVersionKind | undefined;
  readonly pretty: boolean;
}

function firstMatch(accept: string, endpoint: Endpoint): Match | undefined {
  if (accept === "") return { format: "json", transform: undefined, pretty: false };
  for (const clause of parseAccept(accept)) {
    for (const format of FORMATS) {
      const match = coversFormat(clause, format) && matchParameters(clause, format, endpoint);
      if (match) return match;
    }
  }
  return undefined;
}

function coversFormat(clause: AcceptClause, format: Format): boolean {
  if (clause.type === "*") return clause.subtype === "*";
  if (clause.type !== "application") return false;
  return clause.subtype === "*" || `application/${clause.subtype}` === MEDIA_TYPES[format];
}

/** Upstream: apiserver/pkg/endpoints/handlers/negotiation/negotiate.go, acceptMediaTypeOptions. */
function matchParameters(clause: AcceptClause, format: Format, endpoint: Endpoint): Match | undefined {
  const { params } = clause;
  const stream = params.get("stream") ?? "";
  if (stream !== "" && (stream !== "watch" || format === "yaml")) return undefined;
  const serverVersion = params.get("sv") ?? "";
  if (serverVersion !== "" && serverVersion !== endpoint.serverVersion) return undefined;
  const transform = ["as", "g", "v"].some((name) => params.has(name))
    ? { group: params.get("g") ?? "", version: params.get("v") ?? "", kind: params.get("as") ?? "" }
    : undefined;
  if (!endpoint.allows(format, transform)) return undefined;
  return { format, transform, pretty: params.get("pretty") === "1" };
}

function represent(match: Match, headers: IncomingHttpHeaders, query: URLSearchParams): Representation {
  const pretty = match.format === "json" && (match.pretty || wantsPretty(headers, query));
  const includeObject = query.get("includeObject") ?? "";
  const base = { format: match.format, pretty, includeObject };
  if (!match.transform) return base;
  // `allows` has let through no other kinds and versions.
  const { kind, version } = match.transform;
  return { ...base, as: { kind, version } as Transform };
}

const TRUE_WORDS: ReadonlySet<string> = new Set(["1", "t", "T", "true", "TRUE", "True"]);

/** Asked for, or a client behind which a person probably sits. Upstream: negotiate.go, isPrettyPrint. */
function wantsPretty(headers: IncomingHttpHeaders, query: URLSearchParams): boolean {
  const asked = query.get("pretty") ?? "";
  if (asked !== "") return TRUE_WORDS.has(asked);
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headers["user-agent"] ?? "");
}
