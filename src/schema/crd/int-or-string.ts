import type { Schema } from "./schema.js";

/** Whether anyOf, or that of the first of allOf, says already that it is an integer or a string. */
export function isIntOrString(schema: Schema): boolean {
  return isPair(schema.anyOf) || isPair(schema.allOf[0]?.anyOf ?? []);
}

/** Exactly `[{type: integer}, {type: string}]`. */
export function isPair(alternatives: readonly Schema[]): boolean {
  const [first, second] = alternatives;
  return alternatives.length === 2 && isJust(first!, "integer") && isJust(second!, "string");
}

function isJust(schema: Schema, type: string): boolean {
  const { source } = schema;
  return schema.type === type && Object.keys(source).every((key) => key === "type" || source[key] === undefined);
}
