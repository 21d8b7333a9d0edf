import { readFileSync } from "node:fs";
import { decodeTyped } from "../../../../src/codec/json/decode.js";
import { encodeTyped } from "../../../../src/codec/json/encode.js";
import { parseJson } from "../../../../src/codec/json/parse.js";
import type { Json, JsonObject, KubeObject } from "../../../../src/kube/json.js";
import { cloneJson } from "../../../../src/kube/json-access.js";
import { ApiError, statusObject } from "../../../../src/kube/status.js";
import { applyDefaults } from "../../../../src/schema/defaults/index.js";
import type { ResourceDef } from "../../../../src/schema/model.js";
import { builtinRegistry } from "../../../../src/schema/registry-builtin.js";
import {
  beforeCreate,
  beforeUpdate,
  type StrategyContext,
  strategyFor,
} from "../../../../src/schema/strategy/index.js";
import { loadTables } from "../../../../src/schema/tables.js";
import type { AdmissionView, Attributes, Operation } from "../../../../src/verbs/admission/attributes.js";
import { admit } from "../../../../src/verbs/admission/plugins.js";
import { allocateForCreate, allocateForUpdate } from "../../../../src/verbs/allocation/services.js";

/** An answer as it is recorded: of an object only what differs from the request, as a merge patch. */
export interface Answer {
  readonly code: number;
  readonly object?: Json;
  readonly status?: Json;
  readonly warnings?: readonly string[];
}

export interface CreateCase {
  readonly name: string;
  /** Of the collection. */
  readonly path: string;
  readonly body: JsonObject;
  answer?: Answer;
}

export interface UpdateCase {
  readonly name: string;
  readonly path: string;
  readonly body: JsonObject;
  /** What the body is stored as. */
  old?: KubeObject;
  readonly changes: {
    readonly name: string;
    readonly subresource?: string;
    /** Merge patch that makes of the old object the one to be put. */
    readonly change: Json;
    answer?: Answer;
  }[];
}

export const CREATE = new URL("golden/create.json", import.meta.url);
export const UPDATE = new URL("golden/update.json", import.meta.url);
export const readCases = <T>(file: URL): T[] => JSON.parse(readFileSync(file, "utf8")) as T[];

/** The time at which everything happens that the server puts a time on. */
export const NOW = "2026-01-02T03:04:05Z";
const UID = "00000000-0000-4000-8000-000000000001";
const USER = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };
const tables = loadTables("1.34");
const registry = builtinRegistry(tables);

const BUILTIN_PRIORITIES: Readonly<Record<string, number>> = {
  "system-node-critical": 2000001000,
  "system-cluster-critical": 2000000000,
};
const priorities = Object.entries(BUILTIN_PRIORITIES).map(([name, value]) =>
  object("scheduling.k8s.io/v1", "PriorityClass", {
    metadata: { name },
    value,
    preemptionPolicy: "PreemptLowerPriority",
  }),
);
/** A fresh server: every namespace that is asked for exists. */
const view: AdmissionView = {
  get(_group, resource, _namespace, name) {
    if (resource === "namespaces")
      return object("v1", "Namespace", { metadata: { name }, status: { phase: "Active" } });
    return resource === "priorityclasses" ? priorities.find(({ metadata }) => metadata.name === name) : undefined;
  },
  list: (_group, resource) => (resource === "priorityclasses" ? priorities : []),
  suffix: () => "x7k2m",
  authorize: () => true,
};

function object(apiVersion: string, kind: string, rest: JsonObject): KubeObject {
  return { apiVersion, kind, ...rest } as unknown as KubeObject;
}

interface Place {
  readonly def: ResourceDef;
  readonly namespace: string;
}

function placeOf(path: string): Place {
  const [root, ...rest] = path.split("/").filter((part) => part !== "");
  const [group, version] = root === "api" ? ["", rest.shift()!] : [rest.shift()!, rest.shift()!];
  const namespace = rest.length > 1 ? rest[1]! : "";
  return { def: registry.lookup(group, version, rest[rest.length - 1]!)!, namespace };
}

function decode(def: ResourceDef, body: Json): KubeObject {
  const decoded = decodeTyped(parseJson(JSON.stringify(body)), def.type) as KubeObject;
  decoded.metadata ??= {};
  applyDefaults(def.gvk, decoded, tables);
  return decoded;
}

function contextOf(warnings: string[]): StrategyContext {
  const now = Date.parse(NOW);
  const sources = { now: () => now, uid: () => UID, suffix: (length: number) => "x".repeat(length) };
  return { now, sources, user: USER, warn: (message) => warnings.push(message), namespaceLabels: () => ({}) };
}

function attributesOf({ def, namespace }: Place, operation: Operation, given: Partial<Attributes>): Attributes {
  const { object } = given;
  const name = object?.metadata.name ?? "";
  const place = def.gvr.resource === "namespaces" ? name : namespace;
  return { operation, resource: def, subresource: "", namespace: place, name, user: USER, dryRun: true, ...given };
}

function answered(code: number, run: (warnings: string[]) => string): Answer {
  const warnings: string[] = [];
  try {
    const object = JSON.parse(run(warnings)) as Json;
    return withWarnings({ code, object: stripped(object) }, warnings);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return withWarnings({ code: error.status.code, status: comparable(statusObject(error.status) as Json) }, []);
  }
}

export function withWarnings(answer: Answer, warnings: readonly string[]): Answer {
  return warnings.length === 0 ? answer : { ...answer, warnings };
}

/** An object without what every request makes anew, and without nulls: a merge patch can't say them. */
export function stripped(value: Json): Json {
  const text = JSON.stringify(value, (_, member) => (isMap(member) ? withoutNulls(member) : member));
  const copy = JSON.parse(text) as KubeObject;
  for (const field of ["uid", "resourceVersion", "creationTimestamp", "managedFields"]) delete copy.metadata[field];
  return copy;
}

export const isMap = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function withoutNulls(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

/** A refusal: where Go ranges over a map its errors come in any order, so several are compared as a set. */
export function comparable(status: Json): Json {
  const copy = JSON.parse(JSON.stringify(status)) as { message: string; details?: { causes?: Json[] } };
  const causes = copy.details?.causes ?? [];
  if (causes.length > 1) {
    causes.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    copy.message = copy.message.replace(/ is invalid: \[.*/s, " is invalid");
  }
  return copy as unknown as Json;
}

function target({ def, namespace }: Place) {
  return {
    gvk: def.storage!.gvk,
    namespaced: def.namespaced,
    namespace: def.namespaced ? namespace : "",
    type: def.type,
  };
}

const isService = ({ def }: Place): boolean => def.gvr.group === "" && def.gvr.resource === "services";
const RANGES = { clusterCidr: "10.0.0.0/16", dryRun: true };

export function create({ path, body }: CreateCase): Answer {
  return answered(201, (warnings) => {
    const place = placeOf(path);
    const { def } = place;
    const object = decode(def, body);
    Object.assign(object.metadata, { creationTimestamp: NOW, uid: UID });
    const attributes = attributesOf(place, "CREATE", { object });
    admit("mutate", attributes, view);
    if (isService(place)) allocateForCreate(object, [], RANGES);
    beforeCreate(target(place), strategyFor(def.gvr.group, def.gvr.resource), object, contextOf(warnings));
    admit("validate", attributes, view);
    return encodeTyped(object, def.type);
  });
}

export function update(path: string, stored: KubeObject, subresource: string | undefined, body: Json): Answer {
  return answered(200, (warnings) => {
    const place = placeOf(path);
    const { def } = place;
    const [old, object] = [decode(def, stored), decode(def, body)];
    const given = { object, old: cloneJson(old), subresource: subresource ?? "" };
    const attributes = attributesOf(place, "UPDATE", given);
    admit("mutate", attributes, view);
    if (isService(place) && !subresource) allocateForUpdate(object, old, [cloneJson(old)], RANGES);
    const main = strategyFor(def.gvr.group, def.gvr.resource);
    const strategy = subresource ? main.subresources[subresource]! : main;
    beforeUpdate(target(place), strategy, object, old, contextOf(warnings));
    admit("validate", attributes, view);
    return encodeTyped(object, def.type);
  });
}
