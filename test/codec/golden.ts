import { readFileSync } from "node:fs";
import type { GroupVersionKind } from "../../src/kube/gvr.js";
import type { StructType } from "../../src/schema/model.js";
import { loadTables } from "../../src/schema/tables.js";

export const tables = loadTables("1.34");

export type KindTriple = readonly [group: string, version: string, kind: string];

export interface GoldenObject {
  readonly kind: KindTriple;
  readonly input: string;
  readonly json: string;
  readonly proto: string;
}

/** The lines of a file in test/codec/golden. */
export function golden<T>(file: string): T[] {
  const text = readFileSync(new URL(`golden/${file}`, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

export function gvkOf([group, version, kind]: KindTriple): GroupVersionKind {
  return { group, version, kind };
}

export function typeOf(kind: KindTriple): StructType {
  const type = tables.structFor(gvkOf(kind));
  if (!type) throw new Error(`no type for ${kind.join("/")}`);
  return type;
}
