/** A Warning header of RFC 7234; upstream: apimachinery/pkg/util/net/http.go, NewWarningHeader. */
export function warningHeader(text: string): string {
  return `299 - ${quoted(text)}`;
}

/** RFC 7234's quoted-string, in what HTTP headers can carry. */
function quoted(text: string): string {
  const latin = Buffer.from(text, "utf8")
    .toString("latin1")
    .replace(/\p{Cc}/gu, " ");
  return `"${latin.replace(/["\\]/g, "\\$&")}"`;
}
