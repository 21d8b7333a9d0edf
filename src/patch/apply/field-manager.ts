import { stringAt } from "../../kube/access.js";
import { badRequest } from "../../kube/errors.js";
import { apiVersionOf, type GroupVersionKind } from "../../kube/gvr.js";
import { isObject, type Json, type JsonObject, type KubeObject } from "../../kube/json.js";
import { cloneJson } from "../../kube/json-access.js";
import { ApiError } from "../../kube/status.js";
import type { StructType } from "../../schema/model.js";
import type { Atom } from "./atom.js";
import { capUpdateManagers } from "./cap-managers.js";
import { conflictFailure } from "./conflict-error.js";
import { FieldSet } from "./field-set.js";
import { fieldSet, type SetFilter } from "./filters.js";
import { goView } from "./go-view.js";
import { clientSideFields, KUBECTL, syncLastApplied } from "./last-applied.js";
import { ItemError } from "./list-items.js";
import { Managed, ManagedFieldsError, managerId } from "./managed.js";
import { atomOf } from "./struct-atom.js";
import { TypedError } from "./typed-error.js";
import { ConflictError, Updater } from "./updater.js";
import { validate } from "./validate.js";
import { isEmptyObject, sameValue } from "./values.js";

/** How objects of a kind in one version are merged. */
export interface KindSchema {
  readonly atom: Atom;
  /** A decoded object as ownership sees it. */
  view(object: JsonObject): JsonObject;
}

export function structSchema(type: StructType): KindSchema {
  return { atom: atomOf(type), view: (object) => goView(object, type) };
}

/** An endpoint whose writes are tracked: a resource in a version, or a subresource of it. */
export interface ManagedKind {
  readonly gvk: GroupVersionKind;
  readonly schema: KindSchema;
  readonly subresource: string;
  /** See resetFilter. */
  readonly filter: SetFilter;
  /** The kind's schema in another API version; undefined for versions that are not served. */
  readonly otherVersion?: (apiVersion: string) => KindSchema | undefined;
  /** A view, or an apply configuration merged into one, as another version decodes it. */
  readonly convert?: (value: JsonObject, from: string, to: string) => JsonObject;
}

export interface ApplyOptions {
  readonly manager: string;
  readonly force: boolean;
  /** RFC 3339. */
  readonly now: string;
  /** Decodes what came out of the merge and fills in defaults. */
  readonly complete: (merged: JsonObject) => KubeObject;
}

/** Stands for the manager of the running update until its fields are added to what it had. */
const SELF = "current-operation";
const BEFORE_FIRST_APPLY = "before-first-apply";

/** Facts of every object that nobody owns. */
const NEVER_OWNED = fieldSet(
  ...["apiVersion", "kind", "metadata", "metadata.name", "metadata.namespace", "metadata.creationTimestamp"],
  ...["metadata.selfLink", "metadata.uid", "metadata.clusterName", "metadata.generation"],
  ...["metadata.managedFields", "metadata.resourceVersion"],
);

/**
 * Keeps metadata.managedFields and merges apply configurations. Objects are decoded, in the endpoint's version, and
 * are not changed. Upstream: apimachinery/pkg/util/managedfields.
 */
export class FieldManager {
  readonly #kind: ManagedKind;
  readonly #apiVersion: string;
  readonly #updater: Updater;

  constructor(kind: ManagedKind) {
    this.#kind = kind;
    this.#apiVersion = apiVersionOf(kind.gvk);
    this.#updater = new Updater({
      apiVersion: this.#apiVersion,
      atom: (apiVersion) => this.#schema(apiVersion)?.atom,
      convert: (value, from, to) => this.#convert(value, from, to),
      filter: (set) => kind.filter(set),
    });
  }

  /**
   * The managedFields of `next`, which a create (without `live`), update or patch by `manager` made of `live`.
   * Undefined: none. Nothing is refused: what can't be tracked is not tracked.
   */
  update(live: KubeObject | undefined, next: KubeObject, manager: string, now: string): JsonObject[] | undefined {
    const managed = this.#managedOf(live, next);
    // Objects of which nobody knows the managers stay so until they are applied.
    if (managed.sets.size === 0 && live !== undefined) return undefined;
    try {
      const [before, after] = this.#isOneVersion(managed) && live ? withoutCommon(live, next) : [live, next];
      this.#update(this.#view(before), this.#view(after), managed, manager, now);
    } catch (error) {
      if (error instanceof ItemError || error instanceof TypedError) return undefined;
      throw error;
    }
    return managed.encode();
  }

  /**
   * Server-side apply: the object that `config`, as it was sent, makes of `live`, with its managedFields.
   * @throws ApiError 400, 409 for conflicts, 500 for a configuration that does not fit the schema, as upstream
   */
  apply(live: KubeObject | undefined, config: JsonObject, options: ApplyOptions): KubeObject {
    this.#checkConfig(config);
    const managed = decodeStored(live);
    const view = this.#view(live);
    this.#validate(view, config, "live", true);
    const { merged, owners } = this.#applied(view, config, managed, options, live !== undefined);
    const object = merged
      ? this.#complete(merged, config, options)
      : cloneJson(live ?? this.#complete(view, config, options));
    if (options.manager === KUBECTL) syncLastApplied(object, config);
    const entries = owners.encode();
    if (entries) object.metadata.managedFields = entries;
    else delete object.metadata.managedFields;
    return object;
  }

  #schema(apiVersion: string): KindSchema | undefined {
    return apiVersion === this.#apiVersion ? this.#kind.schema : this.#kind.otherVersion?.(apiVersion);
  }

  /** Whether nothing is to be converted, so that parts of an object can be looked at alone. */
  #isOneVersion({ sets }: Managed): boolean {
    for (const { apiVersion } of sets.values()) if (apiVersion !== this.#apiVersion) return false;
    return true;
  }

  #convert(value: JsonObject, from: string, to: string): JsonObject {
    const { atom, view } = this.#schema(to)!;
    const converted = view(this.#kind.convert!(value, from, to));
    validate(atom, converted);
    return converted;
  }

  /** managedFields themselves are no part of what is owned; without an object, what a new one begins as. */
  #view(object: KubeObject | undefined): JsonObject {
    const { gvk, schema } = this.#kind;
    const typed = { ...object, apiVersion: this.#apiVersion, kind: gvk.kind };
    if (!object?.metadata?.managedFields) return schema.view(typed);
    const { managedFields: _dropped, ...metadata } = object.metadata;
    return schema.view({ ...typed, metadata });
  }

  /** Clients may write managedFields, and unlike other fields not lose them by leaving them out. */
  #managedOf(live: KubeObject | undefined, next: KubeObject): Managed {
    if (this.#kind.subresource === "") {
      const entries = next.metadata.managedFields;
      if (isReset(entries)) return new Managed();
      const managed = decodeOrEmpty(entries);
      if (managed.sets.size > 0) return managed;
    }
    return decodeOrEmpty(live?.metadata.managedFields);
  }

  #update(live: JsonObject, next: JsonObject, managed: Managed, manager: string, now: string): void {
    const { sets, times } = managed;
    this.#updater.update(live, next, sets, SELF);
    stripFacts(managed, SELF);
    const own = sets.get(SELF);
    if (own) {
      const id = this.#id(manager, "Update");
      const before = sets.get(id);
      sets.delete(SELF);
      sets.set(id, before ? { ...own, set: before.set.union(own.set) } : own);
      times.set(id, now);
    }
    capUpdateManagers(managed);
  }

  /** Undefined where nothing changes. */
  #applied(view: JsonObject, config: JsonObject, managed: Managed, options: ApplyOptions, exists: boolean) {
    const start = managed.copy();
    if (start.sets.size === 0 && exists)
      this.#update(this.#view(undefined), view, start, BEFORE_FIRST_APPLY, options.now);
    const attempt = (force: boolean) => {
      const owners = start.copy();
      const id = this.#id(options.manager, "Apply");
      const merged = this.#merge(view, config, owners, id, force);
      stripFacts(owners, id);
      if (merged) owners.times.set(id, options.now);
      return { merged, owners };
    };
    try {
      return attempt(options.force);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      const { conflicts } = error;
      const allowed =
        options.manager === KUBECTL ? clientSideFields(view, this.#kind.schema.atom, this.#apiVersion) : undefined;
      if (!allowed) throw conflictFailure(conflicts);
      const wanted = FieldSet.ofPaths(conflicts.map(({ path }) => path));
      if (wanted.difference(allowed).isEmpty) return attempt(true);
      throw conflictFailure(conflicts.filter(({ path }) => !allowed.has(path)));
    }
  }

  #merge(view: JsonObject, config: JsonObject, owners: Managed, id: string, force: boolean): JsonObject | undefined {
    try {
      return this.#updater.apply(view, config, owners.sets, id, force);
    } catch (error) {
      if (error instanceof ItemError) throw failure(`failed to merge config: ${error.message}`);
      if (error instanceof TypedError) throw failure(error.message);
      throw error;
    }
  }

  #checkConfig(config: JsonObject): void {
    const { gvk } = this.#kind;
    const given = gvkOf(config);
    if (apiVersionOf(given) !== this.#apiVersion || given.kind !== gvk.kind) {
      throw badRequest(`invalid object type: ${gvkText(given)}`);
    }
    const metadata = isObject(config.metadata) ? config.metadata : undefined;
    if (Array.isArray(metadata?.managedFields)) throw badRequest("metadata.managedFields must be nil");
    this.#validate(config, config, "patch", false);
  }

  #validate(value: JsonObject, config: JsonObject, what: "live" | "patch", allowDuplicates: boolean): void {
    try {
      validate(this.#kind.schema.atom, value, allowDuplicates);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      throw failure(`failed to create typed ${what} object (${describe(config)}): ${error.message}`);
    }
  }

  #complete(merged: JsonObject, config: JsonObject, { complete }: ApplyOptions): KubeObject {
    try {
      return complete(merged);
    } catch (error) {
      if (error instanceof ApiError || !(error instanceof Error)) throw error;
      throw failure(`failed to convert new object (${describe(config)}) to proper version: ${error.message}`);
    }
  }

  #id(manager: string, operation: "Apply" | "Update"): string {
    const { subresource } = this.#kind;
    return managerId({ manager: manager || "unknown", operation, apiVersion: this.#apiVersion, subresource });
  }
}

/**
 * Both without their fields, and fields of these, that are the same: most of an object whose status changes. Nothing
 * is emptied by it, because an empty field is another one.
 */
function withoutCommon(live: KubeObject, next: KubeObject): [KubeObject, KubeObject] {
  const [before, after] = withoutSame(live, next);
  for (const name of Object.keys(before)) {
    const [left, right] = [before[name], after[name]];
    if (!isObject(left) || !isObject(right)) continue;
    const [mine, theirs] = withoutSame(left, right);
    if (!isEmptyObject(mine) && !isEmptyObject(theirs)) [before[name], after[name]] = [mine, theirs];
  }
  return [before as KubeObject, after as KubeObject];
}

function withoutSame(left: JsonObject, right: JsonObject): [JsonObject, JsonObject] {
  const [before, after] = [{ ...left }, { ...right }];
  for (const name of Object.keys(left)) {
    const [mine, theirs] = [left[name], right[name]];
    if (mine === undefined || theirs === undefined || !sameValue(mine, theirs)) continue;
    delete before[name];
    delete after[name];
  }
  return [before, after];
}

/** An empty list, or one with an empty entry: the client wants managers to be forgotten. */
function isReset(entries: Json | undefined): boolean {
  if (!Array.isArray(entries)) return false;
  const [first] = entries;
  return entries.length === 0 || (entries.length === 1 && isObject(first) && Object.keys(first).length === 0);
}

function decodeOrEmpty(entries: Json | undefined): Managed {
  try {
    return Managed.decode(entries);
  } catch (error) {
    if (error instanceof ManagedFieldsError) return new Managed();
    throw error;
  }
}

function decodeStored(live: KubeObject | undefined): Managed {
  try {
    return Managed.decode(live?.metadata.managedFields);
  } catch (error) {
    if (!(error instanceof ManagedFieldsError)) throw error;
    throw failure(`failed to decode managed fields: ${error.message}`);
  }
}

function stripFacts({ sets }: Managed, id: string): void {
  const managed = sets.get(id);
  if (!managed) return;
  const set = managed.set.difference(NEVER_OWNED);
  if (set.isEmpty) sets.delete(id);
  else sets.set(id, { ...managed, set });
}

/** What upstream answers for errors that are no Status. */
function failure(message: string): ApiError {
  return new ApiError({ code: 500, reason: "", message });
}

function gvkOf(config: JsonObject): GroupVersionKind {
  const parts = stringAt(config, "apiVersion").split("/");
  const kind = stringAt(config, "kind");
  if (parts.length > 2) return { group: "", version: "", kind: "" };
  return parts.length === 2 ? { group: parts[0]!, version: parts[1]!, kind } : { group: "", version: parts[0]!, kind };
}

function gvkText({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}, Kind=${kind}`;
}

function describe(config: JsonObject): string {
  const name = stringAt(config, "metadata", "name");
  return `${stringAt(config, "metadata", "namespace")}/${name}; ${gvkText(gvkOf(config))}`;
}
