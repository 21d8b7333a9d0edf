import type { Case } from "./case.js";
import type { Area } from "./contract.js";

/** The areas that are named as covered: each has at least {@link ENOUGH} cases of its own kind. */
export const NAMED_AREAS = [
  "crud",
  "list",
  "watch",
  "delete",
  "namespaces",
  "patch",
  "apply",
  "negotiation",
  "selectors",
  "subresources",
  "errors",
  "discovery",
  "options",
] as const;
export const ENOUGH = 30;

/** Requests and looks at watches that are compared. */
export function comparedCases({ scenarios }: Area): Case[] {
  return scenarios.flatMap(({ cases }) => cases.filter(({ setup }) => !setup));
}

/**
 * How many cases remain when those count once that differ only in the values of parameters, headers and the fields of
 * the body, or that look at the same watch.
 */
export function distinctCases(area: Area): number {
  return new Set(comparedCases(area).map((each) => JSON.stringify(shapeOf(each)))).size;
}

function shapeOf({ request, accept, type, headers, json, text, as }: Case): unknown[] {
  const [path = "", query = ""] = request.split("?");
  const parameters = [...new URLSearchParams(query)]
    .map(([name, value]) => `${name} ${structureOf(name, value)}`)
    .sort();
  const body = json === undefined ? typeof text : keysOf(json);
  return [path, parameters, accept, type, Object.keys(headers ?? {}).sort(), body, as];
}

/** Of a selector its operators; any other parameter's value is one of its variants. */
function structureOf(parameter: string, value: string): string {
  return parameter.endsWith("Selector") ? value.replace(/(?!\b(?:in|notin)\b)[\w.{}/-]+/g, "x") : "";
}

/** The shape of a value: keys, and what is below them. */
function keysOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(keysOf);
  if (typeof value !== "object" || value === null) return value === null ? null : typeof value;
  return Object.entries(value).map(([key, inner]) => [key, keysOf(inner)]);
}

/** One line for each area. */
export function areaTable(areas: readonly Area[]): string {
  const rows = areas.map((area) => [area.name, `${comparedCases(area).length}`, `${distinctCases(area)}`]);
  const total = rows.reduce((sum, [, count]) => sum + Number(count), 0);
  const all = [["area", "cases", "distinct"], ...rows, ["all", `${total}`, ""]];
  return all
    .map(([name, cases, distinct]) => `${name!.padEnd(16)}${cases!.padStart(6)}${distinct!.padStart(10)}`)
    .join("\n");
}
