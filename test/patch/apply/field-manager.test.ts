import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isObject, type Json, type JsonObject, type KubeObject, RawJson } from "../../../src/kube/json.js";
import { ApiError } from "../../../src/kube/status.js";
import { encodeFields } from "../../../src/patch/apply/fields-v1.js";
import { fieldSet } from "../../../src/patch/apply/filters.js";
import { resetFilter } from "../../../src/patch/apply/reset-fields.js";
import { ScaleManagers } from "../../../src/patch/apply/scale.js";
import { randomChain } from "./random-steps.js";
import { answerOf, decode, managerOf, objectOf, type Step } from "./steps.js";

const CONFIG_MAP = { group: "", version: "v1", kind: "ConfigMap" };
const manager = managerOf({ apiVersion: "v1", kind: "ConfigMap", subresource: "", reset: [] } as unknown as Step);
const NOW = "2020-01-01T00:00:00Z";

const configMap = (data: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "x", ...metadata },
  data,
});

function apply(live: KubeObject | undefined, config: JsonObject, by: string, force = false, now = NOW): KubeObject {
  const complete = (merged: JsonObject) => decode(merged, CONFIG_MAP);
  return stored(manager.apply(live, config, { manager: by, force, now, complete }));
}

function update(live: KubeObject | undefined, body: JsonObject, by: string, now = NOW): KubeObject {
  const next = decode(body, CONFIG_MAP);
  const entries = manager.update(live, next, by, now);
  if (entries) next.metadata.managedFields = entries;
  else delete next.metadata.managedFields;
  return stored(next);
}

function stored(object: KubeObject): KubeObject {
  object.metadata.uid = "u";
  return object;
}

function owners(object: KubeObject): Record<string, string> {
  const entries = (object.metadata.managedFields ?? []) as JsonObject[];
  return Object.fromEntries(
    entries.map((entry) => [
      [entry.manager, entry.operation, entry.subresource, entry.time].filter((part) => part !== undefined).join(" "),
      (entry.fieldsV1 as RawJson).text,
    ]),
  );
}

describe("updates", () => {
  it("are tracked from the creation on", () => {
    const made = update(undefined, configMap({ a: "1" }), "me");
    expect(owners(made)).toEqual({ [`me Update ${NOW}`]: '{"f:data":{".":{},"f:a":{}}}' });
    const changed = update(made, configMap({ a: "1", b: "2" }), "you", "2020-01-01T00:00:09Z");
    expect(owners(changed)).toEqual({
      [`me Update ${NOW}`]: '{"f:data":{".":{},"f:a":{}}}',
      "you Update 2020-01-01T00:00:09Z": '{"f:data":{"f:b":{}}}',
    });
  });

  it("change no time when they change nothing", () => {
    const made = update(undefined, configMap({ a: "1" }), "me");
    expect(owners(update(made, configMap({ a: "1" }), "me", "2021-01-01T00:00:00Z"))).toEqual(owners(made));
  });

  it("are by unknown when nobody says who", () => {
    expect(Object.keys(owners(update(undefined, configMap({ a: "1" }), "")))).toEqual([`unknown Update ${NOW}`]);
  });

  it.each([[[]], [[{}]]])("forget all managers for %j", (managedFields) => {
    const made = update(undefined, configMap({ a: "1" }), "me");
    const reset = update(made, configMap({ a: "2" }, { managedFields }), "me");
    expect(reset.metadata.managedFields).toBeUndefined();
    expect(update(reset, configMap({ a: "3" }), "me").metadata.managedFields).toBeUndefined();
    expect(Object.keys(owners(apply(reset, configMap({ b: "1" }), "m1")))).toEqual([
      `m1 Apply ${NOW}`,
      `before-first-apply Update ${NOW}`,
    ]);
  });

  it("ignore managedFields that can't be read", () => {
    const made = update(undefined, configMap({ a: "1" }), "me");
    for (const entry of [
      { manager: "x", operation: "Nonsense", apiVersion: "v1", fieldsType: "FieldsV1" },
      { manager: "x", operation: "Update", fieldsType: "FieldsV1" },
      { manager: "x", operation: "Update", apiVersion: "v1" },
      { manager: "x", operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: { nope: {} } },
    ]) {
      expect(owners(update(made, configMap({ a: "1" }, { managedFields: [entry] }), "me"))).toEqual(owners(made));
    }
  });

  it("keep ten managers and merge the oldest of the others", () => {
    let object = update(undefined, configMap({ a: "1" }), "me");
    for (let index = 0; index < 14; index++) {
      const data = { ...(object.data as JsonObject), [`k${index}`]: "1" };
      object = update(object, configMap(data), `m${index}`, `2020-01-01T00:00:${10 + index}Z`);
    }
    const names = Object.keys(owners(object));
    expect(names).toHaveLength(10);
    expect(names[0]).toBe("ancient-changes Update 2020-01-01T00:00:14Z");
    expect(owners(object)[names[0]!]).toBe(
      '{"f:data":{".":{},"f:a":{},"f:k0":{},"f:k1":{},"f:k2":{},"f:k3":{},"f:k4":{}}}',
    );
  });

  it("sort entries by operation, time and manager", () => {
    let object = update(undefined, configMap({ a: "1" }), "z");
    object = update(object, configMap({ a: "1", b: "1" }), "y");
    object = apply(object, configMap({ c: "1" }), "x");
    expect(Object.keys(owners(object))).toEqual([`x Apply ${NOW}`, `y Update ${NOW}`, `z Update ${NOW}`]);
  });
});

describe("applies", () => {
  const refusal = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      if (error instanceof ApiError) return error.status;
    }
    throw new Error("not refused");
  };

  it("remove what the manager has given up and nobody else owns", () => {
    const made = apply(undefined, configMap({ a: "1", b: "1", c: "1" }), "m1");
    const shared = apply(made, configMap({ b: "1" }), "m2");
    expect(apply(shared, configMap({ c: "1" }), "m1").data).toEqual({ b: "1", c: "1" });
  });

  it("name everyone whose fields they would change, and change nothing", () => {
    const made = apply(undefined, configMap({ a: "1" }), "m1");
    const shared = update(made, configMap({ a: "1", b: "2" }), "upd");
    expect(refusal(() => apply(shared, configMap({ a: "9", b: "9" }), "m3"))).toEqual({
      code: 409,
      reason: "Conflict",
      message:
        'Apply failed with 2 conflicts: conflicts with "m1":\n- .data.a\nconflicts with "upd" using v1:\n- .data.b',
      details: {
        causes: [
          { reason: "FieldManagerConflict", message: 'conflict with "m1"', field: ".data.a" },
          { reason: "FieldManagerConflict", message: 'conflict with "upd" using v1', field: ".data.b" },
        ],
      },
    });
    expect(apply(shared, configMap({ a: "9", b: "9" }), "m3", true).data).toEqual({ a: "9", b: "9" });
  });

  it("take over from kubectl's client-side apply without a conflict", () => {
    const config = configMap({ a: "1" });
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(config) };
    const made = update(undefined, configMap({ a: "1" }, { annotations }), "kubectl-client-side-apply");
    expect(refusal(() => apply(made, configMap({ a: "2" }), "other")).code).toBe(409);
    const taken = apply(made, configMap({ a: "2" }), "kubectl");
    expect(taken.data).toEqual({ a: "2" });
    expect(taken.metadata.annotations?.["kubectl.kubernetes.io/last-applied-configuration"]).toBe(
      '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"x"}}\n',
    );
  });

  it.each<[string, JsonObject, number]>([
    ["invalid object type: /v1, Kind=Secret", { ...configMap({}), kind: "Secret" }, 400],
    ["invalid object type: /, Kind=", { metadata: { name: "x" } }, 400],
    ["metadata.managedFields must be nil", configMap({}, { managedFields: [] }), 400],
    [
      "failed to create typed patch object (/x; /v1, Kind=ConfigMap): .nope: field not declared in schema",
      { ...configMap({}), nope: 1 },
      500,
    ],
    [
      "failed to create typed patch object (/x; /v1, Kind=ConfigMap): .data: expected map, got &{[1]}",
      { ...configMap({}), data: [1] },
      500,
    ],
  ])("are refused: %s", (message, config, code) => {
    expect(refusal(() => apply(undefined, config, "m1"))).toMatchObject({ message, code });
  });

  it("never change what they were given", () => {
    const made = apply(undefined, configMap({ a: "1", b: "1" }), "m1");
    const before = structuredClone(JSON.stringify(made));
    apply(made, configMap({ a: "2" }), "m1");
    update(made, configMap({ a: "3" }), "m2");
    expect(JSON.stringify(made)).toBe(before);
  });
});

/** Where defaults or fields that mirror each other answer an apply, the next one meets another object. */
const KIND_WITHOUT_DEFAULTS = "ConfigMap";

function content(object: Json | undefined): Json | undefined {
  if (!isObject(object) || !isObject(object.metadata)) return object;
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}

describe("lives of objects", () => {
  it("are not changed by the same apply again", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seed) => {
        for (const { step, answer } of randomChain(seed, 6)) {
          const live = objectOf(answer);
          if (live === undefined || step.config === undefined || step.kind !== KIND_WITHOUT_DEFAULTS) continue;
          expect(content(objectOf(answerOf({ ...step, live, force: true })))).toEqual(content(live));
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("scale", () => {
  const entry = (name: string, operation: string, fields: unknown) => ({
    manager: name,
    operation,
    apiVersion: "apps/v1",
    time: NOW,
    fieldsType: "FieldsV1",
    fieldsV1: new RawJson(JSON.stringify(fields)),
  });
  const parent = [
    entry("both", "Apply", { "f:spec": { "f:replicas": {}, "f:selector": {} } }),
    entry("one", "Update", { "f:spec": { "f:replicas": {} } }),
    entry("none", "Update", { "f:spec": { "f:paused": {} } }),
  ];

  it("shows who owns replicas, and takes them from their owners", () => {
    const scale = new ScaleManagers(parent, "apps/v1", "spec.replicas");
    expect(scale.toScale()?.map((item) => [item.manager, item.apiVersion])).toEqual([
      ["both", "autoscaling/v1"],
      ["one", "autoscaling/v1"],
    ]);
    const written = [
      {
        ...entry("scaler", "Update", { "f:spec": { "f:replicas": {} } }),
        apiVersion: "autoscaling/v1",
        subresource: "scale",
      },
    ];
    const after = scale.toParent(written)?.map((item) => [item.manager, (item.fieldsV1 as RawJson).text, item.time]);
    expect(after).toEqual([
      ["both", '{"f:spec":{"f:selector":{}}}', NOW],
      ["scaler", '{"f:spec":{"f:replicas":{}}}', undefined],
      ["none", '{"f:spec":{"f:paused":{}}}', NOW],
    ]);
  });
});

describe("fields that a write can't change", () => {
  const all = fieldSet("metadata.labels", "spec.replicas", "status.phase", "metadata.ownerReferences");
  it.each([
    ["", "pods", "", '{"f:metadata":{"f:labels":{},"f:ownerReferences":{}},"f:spec":{"f:replicas":{}}}'],
    ["", "pods", "status", '{"f:metadata":{"f:labels":{}},"f:status":{"f:phase":{}}}'],
    ["apps", "deployments", "status", '{"f:metadata":{"f:ownerReferences":{}},"f:status":{"f:phase":{}}}'],
    ["storage.k8s.io", "volumeattachments", "status", '{"f:status":{"f:phase":{}}}'],
    ["", "configmaps", "", encodeFields(all)],
  ])("%s %s/%s", (group, resource, subresource, kept) => {
    expect(encodeFields(resetFilter(group, resource, subresource)(all))).toBe(kept);
  });
});
