import { readTyped } from "../../../src/codec/json/read.js";
import { metadataReader } from "../../../src/codec/metadata-reader.js";
import type { Json, JsonObject, KubeObject } from "../../../src/kube/json.js";
import { readSchema, type Schema } from "../../../src/schema/crd/schema.js";
import { loadTables } from "../../../src/schema/tables.js";

const tables = loadTables("1.34");
const definitions = tables.structFor({
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
})!;

export const reader = metadataReader(tables.struct("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"));

/** A definition as the server decodes it. */
export function definition(value: unknown): KubeObject {
  return readTyped(JSON.stringify(value), definitions) as KubeObject;
}

/** A schema of one version, as a definition carries it. */
export function schema(openAPIV3Schema: unknown): Schema {
  const crd = definition({ spec: { versions: [{ name: "v1", schema: { openAPIV3Schema } }] } });
  const [version] = (crd.spec as { versions: JsonObject[] }).versions;
  return readSchema((version!.schema as { openAPIV3Schema: JsonObject }).openAPIV3Schema);
}

export function object(properties: Record<string, unknown>, more: Record<string, unknown> = {}): Schema {
  return schema({ type: "object", properties, ...more });
}

export function copy<T extends Json>(value: T): T {
  return structuredClone(value);
}
