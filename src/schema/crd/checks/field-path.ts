import { FieldPath } from "../../../kube/field-path.js";
import type { Schema } from "../schema.js";

/** Where a JSON path leads in a schema, or why it leads nowhere. */
export type FoundField =
  | { readonly path: FieldPath; readonly schema: Schema | undefined }
  | { readonly problem: string };

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * Follows a path such as ".spec.color" or ".labels['a.b']" through properties and maps; upstream:
 * apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go, ValidFieldPath.
 */
export function fieldAt(jsonPath: string, root: Schema, allowBrackets: boolean): FoundField {
  const tokens = jsonPath.match(/'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]]+/gs) ?? [];
  let path = FieldPath.of();
  let schema: Schema | undefined = root;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    let name = tokens[++at];
    if (token === "[") {
      if (!allowBrackets) return { problem: "array notation is not allowed" };
      if (name === undefined) return { problem: "unexpected end of JSON path" };
      if (!/^'.*'$/s.test(name)) return { problem: `expected single quoted string but got ${name}` };
      name = name.slice(1, -1).replace(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char);
    } else if (token !== ".") return { problem: `expected [ or . but got: ${token}` };
    else if (name === undefined) return { problem: "unexpected end of JSON path" };
    if (schema === undefined) return { problem: "does not refer to a valid field" };
    if (schema.properties.size > 0) {
      schema = schema.properties.get(name);
      if (!schema) return { problem: "does not refer to a valid field" };
      path = path.child(name);
    } else if (schema.additionalProperties) {
      schema = schema.additionalProperties.schema;
      path = path.key(name);
    } else return { problem: "does not refer to a valid field" };
    if (token !== "[") continue;
    const close = tokens[++at];
    if (close === undefined) return { problem: "unexpected end of JSON path" };
    if (close !== "]") return { problem: `expected ] but got ${close}` };
  }
  return { path, schema };
}
