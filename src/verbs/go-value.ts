import { encodeUntyped } from "../codec/json/encode-untyped.js";
import { FloatLiteral, isObject, type Json } from "../kube/json.js";

/** A patched document as Go's patch libraries write it: what they did not touch keeps its order of fields. */
export function goDocument(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(goDocument).join(",")}]`;
  if (value instanceof FloatLiteral) return value.text;
  if (!isObject(value)) return encodeUntyped(value);
  const fields = Object.entries(value).flatMap(([name, field]) =>
    field === undefined ? [] : [`${encodeUntyped(name)}:${goDocument(field)}`],
  );
  return `{${fields.join(",")}}`;
}
