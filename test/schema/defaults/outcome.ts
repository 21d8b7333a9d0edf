import { decodeTyped } from "../../../src/codec/json/decode.js";
import { encodeTyped } from "../../../src/codec/json/encode.js";
import type { GroupVersionKind } from "../../../src/kube/gvr.js";
import type { JsonObject } from "../../../src/kube/json.js";
import { convert } from "../../../src/schema/convert/index.js";
import { applyTypeDefaults, asStored } from "../../../src/schema/defaults/index.js";
import type { StructType } from "../../../src/schema/model.js";
import { loadTables } from "../../../src/schema/tables.js";
import { Random } from "../../patch/random.js";
import { randomObject } from "./random-object.js";

interface ResourceRow {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly storage?: GroupVersionKind;
  readonly type: string;
}

const tables = loadTables("1.34");

export function gvkOf(apiVersion: string, kind: string): GroupVersionKind {
  const [group = "", version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  return { group, version: version ?? "", kind };
}

export function typeOf(gvk: GroupVersionKind): StructType {
  const type = tables.structFor(gvk);
  if (!type) throw new Error(`no type for ${gvk.kind}`);
  return type;
}

/** Every kind that is stored in a version that it is served in; autoscaling/v1 exists as a view of v2 only. */
export function storedKinds(): { readonly apiVersion: string; readonly kind: string }[] {
  const { resources } = tables.file("resources.json") as { resources: readonly ResourceRow[] };
  const names = new Set<string>();
  for (const { group, version, kind, storage } of resources) {
    if (!storage || (group === "autoscaling" && version === "v1")) continue;
    names.add(`${group === "" ? version : `${group}/${version}`} ${kind}`);
  }
  return [...names].map((name) => {
    const [apiVersion = "", kind = ""] = name.split(" ");
    return { apiVersion, kind };
  });
}

export function randomInput(apiVersion: string, kind: string, seed: number): JsonObject {
  return { apiVersion, kind, ...randomObject(new Random(seed), typeOf(gvkOf(apiVersion, kind))) };
}

/** The object's JSON after our defaulting, in the version asked for ("" for its own). */
export function outcomeOf(object: JsonObject, to: string, stored = false): string {
  const from = gvkOf(String(object.apiVersion), String(object.kind));
  const target = to === "" ? from : gvkOf(to, from.kind);
  const decoded = decodeTyped(object, typeOf(from));
  applyTypeDefaults(typeOf(from), decoded);
  if (stored) asStored(typeOf(from), decoded);
  return encodeTyped(convert(decoded, from, target), typeOf(target));
}

/** Kubernetes' answer with fields in the same order. */
export function sameOrder(answer: JsonObject): string {
  return encodeTyped(
    decodeTyped(answer, typeOf(gvkOf(String(answer.apiVersion), String(answer.kind)))),
    typeOf(gvkOf(String(answer.apiVersion), String(answer.kind))),
  );
}
