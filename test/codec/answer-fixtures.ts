import { type AnswerContext, answerContext } from "../../src/codec/answer-context.js";
import type { Representation } from "../../src/codec/negotiate.js";
import type { UnaryAnswer } from "../../src/kube/handler.js";
import type { ResourceDef } from "../../src/schema/model.js";
import { builtinRegistry } from "../../src/schema/registry-builtin.js";
import { loadTables } from "../../src/schema/tables.js";
import type { StoredObject } from "../../src/store/store.js";

export const tables = loadTables("1.34");
const registry = builtinRegistry(tables);

export const NOW = Date.parse("2026-11-22T13:20:00Z");

export function context(now = NOW): AnswerContext {
  return answerContext(tables, () => now);
}

export function definition(group: string, version: string, resource: string): ResourceDef {
  return registry.lookup(group, version, resource)!;
}

export const configMaps = definition("", "v1", "configmaps");
export const pods = definition("", "v1", "pods");

export const JSON_PLAIN: Representation = { format: "json", pretty: false, includeObject: "" };
export const PROTOBUF: Representation = { format: "protobuf", pretty: false, includeObject: "" };

/** An object as the store would hand it out. */
export function stored(json: string): StoredObject {
  const bytes = Buffer.from(json);
  const marker = '"resourceVersion":"';
  const slot = bytes.indexOf(marker) + marker.length;
  const object = JSON.parse(json) as { metadata: { name: string; namespace?: string; uid: string } };
  const { name, namespace = "", uid } = object.metadata;
  const revision = Number.parseInt(bytes.toString("latin1", slot, slot + 16), 10);
  const index = { name, namespace, uid, labels: undefined, fields: undefined };
  return { key: `x/${namespace}/${name}`, revision, created: revision, index, bytes, slot };
}

export function text(answer: UnaryAnswer): string {
  return Buffer.concat([...answer.chunks]).toString();
}

export function hex(answer: UnaryAnswer): string {
  return Buffer.concat([...answer.chunks]).toString("hex");
}

const METADATA =
  '{"name":"a","namespace":"neg-w","uid":"6e293c6e-e7b8-4fbe-9025-d6041633ebfd","resourceVersion":"317",' +
  '"creationTimestamp":"2026-11-22T13:15:51Z","managedFields":[{"manager":"test","operation":"Update",' +
  '"apiVersion":"v1","time":"2026-11-22T13:15:51Z","fieldsType":"FieldsV1",' +
  '"fieldsV1":{"f:data":{".":{},"f:k":{}}}}]}';

/** A ConfigMap as a real server answered it, as JSON and as the message inside its protobuf answers. */
export const recorded = {
  metadata: METADATA,
  json: `{"kind":"ConfigMap","apiVersion":"v1","metadata":${METADATA},"data":{"k":"\\u003cv\\u003e"}}`,
  message:
    "0a90010a016112001a056e65672d7722002a2436653239336336652d653762382d346662652d393032352d6436303431363333656266643203" +
    "333137380042080887d68bd80610008a01480a047465737412065570646174651a02763122080887d68bd806100032084669656c647356313a" +
    "1e0a1c7b22663a64617461223a7b222e223a7b7d2c22663a6b223a7b7d7d7d420012080a016b12033c763e",
};
