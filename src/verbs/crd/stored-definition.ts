import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { parseJson } from "../../codec/json/parse.js";
import { readTyped } from "../../codec/json/read.js";
import { objectAt, objectsAt, stringAt, stringsAt } from "../../kube/access.js";
import type { JsonObject } from "../../kube/json.js";
import { isProtectedGroup } from "../../schema/crd/checks/approval.js";
import { type Names, readNames } from "../../schema/crd/definition.js";
import { sameNames } from "../../schema/crd/naming.js";
import type { ServedSource } from "../../schema/crd/served.js";
import type { StructType } from "../../schema/model.js";
import type { StoredObject } from "../../store/store.js";

const SPEC = Buffer.from(',"spec":{');
const SCOPE = Buffer.from(',"scope":"');
const STATUS = Buffer.from(',"status":{');

/** What a spec says of itself, the same object for all definitions that have it. */
interface Asked {
  /** Digest of the spec. */
  readonly id: string;
  readonly group: string;
  readonly names: Names;
}

/** A fleet has the same definitions in every cluster. */
const asked = new LRUCache<string, Asked>({ max: 2000 });

/** Keeps a definition until its instances are gone. */
export const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

/**
 * A CustomResourceDefinition as it lies in the store. A schema is long and the same in many clusters, so it is not
 * parsed here: its digest tells whether it is known already.
 */
export class StoredDefinition implements ServedSource {
  readonly id: string;
  readonly group: string;
  /** What it has been given; {@link wanted} is what it asks for. */
  readonly names: Names;
  readonly wanted: Names;
  readonly established: boolean;
  readonly terminating: boolean;
  /** It has been deleted, and its instances are still to go. */
  readonly ends: boolean;
  readonly #stored: StoredObject;
  readonly #type: StructType;

  constructor(stored: StoredObject, type: StructType) {
    this.#stored = stored;
    this.#type = type;
    const { bytes } = stored;
    // The encoding has Go's order: metadata, then the spec with group, names and scope first, then the status. None of
    // these marks can stand where it is not meant, because what comes before it are strings.
    const spec = bytes.indexOf(SPEC);
    const end = bytes.lastIndexOf(STATUS);
    const { id, group, names } = askedIn(bytes.subarray(spec, end));
    [this.id, this.group, this.wanted] = [id, group, names];
    const head = parseJson(Buffer.concat([bytes.subarray(0, spec), Buffer.from("}")])) as JsonObject;
    const status = parseJson(bytes.subarray(end + STATUS.length - 1, bytes.length - 1)) as JsonObject;
    const accepted = readNames(objectAt(status, "acceptedNames"));
    this.names = sameNames(accepted, names) ? names : accepted;
    const deleted = stringAt(head, "metadata", "deletionTimestamp") !== "";
    this.ends = deleted && stringsAt(head, "metadata", "finalizers").includes(CLEANUP);
    const holds = (name: string) =>
      objectsAt(status, "conditions").some((each) => each.type === name && stringAt(each, "status") === "True");
    this.established = holds("Established");
    this.terminating = holds("Terminating");
  }

  get name(): string {
    return this.#stored.index.name;
  }

  /** Whether the controllers have something to do with it, or may have. */
  get unsettled(): boolean {
    return this.ends || !this.established || this.wanted !== this.names || isProtectedGroup(this.group);
  }

  spec(): JsonObject {
    return objectAt(readTyped(this.#stored.bytes, this.#type), "spec") ?? {};
  }
}

/** `spec` begins with its mark. */
function askedIn(spec: Buffer): Asked {
  const id = hash("sha256", spec, "base64");
  let known = asked.get(id);
  if (!known) {
    const beginning = Buffer.concat([spec.subarray(SPEC.length - 1, spec.indexOf(SCOPE)), Buffer.from("}")]);
    const object = parseJson(beginning) as JsonObject;
    known = { id, group: stringAt(object, "group"), names: readNames(objectAt(object, "names")) };
    asked.set(id, known);
  }
  return known;
}
