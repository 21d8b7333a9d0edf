/** Kinds of Go values that JSON's are read into, where no type tells another. */
const FOUND: Readonly<Record<string, string>> = { array: "slice", object: "map", string: "string", bool: "bool" };
const MISMATCH = /^json: cannot unmarshal (\w+)(?: (\S+))? into Go (?:struct field \S+|value) of type (\S+)$/;
const BASIC = /^(?:string|bool|u?int\d*|float\d+)$/;

/**
 * The outcome of a strategic merge is not read as text but copied from maps, which complains in words of its own;
 * upstream: apimachinery/pkg/runtime/converter.go. Other messages stay as they are.
 */
export function unstructuredMessage(message: string): string {
  const [, what = "", literal, type = ""] = MISMATCH.exec(message) ?? [];
  if (what === "") return message;
  const found = FOUND[what] ?? (/[.eE]/.test(literal ?? "") ? "float64" : "int64");
  if (type.startsWith("[]")) return `cannot restore slice from ${found}`;
  if (type.startsWith("map[")) return `cannot restore map from ${found}`;
  if (!BASIC.test(type)) return `cannot restore struct from: ${found}`;
  // Go converts integers to strings, and every number to every other; the converter then refuses to.
  const convertible = found === "int64" ? type !== "bool" : found === "float64" && !["string", "bool"].includes(type);
  return convertible ? `cannot convert ${found} to ${type}` : `unrecognized type: ${type}`;
}
