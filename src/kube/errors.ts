import { aggregateText, causeOf, errorText, type FieldError } from "./field-errors.js";
import { goQuote } from "./go-text.js";
import { qualifiedResource } from "./gvr.js";
import { ApiError, type StatusCause, type StatusDetails } from "./status.js";

/** Group and resource; the core group is "". Where upstream passes a kind instead, `resource` is the kind. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/**
 * The one table of refusals; upstream: apimachinery/pkg/api/errors/errors.go. An answer that asks for a later try
 * carries its seconds as a Retry-After header, too (apiserver/pkg/endpoints/handlers/responsewriters/writers.go).
 */
function failure(code: number, reason: string, message: string, details?: StatusDetails): ApiError {
  const seconds = details?.retryAfterSeconds ?? 0;
  const headers = seconds > 0 ? { "Retry-After": String(seconds) } : {};
  return new ApiError(details ? { code, reason, message, details } : { code, reason, message }, headers);
}

function detailsOf(gr: GroupResource, name: string): StatusDetails {
  return { group: gr.group, kind: gr.resource, name };
}

function isEmpty(gr: GroupResource): boolean {
  return gr.group === "" && gr.resource === "";
}

export function notFound(gr: GroupResource, name: string): ApiError {
  return failure(404, "NotFound", `${qualifiedResource(gr)} ${goQuote(name)} not found`, detailsOf(gr, name));
}

export function alreadyExists(gr: GroupResource, name: string): ApiError {
  return failure(409, "AlreadyExists", `${qualifiedResource(gr)} ${goQuote(name)} already exists`, detailsOf(gr, name));
}

/** A create with generateName whose every try hit an existing name. */
export function generateNameConflict(gr: GroupResource, name: string, retryAfterSeconds: number): ApiError {
  const message =
    `${qualifiedResource(gr)} ${goQuote(name)} already exists, ` +
    "the server was not able to generate a unique name for the object";
  return failure(409, "AlreadyExists", message, { ...detailsOf(gr, name), retryAfterSeconds });
}

/** Why an update of an older version fails; the usual `cause` of {@link conflict}. */
export const MODIFIED = "the object has been modified; please apply your changes to the latest version and try again";

export function conflict(gr: GroupResource, name: string, cause: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(gr)} ${goQuote(name)}: ${cause}`;
  return failure(409, "Conflict", message, detailsOf(gr, name));
}

/** Field managers that own what an apply wants to change. */
export function applyConflict(causes: readonly StatusCause[], message: string): ApiError {
  return failure(409, "Conflict", message, { causes });
}

export function unauthorized(reason: string): ApiError {
  return failure(401, "Unauthorized", reason === "" ? "not authorized" : reason);
}

export function forbidden(gr: GroupResource, name: string, cause: string): ApiError {
  const subject = isEmpty(gr)
    ? "forbidden"
    : `${qualifiedResource(gr)} ${name === "" ? "" : `${goQuote(name)} `}is forbidden`;
  return failure(403, "Forbidden", `${subject}: ${cause}`, detailsOf(gr, name));
}

export function badRequest(message: string): ApiError {
  return failure(400, "BadRequest", message);
}

export function invalid(gk: GroupKind, name: string, errors: readonly FieldError[]): ApiError {
  const subject = `${qualifiedResource({ group: gk.group, resource: gk.kind })} ${goQuote(name)} is invalid`;
  const text = aggregateText(errors.map(errorText));
  const details = { group: gk.group, kind: gk.kind, name, causes: errors.map(causeOf) };
  return failure(422, "Invalid", text === "" ? subject : `${subject}: ${text}`, details);
}

export function methodNotSupported(gr: GroupResource, action: string): ApiError {
  const message = `${action} is not supported on resources of kind ${goQuote(qualifiedResource(gr))}`;
  return failure(405, "MethodNotAllowed", message, { group: gr.group, kind: gr.resource });
}

/** The history that a watch, a continue token or an exact list asks for is gone. */
export function resourceExpired(message: string): ApiError {
  return failure(410, "Expired", message);
}

export function gone(message: string): ApiError {
  return failure(410, "Gone", message);
}

export function internalError(cause: string): ApiError {
  return failure(500, "InternalError", `Internal error occurred: ${cause}`, { causes: [{ message: cause }] });
}

/** With `retryAfterSeconds` clients ask again, also for what is no read: it is known that nothing has been done. */
export function serviceUnavailable(message: string, retryAfterSeconds?: number): ApiError {
  return failure(
    503,
    "ServiceUnavailable",
    message,
    retryAfterSeconds === undefined ? undefined : { retryAfterSeconds },
  );
}

export function tooManyRequests(message: string, retryAfterSeconds: number): ApiError {
  return failure(429, "TooManyRequests", message, { retryAfterSeconds });
}

export function serverTimeout(gr: GroupResource, operation: string, retryAfterSeconds: number): ApiError {
  const message = `The ${operation} operation against ${qualifiedResource(gr)} could not be completed at this time, please try again.`;
  return failure(500, "ServerTimeout", message, { ...detailsOf(gr, operation), retryAfterSeconds });
}

export function timeout(message: string, retryAfterSeconds = 0): ApiError {
  return failure(504, "Timeout", `Timeout: ${message}`, { retryAfterSeconds });
}

/** A read that wants a revision newer than any; upstream: apiserver/pkg/storage/errors.go. */
export function tooLargeResourceVersion(requested: number | bigint, current: number): ApiError {
  const message = `Timeout: Too large resource version: ${requested}, current: ${current}`;
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  return failure(504, "Timeout", message, { causes, retryAfterSeconds: 1 });
}

export function requestEntityTooLarge(message: string): ApiError {
  return failure(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
}

/** No media type of Accept can be served; `target` is the kind that only some types can carry, e.g. a Table. */
export function notAcceptable(accepted: readonly string[], target?: string): ApiError {
  const when = target === undefined ? "" : ` when converting to ${target}`;
  return failure(406, "NotAcceptable", `only the following media types are accepted${when}: ${accepted.join(", ")}`);
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return failure(415, "UnsupportedMediaType", message);
}

/** The same of a built-in resource's patch, which is refused before its handler is found. */
export function unroutedMediaType(): ApiError {
  return failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

/** The Status of a path within a known API group that names no resource. Other unknown paths: {@link pageNotFound}. */
export function unknownResource(): ApiError {
  return failure(404, "NotFound", "the server could not find the requested resource", {});
}

/** The Status of a known path in a method that it never takes, e.g. PUT on a collection. */
export function methodNotAllowed(): ApiError {
  return failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}
