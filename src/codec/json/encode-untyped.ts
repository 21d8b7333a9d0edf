import { FloatLiteral, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import { sortedKeys } from "./keys.js";
import { floatText } from "./numbers.js";
import { escapeHtml, quoteJson } from "./quote.js";

/** Recursion is quick; documents nested deeper than this go the slower way without it. */
const RECURSION_LIMIT = 500;

/** JSON as encoding/json writes a map[string]any: keys sorted, no white space, HTML escaped. */
export function encodeUntyped(value: Json): string {
  return encodeValue(value, 0);
}

function encodeValue(value: Json, depth: number): string {
  if (typeof value !== "object" || value === null) return encodeScalar(value);
  if (value instanceof RawJson) return escapeHtml(value.text);
  if (value instanceof FloatLiteral) return floatText(value.value);
  if (depth > RECURSION_LIMIT) return encodeDeep(value);
  if (Array.isArray(value)) {
    let out = "";
    for (const item of value) out += (out === "" ? "" : ",") + encodeValue(item, depth + 1);
    return `[${out}]`;
  }
  let out = "";
  for (const key of sortedKeys(value)) {
    const field = value[key];
    if (field === undefined) continue;
    out += `${(out === "" ? "" : ",") + quoteJson(key)}:${encodeValue(field, depth + 1)}`;
  }
  return `{${out}}`;
}

function encodeScalar(value: null | boolean | number | bigint | string): string {
  if (typeof value === "string") return quoteJson(value);
  return typeof value === "number" ? floatText(value) : String(value);
}

/** The same by a stack of its own: what is still to be written, last first. */
function encodeDeep(root: Json[] | JsonObject): string {
  const out: string[] = [];
  const work: (string | { readonly value: Json })[] = [{ value: root }];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    if (typeof item === "string") out.push(item);
    else if (typeof item.value !== "object" || item.value === null) out.push(encodeScalar(item.value));
    else if (item.value instanceof RawJson || item.value instanceof FloatLiteral) out.push(encodeValue(item.value, 0));
    else work.push(...expand(item.value).reverse());
  }
  return out.join("");
}

function expand(value: Json[] | JsonObject): (string | { readonly value: Json })[] {
  const out: (string | { readonly value: Json })[] = [];
  if (Array.isArray(value)) {
    for (const item of value) out.push(out.length === 0 ? "[" : ",", { value: item });
    out.push(out.length === 0 ? "[]" : "]");
    return out;
  }
  for (const key of sortedKeys(value)) {
    const field = value[key];
    if (field !== undefined) out.push(`${out.length === 0 ? "{" : ","}${quoteJson(key)}:`, { value: field });
  }
  out.push(out.length === 0 ? "{}" : "}");
  return out;
}
