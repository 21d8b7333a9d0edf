import { readSchema, type Schema } from "../../schema.js";

const STRING = readSchema({ type: "string" });
const METADATA = readSchema({
  type: "object",
  properties: { name: { type: "string" }, generateName: { type: "string" } },
});
const TYPE_META = ["kind", "apiVersion"];

/** A resource's schema with what expressions may read of every resource: upstream: schema/cel/model/schemas.go. */
export function withTypeAndObjectMeta(schema: Schema): Schema {
  const metadata = schema.properties.get("metadata");
  const isString = (each: Schema | undefined) => each?.type === "string";
  const named = ["name", "generateName"].every((name) => isString(metadata?.properties.get(name)));
  if (named && TYPE_META.every((name) => isString(schema.properties.get(name)))) return schema;
  const extra = [...TYPE_META.map((name) => [name, STRING] as const), ["metadata", METADATA] as const];
  return { ...schema, properties: new Map([...schema.properties, ...extra]) };
}
