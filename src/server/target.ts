import { documentText } from "../codec/json/text.js";

/** A request's URL, taken apart as Go does it. */
export interface Target {
  /** Percent-decoded. Empty where a URL has a host and nothing else: no path that anybody serves. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** As the client sent it. */
  readonly uri: string;
}

/**
 * Undefined for what is no URL to Go, and so no request: upstream net/url, ParseRequestURI, as net/http's readRequest
 * and, for HTTP/2, golang.org/x/net/http2's newWriterAndRequest call it. CONNECT may name a host alone.
 */
export function parseTarget(uri: string, method = ""): Target | undefined {
  const whole = method === "CONNECT" && !uri.startsWith("/") ? `http://${uri}` : uri;
  const mark = whole.indexOf("?");
  const path = mark < 0 ? whole : whole.slice(0, mark);
  const decoded = path.startsWith("/") ? decodePath(path) : unusualPath(path);
  if (decoded === undefined) return undefined;
  return { path: decoded, query: parseQuery(mark < 0 ? "" : whole.slice(mark + 1)), uri };
}

/** Absolute URLs, which proxies send, and the asterisk of OPTIONS. */
function unusualPath(path: string): string | undefined {
  if (path === "*") return path;
  const [, rest] = /^[a-z][a-z0-9+.-]*:(.*)$/is.exec(path) ?? [];
  if (rest === undefined) return undefined;
  if (!rest.startsWith("/")) return ""; // a URL like mailto:x
  if (!rest.startsWith("//")) return decodePath(rest);
  const slash = rest.indexOf("/", 2);
  const authority = rest.slice(2, slash < 0 ? undefined : slash);
  if (!isAuthority(authority)) return undefined;
  return slash < 0 ? "" : decodePath(rest.slice(slash));
}

const USER = /^[\w.:~!$&'()*+,;=%@-]*$/;
const HOST = /^(?:[^\0-\x7f]|[\w.~!$&'()*+,;=:<>"-]|%[89a-f][0-9a-f])*?(?::\d*)?$/i;
const ADDRESS = /^\[[0-9a-f:.]*(?:%25[^\]]*)?\](?::\d*)?$/i;

function isAuthority(authority: string): boolean {
  const at = authority.lastIndexOf("@");
  const user = authority.slice(0, Math.max(at, 0));
  const host = authority.slice(at + 1);
  if (!USER.test(user) || BAD_ESCAPE.test(user)) return false;
  if (host.startsWith("[")) return ADDRESS.test(host);
  const colon = host.lastIndexOf(":");
  return HOST.test(host) && (colon < 0 || /^\d*$/.test(host.slice(colon + 1)));
}

const BAD_ESCAPE = /%(?![0-9a-fA-F]{2})/;

function decodePath(path: string): string | undefined {
  if (!path.includes("%")) return path;
  return BAD_ESCAPE.test(path) ? undefined : decode(path);
}

/** Bytes that are no UTF-8 stay what they are, in the form that messages and JSON have an answer for. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    const bytes = Buffer.from(text).toString("latin1");
    const plain = bytes.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    return documentText(Buffer.from(plain, "latin1"));
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
