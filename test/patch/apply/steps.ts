import { decodeTyped } from "../../../src/codec/json/decode.js";
import { encodeTyped } from "../../../src/codec/json/encode.js";
import { parseJson } from "../../../src/codec/json/parse.js";
import { apiVersionOf, type GroupVersionKind } from "../../../src/kube/gvr.js";
import type { Json, JsonObject, KubeObject } from "../../../src/kube/json.js";
import { ApiError } from "../../../src/kube/status.js";
import { FieldManager, structSchema } from "../../../src/patch/apply/field-manager.js";
import { excluding } from "../../../src/patch/apply/filters.js";
import { convert } from "../../../src/schema/convert/index.js";
import { applyDefaults } from "../../../src/schema/defaults/index.js";
import type { StructType } from "../../../src/schema/model.js";
import { loadTables } from "../../../src/schema/tables.js";

/** One write, as the Go program reads it: an update that made `next`, or the apply of `config`. */
export interface Step {
  readonly apiVersion: string;
  readonly kind: string;
  readonly subresource: string;
  /** Fields that this endpoint's writes do not change. */
  readonly reset: readonly string[];
  /** Absent for a create. */
  readonly live?: Json;
  readonly next?: Json;
  readonly config?: Json;
  readonly manager: string;
  readonly force: boolean;
  readonly now: string;
}

/** The object's JSON, or what it was refused with. */
export type Answer =
  | { readonly object: string }
  | { readonly code: number; readonly message: string; readonly causes: readonly string[] };

export function typeOf(gvk: GroupVersionKind): StructType {
  const type = loadTables("1.34").structFor(gvk);
  if (!type) throw new Error(`no type for ${gvk.kind}`);
  return type;
}

function gvkOf(apiVersion: string, kind: string): GroupVersionKind {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/", 2) : ["", apiVersion];
  return { group: group!, version: version!, kind };
}

const STORED_IN: Readonly<Record<string, string>> = { autoscaling: "v2" };

/** As the verbs decode a body: in its own version, defaulted, and as a pass through the stored version leaves it. */
export function decode(value: Json, gvk: GroupVersionKind): KubeObject {
  const stored = { ...gvk, version: STORED_IN[gvk.group] ?? gvk.version };
  return convert(convert(decodeBody(value, gvk), gvk, stored), stored, gvk) as KubeObject;
}

function decodeBody(value: Json, gvk: GroupVersionKind): KubeObject {
  const object = decodeTyped(value, typeOf(gvk)) as KubeObject;
  object.apiVersion = apiVersionOf(gvk);
  object.kind = gvk.kind;
  object.metadata ??= {};
  applyDefaults(gvk, object);
  return object;
}

export function managerOf({ apiVersion, kind, subresource, reset }: Step): FieldManager {
  const gvk = gvkOf(apiVersion, kind);
  return new FieldManager({
    gvk,
    schema: structSchema(typeOf(gvk)),
    subresource,
    filter: excluding(...reset),
    otherVersion: (other) => {
      const type = loadTables("1.34").structFor(gvkOf(other, kind));
      return type && structSchema(type);
    },
    convert: (value, from, to) => {
      const [source, target] = [gvkOf(from, kind), gvkOf(to, kind)];
      return convert(decodeTyped(value, typeOf(source)), source, target);
    },
  });
}

export function answerOf(step: Step): Answer {
  const gvk = gvkOf(step.apiVersion, step.kind);
  const live = step.live === undefined ? undefined : decode(step.live, gvk);
  try {
    const object = run(step, gvk, live);
    return { object: encodeTyped(object, typeOf(gvk)) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { code, message, details } = error.status;
    const causes = (details?.causes ?? []).map((cause) => `${cause.reason} ${cause.field}: ${cause.message}`);
    return { code, message: unordered(message), causes: causes.sort() };
  }
}

function run(step: Step, gvk: GroupVersionKind, live: KubeObject | undefined): KubeObject {
  const manager = managerOf(step);
  if (step.config !== undefined) {
    return manager.apply(live, step.config as JsonObject, {
      manager: step.manager,
      force: step.force,
      now: step.now,
      complete: (merged) => decode(merged, gvk),
    });
  }
  const next = decode(step.next ?? {}, gvk);
  const entries = manager.update(live, next, step.manager, step.now);
  if (entries) next.metadata.managedFields = entries;
  else delete next.metadata.managedFields;
  return next;
}

/** The Go program's line in the same terms. */
export function recordedAnswer(line: string): Answer {
  const reply = JSON.parse(line) as {
    object?: unknown;
    error?: { code: number; message: string; causes?: { reason: string; field: string; message: string }[] };
  };
  if (!reply.error) return { object: line.slice('{"object":'.length, -1) };
  const { code, message, causes = [] } = reply.error;
  const texts = causes.map((cause) => `${cause.reason} ${cause.field}: ${cause.message}`);
  return { code, message: unordered(message), causes: texts.sort() };
}

/** Several problems come in the order of a Go map. */
function unordered(message: string): string {
  return message.includes("errors:\n") ? message.split("\n").sort().join("\n") : message;
}

export function objectOf(answer: Answer): Json | undefined {
  return "object" in answer ? parseJson(answer.object) : undefined;
}

/** A stored object as another version's endpoint would read it. */
export function converted(live: JsonObject, kind: string, apiVersion: string): Json {
  const [source, target] = [gvkOf(String(live.apiVersion), kind), gvkOf(apiVersion, kind)];
  return parseJson(encodeTyped(convert(decode(live, source), source, target), typeOf(target)));
}
