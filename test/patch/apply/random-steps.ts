import { isObject, type Json, type JsonObject } from "../../../src/kube/json.js";
import { cloneJson, setField } from "../../../src/kube/json-access.js";
import { Random } from "../random.js";
import { FRAGMENTS, type Fragments } from "./fragments.js";
import { type Answer, answerOf, converted, objectOf, type Step } from "./steps.js";

const MANAGERS = ["m1", "m2", "kubectl", "ctl"];
const UID = "3d6e42a4-4d6c-4b6e-8f0c-8dbb4ea3b7aa";

export function randomChain(seed: number, length: number): { step: Step; answer: Answer }[] {
  return chainOf(new Random(seed), length);
}

/** A life of an object: writes by several managers, each on what the one before left. */
export function chainOf(random: Random, length: number): { step: Step; answer: Answer }[] {
  const fragments = random.pick(FRAGMENTS);
  const chain: { step: Step; answer: Answer }[] = [];
  let live: Json | undefined;
  for (let index = 0; index < length; index++) {
    const step = randomStep(random, fragments, live, index);
    const answer = answerOf(step);
    chain.push({ step, answer });
    live = withUid(objectOf(answer) ?? live);
  }
  return chain;
}

function randomStep(random: Random, fragments: Fragments, live: Json | undefined, index: number): Step {
  const apiVersion = random.pick(fragments.apiVersions);
  const isStatus = live !== undefined && fragments.status.length > 0 && random.chance(0.2);
  const parts = isStatus ? fragments.status : fragments.spec;
  const identity = { apiVersion, kind: fragments.kind, metadata: { name: "x" } };
  const config = random
    .some(parts, random.pick([0.15, 0.4, 0.7]))
    .reduce<JsonObject>((object, make) => overlay(random, object, make(random)), identity);
  const step = {
    apiVersion,
    kind: fragments.kind,
    subresource: isStatus ? "status" : "",
    reset: fragments.status.length === 0 ? [] : isStatus ? ["spec"] : ["status"],
    ...(live !== undefined && { live: inVersion(live, apiVersion) }),
    manager: random.pick(random.chance(0.1) ? Array.from({ length: 14 }, (_, n) => `upd-${n}`) : MANAGERS),
    force: random.chance(0.4),
    now: new Date(Date.UTC(2020, 0, 1, 0, 0, index)).toISOString().replace(".000", ""),
  };
  if (random.chance(0.6)) return { ...step, config: random.chance(0.05) ? spoiled(random, config) : config };
  return { ...step, next: nextOf(random, step.live, config) };
}

/** The same content asked for in another version; only kinds whose versions have the same metadata change much. */
function inVersion(live: Json, apiVersion: string): Json {
  return isObject(live) && live.apiVersion === apiVersion ? live : convertLive(live, apiVersion);
}

function convertLive(live: Json, apiVersion: string): Json {
  const kind = isObject(live) ? String(live.kind) : "";
  return converted(live as JsonObject, kind, apiVersion);
}

/** An update: what is there, overlaid with some fields and without others. */
function nextOf(random: Random, live: Json | undefined, config: JsonObject): Json {
  let next = cloneJson((live ?? {}) as JsonObject);
  if (random.chance(0.7)) next = overlay(random, next, config);
  if (random.chance(0.5)) dropSomething(random, next);
  if (live === undefined) return next;
  const metadata = next.metadata as JsonObject;
  const fate = random.below(20);
  if (fate < 8) delete metadata.managedFields;
  else if (fate === 8) metadata.managedFields = random.pick<Json>([[], [{}], [{ manager: "x" }]]);
  else if (fate === 9) metadata.managedFields = [handmade(random, String(next.apiVersion))];
  return next;
}

function handmade(random: Random, apiVersion: string): JsonObject {
  return {
    manager: "hand",
    operation: random.pick(["Update", "Apply"]),
    apiVersion: random.pick([apiVersion, "old/v1beta1"]),
    time: "2019-06-01T00:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: {
      "f:metadata": { "f:labels": { "f:a": {}, ".": {} } },
      "f:spec": { "f:tolerations": { 'k:{"key":"x"}': {} }, "f:selector": { "f:app": {} }, "f:nope": {} },
    },
  };
}

/** Merges objects, joins lists now and then, replaces everything else. */
function overlay(random: Random, target: JsonObject, extra: JsonObject): JsonObject {
  const out = { ...target };
  for (const [name, value] of Object.entries(extra)) {
    const before = out[name];
    if (isObject(before) && isObject(value)) out[name] = overlay(random, before, value);
    else if (Array.isArray(before) && Array.isArray(value) && random.chance(0.5)) out[name] = joined(before, value);
    else if (value !== undefined) setField(out, name, value);
  }
  return out;
}

const KEYS = ["name", "key", "containerPort", "port", "type", "uid", "ip", "topologyKey"];

/** Lists of items with a key: those of the second win; others are appended. */
function joined(before: readonly Json[], after: readonly Json[]): Json[] {
  const idOf = (item: Json) =>
    isObject(item) ? JSON.stringify(KEYS.map((key) => item[key] ?? (key === "protocol" ? "TCP" : null))) : String(item);
  const ids = new Set(after.map(idOf));
  return [...before.filter((item) => !ids.has(idOf(item))), ...after];
}

function dropSomething(random: Random, object: JsonObject): void {
  let at: Json = object;
  for (let depth = 0; depth < 6; depth++) {
    if (Array.isArray(at)) {
      if (at.length === 0) return;
      const index = random.below(at.length);
      if (random.chance(0.4)) {
        at.splice(index, 1);
        return;
      }
      at = at[index]!;
    } else if (isObject(at)) {
      const names: string[] = Object.keys(at).filter(
        (name) => !["metadata", "apiVersion", "kind", "name", "managedFields", "uid"].includes(name) || depth > 3,
      );
      if (depth === 0 && random.chance(0.4)) names.push("metadata");
      if (names.length === 0) return;
      const name: string = random.pick(names);
      if (depth > 0 && random.chance(0.3)) {
        delete at[name];
        return;
      }
      at = at[name] ?? null;
    } else return;
  }
}

/** Something that does not fit the schema. */
function spoiled(random: Random, config: JsonObject): JsonObject {
  const metadata = config.metadata as JsonObject;
  return random.pick<() => JsonObject>([
    () => ({ ...config, nonsense: 1 }),
    () => ({ ...config, metadata: { ...metadata, labels: ["a"] } }),
    () => ({ ...config, metadata: { ...metadata, name: 5 } }),
    () => ({ ...config, metadata: { ...metadata, labels: { a: true, b: 1.5 }, finalizers: ["a", "a"] } }),
    () => ({ ...config, metadata: { ...metadata, generation: "x" } }),
    () => ({ ...config, metadata: { ...metadata, finalizers: [{}] } }),
    () => ({ ...config, metadata: { ...metadata, ownerReferences: [{ kind: "A" }, null] } }),
    () => ({ ...config, metadata: { ...metadata, managedFields: [] } }),
    () => ({ ...config, kind: "Other" }),
    () => ({ ...config, apiVersion: "a/b/c" }),
    () => ({ ...config, metadata: null }),
    () => ({ ...config, metadata: { ...metadata, labels: null, annotations: null } }),
  ])();
}

function withUid(object: Json | undefined): Json | undefined {
  if (!isObject(object)) return object;
  return { ...object, metadata: { ...(object.metadata as JsonObject), uid: UID } };
}
