import { FieldPath } from "../../kube/field-path.js";
import { apiVersionOf, type GroupVersionKind } from "../../kube/gvr.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { cloneJson } from "../../kube/json-access.js";
import { applySchemaDefaults, dropNulls } from "./defaulting.js";
import { coerceEmbedded } from "./embedded.js";
import type { MetadataReader } from "./metadata.js";
import { prune } from "./prune.js";
import type { Schema } from "./schema.js";
import { UnknownFields } from "./unknown-fields.js";

/** One version that custom resources are read and written in. */
export interface ShapeVersion {
  readonly gvk: GroupVersionKind;
  readonly schema: Schema | undefined;
}

/**
 * How the objects of a custom resource are brought into form: between the version of a request and the one that is
 * kept. Upstream: apiserver/customresource_handler.go (unstructuredSchemaCoercer, crdConversionRESTOptionsGetter).
 */
export class CustomShape {
  constructor(
    /** Names the content of the definition: what was written under the same one needs no second look. */
    readonly id: string,
    readonly own: ShapeVersion,
    readonly storage: ShapeVersion,
    /** Of every version by its name. */
    readonly schemas: ReadonlyMap<string, Schema | undefined>,
    /** spec.preserveUnknownFields of a definition that is older than v1. */
    readonly preserves: boolean,
    readonly reader: MetadataReader,
  ) {}

  /**
   * A client's object, in the version of this shape; changes it, without filling in defaults. Answers the paths of
   * unknown fields if they are wanted. @throws CoercionError
   */
  coerce(object: KubeObject, wantsUnknown: boolean): string[] {
    const schema = this.schemas.get(object.apiVersion.split("/")[1] ?? "");
    return this.#coerce(object, { ...this.own, schema }, wantsUnknown, false);
  }

  applyDefaults(object: KubeObject): void {
    if (isOf(object, this.own.gvk)) applySchemaDefaults(object, this.own.schema);
  }

  /** What was parsed from the store, in the version of this shape; changes it. `id` is that under which it was written. */
  fromStore(object: KubeObject, id: string | undefined): KubeObject {
    object.metadata = this.reader.read(object.metadata) as KubeObject["metadata"];
    // The storage version may have been another one when it was written.
    const version = object.apiVersion.slice(object.apiVersion.indexOf("/") + 1);
    if (id !== this.id) {
      const schema = this.schemas.get(version);
      this.#coerce(object, { ...this.storage, schema }, false, true);
      applySchemaDefaults(object, schema);
    }
    if (version === this.own.gvk.version) return object;
    object.apiVersion = apiVersionOf(this.own.gvk);
    this.#coerce(object, this.own, false, true);
    return object;
  }

  /** An object of this shape's version as the store keeps it; the object itself stays as it is. */
  toStore(object: KubeObject): KubeObject {
    if (!this.#converts) return object;
    const kept = cloneJson(object);
    kept.apiVersion = apiVersionOf(this.storage.gvk);
    this.#coerce(kept, this.storage, false, true);
    applySchemaDefaults(kept, this.storage.schema);
    return kept;
  }

  get #converts(): boolean {
    return this.own.gvk.version !== this.storage.gvk.version;
  }

  #coerce(object: KubeObject, version: ShapeVersion, wantsUnknown: boolean, lenient: boolean): string[] {
    const inMetadata: string[] = [];
    const metadata = object.metadata === undefined ? undefined : this.reader.read(object.metadata, inMetadata);
    const unknown = wantsUnknown ? inMetadata.map((path) => `metadata.${path}`) : [];
    if (isOf(object, version.gvk)) unknown.push(...this.#fit(object, version.schema, wantsUnknown, lenient));
    if (metadata) object.metadata = metadata as KubeObject["metadata"];
    return unknown;
  }

  #fit(object: JsonObject, schema: Schema | undefined, wantsUnknown: boolean, lenient: boolean): string[] {
    const pruned = new UnknownFields(wantsUnknown);
    if (!this.preserves) {
      prune(object, schema, true, pruned);
      dropNulls(object, schema);
    }
    const embedded = new UnknownFields(wantsUnknown);
    coerceEmbedded(object, schema, this.reader, FieldPath.of(), { unknown: embedded, lenient });
    return [...pruned.found, ...embedded.found];
  }
}

/** Other kinds pass through untouched, to be refused by name. */
function isOf(object: KubeObject, gvk: GroupVersionKind): boolean {
  const group = object.apiVersion.includes("/") ? object.apiVersion.split("/", 1)[0] : "";
  return object.kind === gvk.kind && group === gvk.group;
}
