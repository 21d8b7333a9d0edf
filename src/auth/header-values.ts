import type { IncomingHttpHeaders } from "node:http";

/** The values of a repeated header, which Node joins. */
export function headerValues(headers: IncomingHttpHeaders, name: string): string[] {
  const header = headers[name];
  if (header === undefined) return [];
  return Array.isArray(header) ? header : header.split(", ");
}

/** Values by the rest of a header's name, percent-decoded where that is possible. */
export function prefixedValues(headers: IncomingHttpHeaders, prefix: string): [key: string, values: string[]][] {
  return Object.keys(headers)
    .filter((name) => name.startsWith(prefix))
    .map((name) => [unescapeKey(name.slice(prefix.length)), headerValues(headers, name)]);
}

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
