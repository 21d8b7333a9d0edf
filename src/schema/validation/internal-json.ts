import { goJson } from "../../kube/go-text.js";
import { isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import { unifiedDiff } from "../../kube/unified-diff.js";
import type { FieldDef, StructType, TypeRef } from "../model.js";
import { loadTables } from "../tables.js";

/** Fields of internal types that stand elsewhere than in the versioned type: field → the field it follows. */
const MOVED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  PersistentVolumeSource: { quobyte: "rbd", flexVolume: "iscsi" },
  VolumeSource: { quobyte: "rbd" },
  PodSecurityContext: { fsGroupChangePolicy: "fsGroup" },
  PodSpec: {
    setHostnameAsFQDN: "subdomain",
    preemptionPolicy: "priority",
    overhead: "runtimeClassName",
  },
};

/** What the internal security context holds of the versioned pod spec; a pointer is null when absent. */
const HOST_FIELDS: readonly (readonly [name: string, goName: string, absent: Json])[] = [
  ["hostNetwork", "HostNetwork", false],
  ["hostPID", "HostPID", false],
  ["hostIPC", "HostIPC", false],
  ["shareProcessNamespace", "ShareProcessNamespace", null],
  ["hostUsers", "HostUsers", null],
];

const POD_SPEC = "io.k8s.api.core.v1.PodSpec";
const META = "io.k8s.apimachinery.";

/** An ordered JSON value: its keys come out as listed, even those that look like numbers. */
type Tree = string | readonly Tree[] | { readonly members: readonly (readonly [string, Tree])[] };

/**
 * A value as encoding/json writes its internal Go type, as messages show it: fields without JSON names go by their Go
 * names, none is omitted. `type` is the versioned type's OpenAPI name.
 */
export function internalJson(value: JsonObject, type: string): RawJson {
  return new RawJson(compact(structTree(value, loadTables("1.34").struct(type))));
}

type Values = JsonObject | readonly JsonObject[];

/** What changed of such a value or list of them, from `old` to `now`; upstream: apimachinery/pkg/util/diff (Diff). */
export function internalDiff(old: Values, now: Values, type: string): string {
  const struct = loadTables("1.34").struct(type);
  const lines = (value: Values): string =>
    indented(isList(value) ? value.map((item) => structTree(item, struct)) : structTree(value, struct), "\n");
  return unifiedDiff(lines(old), lines(now));
}

const isList = (value: Values): value is readonly JsonObject[] => Array.isArray(value);

function structTree(value: JsonObject, type: StructType): Tree {
  return { members: entriesOf(value, type) };
}

function entriesOf(value: JsonObject, type: StructType): (readonly [string, Tree])[] {
  const versioned = type.name.startsWith(META);
  return internalFields(type).flatMap((field) => {
    const given = value[field.name];
    if (field.inline && field.type.kind === "struct") return entriesOf(value, field.type.struct);
    if (isEmbeddedMeta(field))
      return entriesOf((given ?? {}) as JsonObject, (field.type as { struct: StructType }).struct);
    if (type.name === POD_SPEC && field.name === "securityContext") return [securityContext(value, field)];
    if (versioned && (field.omitempty || field.omitzero) && isNothing(given)) return [];
    const tree = given === undefined || given === null ? absentTree(field) : treeOf(given, field.type);
    return [[versioned ? field.name : field.goName, tree] as const];
  });
}

/** What omitempty leaves out, as far as it can be told from a decoded value. */
function isNothing(value: Json | undefined): boolean {
  if (value === undefined || value === "") return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

/** Metadata is embedded without a JSON name, so its fields stand among the struct's own. */
function isEmbeddedMeta(field: FieldDef): boolean {
  return field.name === "metadata" && field.goName === "ObjectMeta";
}

/** Never nil, because conversion makes one. */
function securityContext(spec: JsonObject, field: FieldDef): readonly [string, Tree] {
  const host = HOST_FIELDS.map(([name, goName, absent]) => [goName, goJson(spec[name] ?? absent)] as const);
  const own = entriesOf((spec.securityContext ?? {}) as JsonObject, (field.type as { struct: StructType }).struct);
  return [field.goName, { members: [...host, ...own] }];
}

function internalFields(type: StructType): FieldDef[] {
  const short = type.name.slice(type.name.lastIndexOf(".") + 1);
  const moved = MOVED[short] ?? {};
  const hidden = type.name === POD_SPEC ? new Set(["serviceAccount", ...HOST_FIELDS.map(([name]) => name)]) : undefined;
  const fields = type.fields.filter((field) => !(field.name in moved) && !hidden?.has(field.name));
  for (const [name, before] of Object.entries(moved)) {
    const field = type.fields.find((any) => any.name === name);
    if (field) fields.splice(fields.findIndex((any) => any.name === before) + 1, 0, field);
  }
  return fields;
}

function absentTree({ pointer, type }: FieldDef): Tree {
  if (pointer) return "null";
  if (type.kind === "struct") return structTree({}, type.struct);
  if (type.kind !== "scalar") return "null";
  switch (type.scalar) {
    case "string":
      return '""';
    case "bool":
      return "false";
    case "quantity":
      return '"0"';
    case "bytes":
    case "rawExtension":
    case "time":
    case "microtime":
      return "null";
    default:
      return "0";
  }
}

function treeOf(value: Json, type: TypeRef): Tree {
  if (type.kind === "list" && Array.isArray(value)) return value.map((item) => treeOf(item, type.of));
  if (!isObject(value)) return goJson(value);
  if (type.kind === "struct") return structTree(value, type.struct);
  if (type.kind !== "map") return goJson(value);
  const entries = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return { members: entries.map((key) => [key, treeOf(value[key]!, type.of)] as const) };
}

function compact(tree: Tree): string {
  if (typeof tree === "string") return tree;
  if ("members" in tree) return `{${tree.members.map(([key, of]) => `${goJson(key)}:${compact(of)}`).join(",")}}`;
  return `[${tree.map(compact).join(",")}]`;
}

function indented(tree: Tree, line: string): string {
  if (typeof tree === "string") return tree;
  const inner = `${line} `;
  const parts =
    "members" in tree
      ? tree.members.map(([key, of]) => `${goJson(key)}: ${indented(of, inner)}`)
      : tree.map((of) => indented(of, inner));
  const [open, close] = "members" in tree ? "{}" : "[]";
  return parts.length === 0 ? `${open}${close}` : `${open}${inner}${parts.join(`,${inner}`)}${line}${close}`;
}
