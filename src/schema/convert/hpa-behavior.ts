import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { type Field, read, type Struct, write } from "./shapes.js";

/** A field that is null when absent: the annotation holds upstream's internal type, which knows no omitempty. */
function nullable(name: string, shape: Field["shape"]): Field {
  return { name, shape, nullable: true };
}

const POLICY: Struct = {
  fields: [
    { name: "Type", shape: "string" },
    { name: "Value", shape: "int" },
    { name: "PeriodSeconds", shape: "int" },
  ],
};
const RULES: Struct = {
  fields: [
    nullable("StabilizationWindowSeconds", "int"),
    nullable("SelectPolicy", "string"),
    nullable("Policies", { list: POLICY }),
    nullable("Tolerance", "quantity"),
  ],
};
const BEHAVIOR: Struct = { fields: [nullable("ScaleUp", RULES), nullable("ScaleDown", RULES)] };

/** The annotation's text of an autoscaling/v2 behavior. */
export function writeBehavior(behavior: Json): string {
  return write(
    renamed(behavior, (name) => name.charAt(0).toUpperCase() + name.slice(1)),
    BEHAVIOR,
  );
}

/** Undefined when the text can't be read or says nothing. */
export function readBehavior(text: string): JsonObject | undefined {
  const behavior = read(text, BEHAVIOR);
  if (!isObject(behavior) || Object.keys(behavior).length === 0) return undefined;
  return renamed(behavior, (name) => name.charAt(0).toLowerCase() + name.slice(1)) as JsonObject;
}

function renamed(value: Json, rename: (name: string) => string): Json {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined) out[rename(name)] = renamed(field, rename);
  }
  return out;
}
