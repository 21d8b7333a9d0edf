import { parseGroupVersion } from "../../codec/interpret.js";
import { encodeStored } from "../../codec/json/encode.js";
import { parseJson } from "../../codec/json/parse.js";
import { readTyped } from "../../codec/json/read.js";
import type { GroupVersionKind } from "../../kube/gvr.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import type { ResourceDef, StructType } from "../../schema/model.js";
import type { Registry } from "../../schema/registry.js";
import { strategyFor } from "../../schema/strategy/registry.js";
import type { EncodedObject } from "../../store/store.js";
import { encodeForStore } from "../../verbs/objects.js";
import { decodeValue } from "../promote/decode.js";

const FIELD = '"resourceVersion":"';
const COMMA = 0x2c;
const BRACE = 0x7b;

/** What etcd keeps of an object: its JSON without a resourceVersion, which is etcd's to say. kube-apiserver reads it. */
export function storedValue({ head, tail }: EncodedObject): Buffer {
  const before = head.subarray(0, head.length - FIELD.length);
  const after = tail.subarray(1);
  // The comma after it goes with it, or else the one before.
  if (after[0] === COMMA) return Buffer.concat([before, after.subarray(1)]);
  return Buffer.concat([before.at(-1) === COMMA ? before.subarray(0, -1) : before, after]);
}

/** What values are read by. */
export interface Registries {
  /** What every cluster serves. */
  readonly builtin: Registry;
  /** With the cluster's own definitions. */
  readonly current: Registry;
}

/**
 * Reads what {@link storedValue} or kube-apiserver has written. Custom resources stay as they were written, whatever
 * their definition says by now. @throws StartError that names the key
 */
export function readValue(key: string, value: Buffer, registries: Registries): EncodedObject {
  const { builtin, current } = registries;
  const { group, version, kind } = kindOf(value);
  const def = current.byKind({ group, version, kind });
  if (def?.served) return custom(value, def.type, def);
  // Of a version that is not served any more, or of a definition that is yet to come.
  if (value[0] === BRACE && builtin.group(group) === undefined)
    return custom(value, unstructured(group, version, kind));
  const { def: read, object } = decodeValue(key, value, current);
  delete object.metadata.resourceVersion;
  return encodeForStore(object, read.storage!, strategyFor(read.gvr.group, read.gvr.resource));
}

const NOTHING = { group: "", version: "", kind: "" };

function kindOf(value: Buffer): GroupVersionKind {
  if (value[0] !== BRACE) return NOTHING;
  try {
    const { apiVersion, kind } = parseJson(value) as JsonObject;
    return { ...NOTHING, ...parseGroupVersion(String(apiVersion)), kind: String(kind) };
  } catch {
    return NOTHING; // whoever reads it says what is wrong
  }
}

function custom(value: Buffer, type: StructType, def?: ResourceDef): EncodedObject {
  const read = () => {
    const object = readTyped(value, type) as KubeObject;
    delete object.metadata.resourceVersion;
    return object;
  };
  if (def?.served && def.storage) {
    const fit = encodeForStore(read(), def.storage, def.served.strategy);
    if (storedValue(fit).equals(value)) return fit;
  }
  const object = read();
  const { name = "", namespace = "", uid = "", labels } = object.metadata;
  const index = { name, namespace, uid, labels, fields: def?.served?.strategy.fields(object) };
  return encodeStored(object, type, index);
}

function unstructured(group: string, version: string, kind: string): StructType {
  const name = `${group}.${version}.${kind}`;
  return { name, goName: "unstructured.Unstructured", fields: [], byJsonName: new Map(), gvks: [], unstructured: true };
}
