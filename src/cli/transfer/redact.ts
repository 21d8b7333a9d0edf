import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import type { Item } from "./items.js";

const TEXT = "REDACTED";
const BASE64 = Buffer.from(TEXT).toString("base64");

/** Keys whose values the API server reads: they must go on being what it takes, or the Secret could not be changed. */
const VALUES: Readonly<Record<string, string>> = {
  ".dockerconfigjson": Buffer.from("{}").toString("base64"),
  ".dockercfg": Buffer.from("{}").toString("base64"),
};

/** What is shorter occurs in any text by chance. */
const SHORTEST = 6;

/**
 * A Secret with the same keys and none of the values, wherever they stand: kubectl and others leave copies in
 * annotations. Other objects come back as they are.
 */
export function redacted(item: Item): Item {
  if (item.kind !== "Secret" || item.apiVersion !== "v1") return item;
  const secret = JSON.parse(item.text) as JsonObject;
  const values = valuesOf(secret);
  hide(secret);
  const { annotations } = item.metadata;
  if (annotations !== undefined) {
    const hidden = Object.entries(annotations).map(([name, text]) => [name, hideIn(text, values)]);
    (secret.metadata as JsonObject).annotations = Object.fromEntries(hidden) as JsonObject;
  }
  return { ...item, text: JSON.stringify(secret), metadata: secret.metadata as Item["metadata"] };
}

function hide(secret: JsonObject): void {
  for (const [field, stand] of [
    ["data", BASE64],
    ["stringData", TEXT],
  ] as const) {
    const given = secret[field];
    if (given === undefined || given === null) continue;
    const keys = isObject(given) ? Object.keys(given) : [];
    secret[field] = Object.fromEntries(keys.map((key) => [key, (field === "data" ? VALUES[key] : undefined) ?? stand]));
  }
}

/** A text that may hold a copy of a Secret, this one or what it was before, or one of its values. */
function hideIn(text: string, values: readonly string[]): string {
  const copy = parsed(text);
  if (isObject(copy) && hideWithin(copy, values)) return `${JSON.stringify(copy)}${text.endsWith("\n") ? "\n" : ""}`;
  return values.some((value) => (value.length < SHORTEST ? text === value : text.includes(value))) ? TEXT : text;
}

/** Whether there was a Secret's copy, whose names may be the same as some values: they stay. */
function hideWithin(value: Json | undefined, values: readonly string[]): boolean {
  if (Array.isArray(value)) return value.map((each) => hideWithin(each, values)).includes(true);
  if (!isObject(value)) return false;
  const { data, stringData, metadata } = value;
  if (!isObject(data) && !isObject(stringData)) {
    return Object.values(value)
      .map((each) => hideWithin(each, values))
      .includes(true);
  }
  hide(value);
  if (isObject(metadata) && isObject(metadata.annotations)) {
    const entries = Object.entries(metadata.annotations);
    metadata.annotations = Object.fromEntries(entries.map(([name, text]) => [name, hideIn(String(text), values)]));
  }
  return true;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** In all forms in which they may be written. */
function valuesOf({ data }: JsonObject): string[] {
  const encoded = isObject(data) ? Object.values(data).filter((value) => typeof value === "string") : [];
  const plain = encoded.map((value) => Buffer.from(value, "base64").toString());
  const quoted = plain.map((value) => JSON.stringify(value).slice(1, -1));
  return [...encoded, ...plain, ...quoted].filter((value) => value !== "");
}
