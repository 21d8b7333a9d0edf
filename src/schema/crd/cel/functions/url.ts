import { goQuote } from "../../../../kube/go-text.js";
import { isRequestUri } from "../../formats.js";
import { PlainList, PlainMap } from "../lang/containers.js";
import { CelError, Opaque, type Value } from "../lang/values.js";
import { define, type FunctionDef, overload } from "./declare.js";

interface Parts {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

/** The parts of what passed as a request's URI; upstream: Go's net/url. */
function partsOf(text: string): Parts {
  const [beforeFragment = ""] = text.split("#", 1);
  const mark = beforeFragment.indexOf("?");
  const query = mark < 0 ? "" : beforeFragment.slice(mark + 1);
  const head = mark < 0 ? beforeFragment : beforeFragment.slice(0, mark);
  const [, scheme = "", rest = ""] = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(.*)$/s.exec(head)!;
  const isOpaque = scheme !== "" && !rest.startsWith("/");
  const [, authority = "", path = ""] = /^(?:\/\/([^/]*))?(.*)$/s.exec(isOpaque ? "" : rest)!;
  return { scheme: scheme.toLowerCase(), host: authority.slice(authority.lastIndexOf("@") + 1), path, query };
}

class UrlValue extends Opaque {
  readonly typeName = "kubernetes.URL";
  readonly parts: Parts;

  constructor(readonly url: string) {
    super();
    this.parts = partsOf(url);
  }

  override get text(): string {
    return this.url;
  }

  equals(other: Value): boolean {
    return other instanceof UrlValue && other.url === this.url;
  }
}

function urlOf(text: string): UrlValue {
  if (isRequestUri(text)) return new UrlValue(text);
  const why = text === "" ? "empty url" : "invalid URI for request";
  throw new CelError(`URL parse error during conversion from string: parse ${goQuote(text)}: ${why}`);
}

const PORT = /:(\d*)$/;

function hostname(host: string): string {
  const name = host.replace(PORT, "");
  return name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
}

/** What a path may not hold as it is. Escapes stay as they were written. */
function escapedPath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-._~$&+,/:;=@!'()*%[\]]/gu, (char) =>
    [...Buffer.from(char)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}

function queryOf(query: string): PlainMap {
  const values = new Map<string, string[]>();
  for (const part of query.split("&")) {
    if (part === "" || part.includes(";")) continue;
    const [name = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(part)!.slice(1).map(unescaped);
    if (name === undefined || value === undefined) continue;
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return PlainMap.literal([...values].map(([name, texts]) => [name, new PlainList(texts)]));
}

function unescaped(text: string): string {
  const bytes = text
    .replaceAll("+", " ")
    .replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return /%[0-9a-fA-F]{2}/.test(text) ? Buffer.from(bytes, "latin1").toString() : bytes;
}

function accessor(name: string, id: string, read: (parts: Parts) => string): FunctionDef {
  return define(
    name,
    overload(id, "kubernetes.URL.() -> string", ({ parts }: UrlValue) => read(parts)),
  );
}

/** Upstream: apiserver/pkg/cel/library/urls.go. */
export const URLS: readonly FunctionDef[] = [
  define("url", overload("string_to_url", "(string) -> kubernetes.URL", urlOf)),
  define("isURL", overload("is_url_string", "(string) -> bool", isRequestUri)),
  accessor("getScheme", "url_get_scheme", ({ scheme }) => scheme),
  accessor("getHost", "url_get_host", ({ host }) => host),
  accessor("getHostname", "url_get_hostname", ({ host }) => hostname(host)),
  accessor("getPort", "url_get_port", ({ host }) => PORT.exec(host)?.[1] ?? ""),
  accessor("getEscapedPath", "url_get_escaped_path", ({ path }) => escapedPath(path)),
  define(
    "getQuery",
    overload("url_get_query", "kubernetes.URL.() -> map(string, list(string))", ({ parts }: UrlValue) =>
      queryOf(parts.query),
    ),
  ),
];
