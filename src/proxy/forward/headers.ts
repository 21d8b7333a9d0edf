/** Fields that are about one connection and not passed on; RFC 9110, section 7.6.1. */
const OWN: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "te",
  "http2-settings",
]);

/** What a front proxy tells of its clients: nobody but us may say it. */
const REMOTE = /^x-remote-/i;

/** Names and values in turn. */
export type RawHeaders = readonly string[];

/** What is passed on of a request's header, without what only a front proxy may say. */
export function requestHeaders(raw: RawHeaders): string[] {
  return filtered(raw, (name) => REMOTE.test(name) || name.startsWith(":"));
}

/** What is passed on of an answer's header. */
export function answerHeaders(raw: RawHeaders): string[] {
  return filtered(raw, (name) => name.startsWith(":"));
}

function filtered(raw: RawHeaders, unwanted: (name: string) => boolean): string[] {
  const named = namedByConnection(raw);
  const out: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]!;
    const lower = name.toLowerCase();
    if (!OWN.has(lower) && !named?.has(lower) && !unwanted(name)) out.push(name, raw[at + 1]!);
  }
  return out;
}

/** "Connection: x" makes x the connection's. "close" names no field. */
function namedByConnection(raw: RawHeaders): ReadonlySet<string> | undefined {
  let named: Set<string> | undefined;
  for (const value of valuesOf(raw, "connection")) {
    for (const word of value.split(",")) {
      named ??= new Set();
      named.add(word.trim().toLowerCase());
    }
  }
  return named;
}

export function valuesOf(raw: RawHeaders, name: string): string[] {
  const out: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) if (raw[at]!.toLowerCase() === name) out.push(raw[at + 1]!);
  return out;
}

export function firstOf(raw: RawHeaders, name: string): string | undefined {
  return valuesOf(raw, name)[0];
}

/** Repeated fields become lists. Of names that differ by case alone the first counts. */
export function headerMap(raw: RawHeaders): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  const names = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const lower = raw[at]!.toLowerCase();
    const name = names.get(lower) ?? raw[at]!;
    const before = out[name];
    if (before === undefined) {
      names.set(lower, name);
      out[name] = raw[at + 1]!;
    } else out[name] = [...(Array.isArray(before) ? before : [before]), raw[at + 1]!];
  }
  return out;
}
