import type { Json, JsonObject } from "../../kube/json.js";

/** Fills in one struct, in place; the structs inside it have their turn afterwards. */
export type Rule = (value: JsonObject) => void;

/** Rules by the OpenAPI name of the struct that they are for. */
export type Rules = Readonly<Record<string, Rule>>;

/** Puts the group's prefix before the names of its structs. */
export function rulesFor(prefix: string, rules: Rules): Rules {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [`${prefix}.${name}`, rule]));
}

/** Sets what is absent: for pointers, where Go tells nil from zero. */
export function orAbsent(value: JsonObject, defaults: Readonly<Record<string, Json>>): void {
  for (const [name, fallback] of Object.entries(defaults)) value[name] ??= fallback;
}

/** Sets what is absent or zero: for plain fields, where Go can't tell. */
export function orZero(value: JsonObject, defaults: Readonly<Record<string, Json>>): void {
  for (const [name, fallback] of Object.entries(defaults)) {
    if (isZero(value[name])) value[name] = fallback;
  }
}

export function isZero(value: Json | undefined): boolean {
  return value === undefined || value === null || value === "" || value === 0 || value === false;
}
