import { createHash } from "node:crypto";

/** Twelve hexadecimal digits that tell one text from another. */
export function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

/**
 * What of an OpenAPI document has to equal the original's: all but descriptions and the order of keys. Parameters that
 * v2 shares are put back where they are used, because their names are hashes over their descriptions.
 */
export function canonical(value: unknown, parameters: Record<string, unknown> = {}, parent = ""): Value {
  if (Array.isArray(value)) return value.map((item) => canonical(item, parameters));
  if (typeof value !== "object" || value === null) return value as Value;
  const object = value as Record<string, unknown>;
  const shared = typeof object.$ref === "string" ? /^#\/parameters\/(.*)$/.exec(object.$ref)?.[1] : undefined;
  if (shared !== undefined) return canonical(parameters[shared], parameters);
  const kept = Object.entries(object).filter(
    ([key, inner]) => key !== "description" || typeof inner !== "string" || parent === "properties",
  );
  kept.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(kept.map(([key, inner]) => [key, canonical(inner, parameters, key)]));
}

/** Fingerprints of a document's parts, so that a difference names the path or type it is in. */
export function openApiFingerprints(document: Record<string, unknown>): Record<string, string> {
  const { paths, components, definitions, parameters, ...head } = document as Record<string, Record<string, unknown>>;
  const { schemas, ...otherComponents } = (components ?? {}) as Record<string, Record<string, unknown>>;
  const out: Record<string, string> = {};
  const add = (name: string, part: unknown) => {
    out[name] = fingerprint(JSON.stringify(canonical(part, parameters)));
  };
  add("head", { ...head, components: otherComponents });
  for (const [path, item] of Object.entries(paths ?? {})) add(path, item);
  for (const [name, schema] of Object.entries(schemas ?? definitions ?? {})) add(name, schema);
  return Object.fromEntries(Object.entries(out).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The parts of several documents in one table, with a fingerprint of which parts each document has. */
export function mergeFingerprints(documents: Record<string, Record<string, string>>): {
  readonly documents: Record<string, string>;
  readonly parts: Record<string, string>;
} {
  const parts: Record<string, string> = {};
  const names: Record<string, string> = {};
  for (const [path, own] of Object.entries(documents)) {
    names[path] = fingerprint(Object.keys(own).join("\n"));
    for (const [name, print] of Object.entries(own)) {
      if ((parts[name] ?? print) !== print) throw new Error(`${name} of ${path} differs from that of another document`);
      parts[name] = print;
    }
  }
  return { documents: names, parts: Object.fromEntries(Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1))) };
}
