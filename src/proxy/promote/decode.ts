import { StartError } from "../../cluster/start-error.js";
import { parseGroupVersion } from "../../codec/interpret.js";
import { parseJson } from "../../codec/json/parse.js";
import { readTyped } from "../../codec/json/read.js";
import { decodeProto } from "../../codec/protobuf/decode.js";
import { decodeEnvelope, MAGIC } from "../../codec/protobuf/envelope.js";
import type { GroupVersionKind } from "../../kube/gvr.js";
import { isObject, type JsonObject, type KubeObject } from "../../kube/json.js";
import { convert } from "../../schema/convert/index.js";
import type { ResourceDef } from "../../schema/model.js";
import type { Registry } from "../../schema/registry.js";
import { definitionToV1 } from "./definitions.js";

/** Older versions in which kube-apiserver keeps what it serves as v1, and which do not differ from it but by name. */
const SAME_AS_V1: ReadonlySet<string> = new Set(["resource.k8s.io/v1beta2", "storage.k8s.io/v1beta1"]);

/** How values begin that are encrypted at rest; upstream: apiserver's storage/value/encrypt. */
const ENCRYPTED = Buffer.from("k8s:enc:");

export interface DecodedObject {
  /** Of the version in which the object is stored here. */
  readonly def: ResourceDef;
  readonly object: KubeObject;
}

/** Reads what kube-apiserver has stored, protobuf or JSON. @throws StartError that names the key */
export function decodeValue(key: string, value: Buffer, registry: Registry): DecodedObject {
  try {
    if (value.subarray(0, ENCRYPTED.length).equals(ENCRYPTED)) throw new Error("it is encrypted");
    if (value.subarray(0, MAGIC.length).equals(MAGIC)) {
      const { apiVersion, kind, raw } = decodeEnvelope(value);
      return decoded(apiVersion, kind, registry, (def) => decodeProto(raw, def.type));
    }
    const { apiVersion, kind } = parseJson(value) as JsonObject;
    return decoded(String(apiVersion), String(kind), registry, (def) =>
      apiVersion === "apiextensions.k8s.io/v1beta1"
        ? readTyped(JSON.stringify(definitionToV1(JSON.parse(value.toString()) as JsonObject)), def.type)
        : readTyped(value, def.type),
    );
  } catch (error) {
    throw new StartError(`etcd: ${key} can't be carried over: ${(error as Error).message}`, "conflict");
  }
}

function decoded(
  apiVersion: string,
  kind: string,
  registry: Registry,
  read: (def: ResourceDef) => JsonObject,
): DecodedObject {
  const { group = "", version = "" } = parseGroupVersion(apiVersion) ?? {};
  const asV1 = SAME_AS_V1.has(apiVersion) || apiVersion === "apiextensions.k8s.io/v1beta1";
  const gvk = { group, version: asV1 ? "v1" : version, kind };
  const def = registry.byKind(gvk);
  if (def?.storage === undefined) throw new Error(`${apiVersion} ${kind} is not served`);
  const object = { ...read(def), apiVersion: asV1 ? `${group}/v1` : apiVersion, kind } as KubeObject;
  if (!isObject(object.metadata)) throw new Error("it has no metadata");
  return { def, object: def.served ? object : inStorageVersion(object, gvk, def) };
}

function inStorageVersion(object: KubeObject, from: GroupVersionKind, def: ResourceDef): KubeObject {
  const to = def.storage?.gvk ?? from;
  const same = to.group === from.group && to.version === from.version && to.kind === from.kind;
  return same ? object : (convert(object, from, to) as KubeObject);
}
