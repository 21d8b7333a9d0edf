import { encodeUntyped } from "../../../src/codec/json/encode.js";
import { DecodeError, JsonSyntaxError } from "../../../src/codec/json/errors.js";
import { parseJson } from "../../../src/codec/json/parse.js";
import { readTyped } from "../../../src/codec/json/read.js";
import { goJson } from "../../../src/kube/go-text.js";
import type { Json, JsonObject, KubeObject } from "../../../src/kube/json.js";
import { isObject } from "../../../src/kube/json.js";
import { ApiError } from "../../../src/kube/status.js";
import { FieldManager, structSchema } from "../../../src/patch/apply/field-manager.js";
import { decodeFields, encodeFields, FieldsError } from "../../../src/patch/apply/fields-v1.js";
import { excluding } from "../../../src/patch/apply/filters.js";
import { Managed, ManagedFieldsError } from "../../../src/patch/apply/managed.js";
import { applyJsonPatch } from "../../../src/patch/json.js";
import { applyMergePatch } from "../../../src/patch/merge.js";
import { applyStrategicMergePatch } from "../../../src/patch/strategic/apply.js";
import { METHODS, type Method, randomCase } from "../../patch/outcome.js";
import { checkSame, checkSize, outcome, type Target } from "../target.js";
import { kind, POD } from "./samples.js";

const SEPARATOR = 0;
const PODS = kind("", "v1", "Pod");

/** Two documents with a zero between them. Undefined: they are no JSON. */
function pair(input: Buffer): [Json, Json] | undefined {
  const at = input.indexOf(SEPARATOR);
  if (at < 0) return undefined;
  try {
    return [parseJson(input.subarray(0, at)), parseJson(input.subarray(at + 1))];
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof DecodeError) return undefined;
    throw error;
  }
}

const joined = (left: Json, right: Json) => `${goJson(left)}\0${goJson(right)}`;

function patched(method: Method, words: readonly string[], apply: (current: Json, patch: Json) => Json): Target {
  if (!METHODS.includes(method)) throw new Error(method);
  return {
    seeds: Array.from({ length: 60 }, (_, seed) => randomCase(method, seed + 1)).map(({ current, patch }) =>
      joined(current, patch),
    ),
    words,
    form: "json",
    run(input) {
      const documents = pair(input);
      if (!documents) return "no JSON";
      const [current, patch] = documents;
      const before = encodeUntyped(current);
      return outcome([ApiError], () => {
        const result = encodeUntyped(apply(current, patch));
        checkSame("documents before and after", before, encodeUntyped(current));
        // A copy of the whole document, again and again, may double it with every operation.
        if (method !== "json") checkSize(input, result.length, 8);
        return `${result.slice(0, 1)} ${result.length >> 4}`;
      });
    },
  };
}

const OPERATIONS = [
  "add",
  "remove",
  "replace",
  "move",
  "copy",
  "test",
  "/",
  "/-",
  "/0",
  "~0",
  "~1",
  "from",
  "path",
  "op",
];

export function jsonPatch(): Target {
  return patched("json", OPERATIONS, (current, patch) => applyJsonPatch(current, patch));
}

export function mergePatch(): Target {
  return patched("merge", ["null"], (current, patch) => applyMergePatch(current, patch));
}

const DIRECTIVES = [
  ...["$patch", "replace", "delete", "merge", "$retainKeys", "$setElementOrder/containers", "$deleteFromPrimitiveList"],
  ...["$setElementOrder/env", "$deleteFromPrimitiveList/finalizers", "containers", "name", "ports", "containerPort"],
];

export function strategicPatch(): Target {
  return patched("strategic", DIRECTIVES, (current, patch) => applyStrategicMergePatch(current, patch, PODS.type));
}

const manager = new FieldManager({
  gvk: PODS.gvk,
  schema: structSchema(PODS.type),
  subresource: "",
  filter: excluding("status"),
});

function complete(merged: JsonObject): KubeObject {
  const object = readTyped(goJson(merged), PODS.type) as KubeObject;
  object.metadata ??= {};
  return object;
}

const CONFIGS: readonly JsonObject[] = [
  { apiVersion: "v1", kind: "Pod", metadata: { name: "p", labels: { app: "b" } } },
  {
    apiVersion: "v1",
    kind: "Pod",
    spec: { containers: [{ name: "c", image: "i:2", ports: [{ containerPort: 80 }] }] },
  },
  { apiVersion: "v1", kind: "Pod", spec: { containers: [{ name: "d" }], tolerations: [{ key: "k" }] } },
];

/** The stored Pod, whose managedFields may be anything, and what is applied to it. */
export function apply(): Target {
  return {
    seeds: CONFIGS.map((config) => joined(POD, config)),
    words: ['k:{"name":"c"}', "f:spec", "v:1", "i:0", ".", "containers", "protocol", "name"],
    form: "json",
    run(input) {
      const documents = pair(input);
      if (!documents || !isObject(documents[1])) return "no JSON";
      return outcome([ApiError, DecodeError, JsonSyntaxError], () => {
        const live = complete(documents[0] as JsonObject);
        const options = { manager: "m2", force: (input.length & 1) === 0, now: "2020-01-01T00:00:01Z", complete };
        const applied = manager.apply(live, documents[1] as JsonObject, options);
        manager.update(live, applied, "m3", "2020-01-01T00:00:02Z");
        const text = goJson(applied);
        checkSize(input, text.length, 20);
        return `${(applied.metadata.managedFields as Json[] | undefined)?.length} ${text.length >> 5}`;
      });
    },
  };
}

const FIELDS = [
  '{"f:metadata":{"f:labels":{".":{},"f:a":{}}},"f:spec":{"f:containers":{"k:{\\"name\\":\\"c\\"}":{".":{},"f:image":{}}}}}',
  '{"v:1":{},"v:\\"x\\"":{},"i:3":{},"f:a":null,"k:{\\"a\\":1,\\"b\\":true}":{}}',
  '{"v:{\\"a\\":[1,null]}":{},"v:1.5":{},".":{}}',
];

/** fieldsV1, and the entries around it. */
export function fields(): Target {
  const entry = '{"manager":"m","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:a":{}}}';
  return {
    seeds: [...FIELDS, `[${entry}]`, `[${entry.replace("Apply", "Update")},${entry}]`],
    words: ["f:", "k:", "v:", "i:", '"k:{\\"a\\":1}"', '".":{}', "subresource", "time", "2020-01-01T00:00:00Z"],
    form: "json",
    run(input) {
      const text = input.toString();
      if (text.startsWith("[")) {
        return outcome([JsonSyntaxError, DecodeError, ManagedFieldsError], () => {
          const encoded = encodeUntyped((Managed.decode(parseJson(text)).encode() ?? []) as Json);
          checkSize(input, encoded.length, 20);
          return `${encoded.length >> 4}`;
        });
      }
      return outcome([FieldsError], () => {
        const encoded = encodeFields(decodeFields(text));
        checkSize(input, encoded.length, 20);
        checkSame("sets", encoded, encodeFields(decodeFields(`${encoded} `)));
        return `${encoded.length >> 3}`;
      });
    },
  };
}
