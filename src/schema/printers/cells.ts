import type { Json, JsonObject } from "../../kube/json.js";
import { humanDuration } from "./duration.js";
import { text } from "./fields.js";

/** A cell that changes as time passes: everything else of a row can be kept (design D1). */
export class Elapsed {
  constructor(
    /** Milliseconds since the epoch. */
    readonly since: number,
    readonly prefix = "",
    readonly suffix = "",
  ) {}

  at(nowMs: number): string {
    return this.prefix + humanDuration(nowMs - this.since) + this.suffix;
  }
}

export type Cell = Json | Elapsed;

/** Makes the cells of one object, in the order of its resource's columns. */
export type Printer = (object: JsonObject) => readonly Cell[];

/** Go's zero time is written in full where a field is neither a pointer nor omitted. */
const ZERO_TIME = Date.parse("0001-01-01T00:00:00Z");

/** Milliseconds since the epoch, or undefined for an absent or zero time. */
export function timeOf(object: Json | undefined, ...path: readonly string[]): number | undefined {
  const value = text(object, ...path);
  if (value === "") return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) || ms === ZERO_TIME ? undefined : ms;
}

/** Time since a field, as ages are shown. */
export function since(object: Json | undefined, ...path: readonly string[]): Cell {
  const start = timeOf(object, ...path);
  return start === undefined ? "<unknown>" : new Elapsed(start);
}

export function age(object: JsonObject): Cell {
  return since(object, "metadata", "creationTimestamp");
}
