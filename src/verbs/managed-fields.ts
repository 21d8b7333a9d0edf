import { decodeTyped } from "../codec/json/decode.js";
import { encodeTyped } from "../codec/json/encode.js";
import { assign } from "../kube/access.js";
import { timestamp } from "../kube/clock.js";
import type { JsonObject, KubeObject } from "../kube/json.js";
import { FieldManager, type KindSchema, structSchema } from "../patch/apply/field-manager.js";
import type { SetFilter } from "../patch/apply/filters.js";
import { CUSTOM_RESETS, NOTHING_RESET, resetFilter } from "../patch/apply/reset-fields.js";
import { customAtom } from "../patch/apply/schema-atom.js";
import { convert } from "../schema/convert/index.js";
import type { Schema } from "../schema/crd/schema.js";
import type { ResourceDef, ServedCustom } from "../schema/model.js";
import type { SchemaTables } from "../schema/tables.js";
import { fromStorage } from "./objects.js";
import type { Scope } from "./scope.js";

/** What the server itself writes goes by this name. */
export const SERVER_MANAGER = "kube-apiserver";

const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

const managers = new WeakMap<ResourceDef, Map<string, FieldManager>>();

/** The field manager of an endpoint; some subresources have a kind of their own. */
export function fieldManagerOf(scope: Scope): FieldManager {
  const { def, subresource } = scope;
  let byName = managers.get(def);
  if (!byName) {
    byName = new Map();
    managers.set(def, byName);
  }
  const name = subresource?.name ?? "";
  let manager = byName.get(name);
  if (!manager) {
    manager = makeManager(scope, name);
    byName.set(name, manager);
  }
  return manager;
}

/** Made of what all clusters with the resource share: it outlives the cluster that needs it first. */
function makeManager({ deps: { tables }, def, subresource }: Scope, name: string): FieldManager {
  if (name === "scale" || name === "token") {
    const schema = structSchema(subresource!.type);
    return new FieldManager({ gvk: subresource!.gvk, schema, subresource: name, filter: NOTHING_RESET });
  }
  const common = { gvk: def.gvk, subresource: name, filter: filterOf(def, name) };
  if (def.served) return new FieldManager({ ...common, ...customVersions(def, def.served, tables) });
  const gvkOf = (apiVersion: string) => ({ ...parseApiVersion(apiVersion), kind: def.gvk.kind });
  return new FieldManager({
    ...common,
    schema: structSchema(def.type),
    otherVersion: (apiVersion) => {
      const type = tables.structFor(gvkOf(apiVersion));
      return type && structSchema(type);
    },
    convert: (value, from, to) => {
      const source = gvkOf(from);
      return convert(decodeTyped(value, tables.structFor(source)!), source, gvkOf(to));
    },
  });
}

function customVersions(def: ResourceDef, { definition, shape }: ServedCustom, tables: SchemaTables) {
  const context = { preserves: definition.preserveUnknownFields, metadata: tables.struct(OBJECT_META) };
  const schemaOf = (schema: Schema | undefined): KindSchema => ({
    atom: customAtom(schema, context),
    view: (object) => object,
  });
  return {
    schema: schemaOf(shape.own.schema),
    otherVersion: (apiVersion: string) => {
      const { group, version } = parseApiVersion(apiVersion);
      const known = group === def.gvk.group && shape.schemas.has(version);
      return known ? schemaOf(shape.schemas.get(version)) : undefined;
    },
    convert: (value: JsonObject, _from: string, to: string) => ({ ...value, apiVersion: to }),
  };
}

function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return { group, version };
}

function filterOf(def: ResourceDef, subresource: string): SetFilter {
  if (!def.served) return resetFilter(def.gvr.group, def.gvr.resource, subresource);
  return (def.subresources.has("status") && CUSTOM_RESETS[subresource]) || NOTHING_RESET;
}

/**
 * Gives an object in its storage version the managedFields that a create (without `current`), an update or a patch
 * by the request's client leads to.
 */
export function trackWrite(
  scope: Scope,
  object: KubeObject,
  current: KubeObject | undefined,
  options: { readonly fieldManager: string },
): void {
  trackAs(managerName(scope, options), scope, object, current);
}

export function trackAs(manager: string, scope: Scope, object: KubeObject, current: KubeObject | undefined): void {
  const live = current && fromStorage(current, scope.def);
  const entries = fieldManagerOf(scope).update(live, fromStorage(object, scope.def), manager, nowOf(scope));
  assign(object.metadata, "managedFields", entries);
}

/** The managedFields of what is answered but not stored. */
export function trackUnstored(scope: Scope, object: KubeObject, options: { readonly fieldManager: string }): void {
  const entries = fieldManagerOf(scope).update(undefined, object, managerName(scope, options), nowOf(scope));
  assign(object.metadata, "managedFields", entries);
}

export function nowOf(scope: Scope): string {
  return timestamp(scope.deps.sources.now());
}

/** The manager that the request names, or else its user agent up to the first slash (handlers/create.go). */
export function managerName({ request }: Scope, { fieldManager }: { readonly fieldManager: string }): string {
  if (fieldManager !== "") return fieldManager;
  const [name = ""] = (request.headers["user-agent"] ?? "").split("/", 1);
  let out = "";
  for (const character of name) {
    if (!/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) continue;
    if (Buffer.byteLength(out) + Buffer.byteLength(character) > MAX_MANAGER) break;
    out += character;
  }
  return out;
}

/** Bytes of a manager's name; upstream: apimachinery/pkg/apis/meta/v1/validation. */
const MAX_MANAGER = 128;

/**
 * Puts times back where they are all that a write changes, so that it is none.
 * Upstream: handlers/fieldmanager/equality.go, IgnoreManagedFieldsTimestampsTransformer.
 */
export function keepTimes(scope: Scope, object: KubeObject, current: KubeObject): void {
  const before = entriesOf(current);
  const after = entriesOf(object);
  if (before.length !== after.length || before.every((entry, index) => entry.time === after[index]!.time)) return;
  const kept = after.map((entry, index) => ({ ...entry, time: before[index]!.time }));
  const text = (value: KubeObject, managedFields: JsonObject[]) =>
    encodeTyped({ ...value, metadata: { ...value.metadata, managedFields } }, scope.def.storage!.type);
  if (text(object, kept) === text(current, before)) object.metadata.managedFields = before;
}

function entriesOf({ metadata }: KubeObject): JsonObject[] {
  return (metadata.managedFields ?? []) as JsonObject[];
}
