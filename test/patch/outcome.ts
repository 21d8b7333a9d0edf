import { goJson } from "../../src/kube/go-text.js";
import type { Json, JsonObject } from "../../src/kube/json.js";
import { ApiError } from "../../src/kube/status.js";
import { applyJsonPatch } from "../../src/patch/json.js";
import { applyMergePatch } from "../../src/patch/merge.js";
import { applyStrategicMergePatch } from "../../src/patch/strategic/apply.js";
import { loadTables } from "../../src/schema/tables.js";
import { jsonCase, mergeCase } from "./plain-cases.js";
import { Random } from "./random.js";
import { strategicCase } from "./strategic-cases.js";

export const METHODS = ["json", "merge", "strategic"] as const;
export type Method = (typeof METHODS)[number];

export interface PatchCase {
  readonly method: Method;
  readonly kind: string;
  readonly current: Json;
  readonly patch: Json;
}

/** What became of a case: a result, a message, or a panic of the Go library. */
export type Outcome = { readonly result: Json } | { readonly error: string } | { readonly panic: true };

const GROUPS: Readonly<Record<string, string>> = { Pod: "", Node: "", Service: "", Deployment: "apps" };
export const KINDS = Object.keys(GROUPS);

function structOf(kind: string) {
  const type = loadTables("1.34").structFor({ group: GROUPS[kind] ?? "", version: "v1", kind });
  if (!type) throw new Error(`no type for ${kind}`);
  return type;
}

export function randomCase(method: Method, seed: number): PatchCase {
  return caseOf(method, KINDS[seed % KINDS.length]!, new Random(seed));
}

export function caseOf(method: Method, kind: string, random: Random): PatchCase {
  if (method === "strategic") return { method, kind, ...strategicCase(random, structOf(kind)) };
  return { method, kind, ...(method === "merge" ? mergeCase(random) : jsonCase(random)) };
}

/** Our answer. Only strategic merge shows its messages to a client; the others' are all alike. */
export function outcomeOf({ method, kind, current, patch }: PatchCase): Outcome {
  try {
    return { result: apply(method, kind, current, patch) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { code, message } = error.status;
    if (message.includes("panic")) return { panic: true };
    if (method !== "strategic") return { error: "refused" };
    return { error: code === 422 ? "lists of lists are not supported" : message };
  }
}

function apply(method: Method, kind: string, current: Json, patch: Json): Json {
  if (method === "json") return applyJsonPatch(current, patch, { lenient: true });
  if (method === "merge") return applyMergePatch(current, patch, { lenient: true });
  return applyStrategicMergePatch(current, patch, structOf(kind));
}

/** The Go program's answer in the same terms. */
export function recorded(method: Method, outcome: JsonObject): Outcome {
  if (outcome.panic === true) return { panic: true };
  if (typeof outcome.error === "string") return { error: method === "strategic" ? outcome.error : "refused" };
  return { result: outcome.result ?? null };
}

export function textOf(outcome: Outcome): string {
  return goJson(outcome as unknown as Json);
}
