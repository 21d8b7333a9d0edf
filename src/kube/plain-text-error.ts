/**
 * An answer that a real server gives as text, not as a Status: refusals from before an API group is found
 * (upstream writes these with Go's http.Error). Sent with `X-Content-Type-Options: nosniff`.
 */
export class PlainTextError extends Error {
  constructor(
    readonly code: number,
    /** The body, its newline included. */
    readonly body: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(body.trimEnd());
    this.name = "PlainTextError";
  }
}

/** A path that no API group serves. */
export function pageNotFound(): PlainTextError {
  return new PlainTextError(404, "404 page not found\n");
}

/** More requests in flight than allowed; upstream: apiserver/pkg/server/filters/maxinflight.go. */
export function tooManyInFlight(): PlainTextError {
  return new PlainTextError(429, "Too many requests, please try again later.\n", { "Retry-After": "1" });
}

/** Upstream: apiserver/pkg/endpoints/handlers/responsewriters/errors.go, InternalError. `uri` with its query. */
export function internalServerError(uri: string, cause: string): PlainTextError {
  const text = `Internal Server Error: "${uri}": ${cause}`;
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return new PlainTextError(500, `${escaped}\n`);
}
