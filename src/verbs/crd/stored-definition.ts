import { createHash } from "node:crypto";
import { parseJson } from "../../codec/json/parse.js";
import { readTyped } from "../../codec/json/read.js";
import { objectAt, objectsAt, stringAt } from "../../kube/access.js";
import type { JsonObject } from "../../kube/json.js";
import { type Names, readNames } from "../../schema/crd/definition.js";
import type { ServedSource } from "../../schema/crd/served.js";
import type { StructType } from "../../schema/model.js";
import type { StoredObject } from "../../store/store.js";

const SPEC = Buffer.from(',"spec":{');
const STATUS = Buffer.from(',"status":{');

/**
 * A CustomResourceDefinition as it lies in the store. A schema is long and the same in many clusters, so it is not
 * parsed here: its digest tells whether it is known already.
 */
export class StoredDefinition implements ServedSource {
  readonly id: string;
  readonly names: Names;
  readonly established: boolean;
  readonly terminating: boolean;
  readonly #stored: StoredObject;
  readonly #type: StructType;

  constructor(stored: StoredObject, type: StructType) {
    this.#stored = stored;
    this.#type = type;
    const { bytes } = stored;
    // The encoding has Go's order: nothing of this form can stand before the spec, nor after the status.
    const spec = bytes.indexOf(SPEC);
    const end = bytes.lastIndexOf(STATUS);
    this.id = createHash("sha256").update(bytes.subarray(spec, end)).digest("base64");
    const status = parseJson(bytes.subarray(end + STATUS.length - 1, bytes.length - 1)) as JsonObject;
    this.names = readNames(objectAt(status, "acceptedNames"));
    const holds = (type: string) =>
      objectsAt(status, "conditions").some((each) => each.type === type && stringAt(each, "status") === "True");
    this.established = holds("Established");
    this.terminating = holds("Terminating");
  }

  get name(): string {
    return this.#stored.index.name;
  }

  spec(): JsonObject {
    return objectAt(readTyped(this.#stored.bytes, this.#type), "spec") ?? {};
  }
}
