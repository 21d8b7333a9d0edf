import type { Json, JsonObject } from "../../kube/json.js";

/** How metadata is read; the codec's part, which lies beside this layer. */
export interface MetadataReader {
  /**
   * The ObjectMeta that the JSON says, in its shortest form. Adds the paths of unknown fields to `unknown`, relative
   * to the metadata. Throws an Error with Go's message for a field of the wrong type.
   */
  read(value: Json, unknown?: string[]): JsonObject;
}
