import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const PACKAGE = "kubernetes-types/package.json";
const COMMENT = /\/\*\*(.*?)\*\//gs;

let texts: ReadonlyMap<string, string> | undefined;
let version: string | undefined;

/** The first half of a text's fingerprint says enough among a few thousand; as fixtures/generator/descriptions.go. */
export function fingerprintOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/**
 * What the package of type declarations says of types and fields, by fingerprint. It was made from another release of
 * Kubernetes, so a text is only good where the fingerprint of the emulated release asks for it. Read when it is first
 * needed (a megabyte), once for all clusters.
 */
export function packageTexts(): ReadonlyMap<string, string> {
  texts ??= new Map([...declarations()].flatMap(comments).map((text) => [fingerprintOf(text), text]));
  return texts;
}

/** Names what {@link packageTexts} holds, without reading it. */
export function packageVersion(): string {
  version ??= (JSON.parse(readFileSync(resolve(), "utf8")) as { version: string }).version;
  return version;
}

function resolve(): string {
  return createRequire(import.meta.url).resolve(PACKAGE);
}

function* declarations(): Iterable<string> {
  const root = dirname(resolve());
  for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".d.ts")) yield readFileSync(join(root, name), "utf8");
  }
}

function comments(declaration: string): string[] {
  return [...declaration.matchAll(COMMENT)].map(([, body = ""]) => {
    const lines = body.split("\n");
    if (lines.length === 1) return body.trim();
    return lines
      .slice(1, -1)
      .map((line) => line.replace(/^\s*\* ?/, ""))
      .join("\n");
  });
}
