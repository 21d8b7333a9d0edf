import type { JsonObject } from "../kube/json.js";
import type { MetadataReader } from "../schema/crd/metadata.js";
import type { StructType } from "../schema/model.js";
import { decodeTyped } from "./json/decode.js";
import { encodeTyped } from "./json/encode.js";
import { readTyped } from "./json/read.js";

const UNKNOWN = /^unknown field "(.*)"$/s;

/** Reads metadata of objects without a Go type as a Go server does: into ObjectMeta, and back into JSON. */
export function metadataReader(objectMeta: StructType): MetadataReader {
  return {
    read(value, unknown) {
      const strict: string[] = [];
      const decoded = decodeTyped(value, objectMeta, unknown ? { strict } : {});
      for (const message of strict) unknown!.push(UNKNOWN.exec(message)?.[1] ?? message);
      return withoutZeros(decoded, objectMeta);
    },
  };
}

/** What an encoding leaves out is not there. */
function withoutZeros(decoded: JsonObject, objectMeta: StructType): JsonObject {
  return readTyped(encodeTyped(decoded, objectMeta), objectMeta);
}
