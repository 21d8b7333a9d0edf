/** A request's URL, taken apart as Go does it. */
export interface Target {
  /** Percent-decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** As the client sent it. */
  readonly uri: string;
}

/** Undefined for a path whose percent signs escape nothing: no HTTP request to Go. */
export function parseTarget(uri: string): Target | undefined {
  const mark = uri.indexOf("?");
  const path = decodePath(originForm(mark < 0 ? uri : uri.slice(0, mark)));
  if (path === undefined) return undefined;
  return { path, query: parseQuery(mark < 0 ? "" : uri.slice(mark + 1)), uri };
}

/** Proxies send absolute URLs. */
function originForm(path: string): string {
  const scheme = /^https?:\/\/[^/]*/i.exec(path);
  return scheme ? path.slice(scheme[0].length) || "/" : path;
}

const BAD_ESCAPE = /%(?![0-9a-fA-F]{2})/;

function decodePath(path: string): string | undefined {
  if (!path.includes("%")) return path;
  return BAD_ESCAPE.test(path) ? undefined : decode(path);
}

/** Bytes that are no UTF-8 become U+FFFD, as they do when Go writes them into JSON. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    const bytes = Buffer.from(text).toString("latin1");
    return Buffer.from(
      bytes.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      "latin1",
    ).toString();
  }
}

/** Go drops pairs that hold a semicolon or a wrong escape; upstream: net/url, ParseQuery. */
function parseQuery(query: string): URLSearchParams {
  if (!query.includes("%") && !query.includes(";")) return new URLSearchParams(query);
  const out = new URLSearchParams();
  for (const pair of query.split("&")) {
    if (pair === "" || pair.includes(";") || BAD_ESCAPE.test(pair)) continue;
    const equals = pair.indexOf("=");
    const [key, value] = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    out.append(decode(key.replaceAll("+", " ")), decode(value.replaceAll("+", " ")));
  }
  return out;
}
