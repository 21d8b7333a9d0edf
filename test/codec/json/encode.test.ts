import { describe, expect, it } from "vitest";
import { decodeTyped, readTyped } from "../../../src/codec/json/decode.js";
import { encodeStored, encodeStoredUntyped, encodeTyped, encodeUntyped } from "../../../src/codec/json/encode.js";
import { DecodeError, JsonSyntaxError } from "../../../src/codec/json/errors.js";
import { parseJson } from "../../../src/codec/json/parse.js";
import { decodeProto } from "../../../src/codec/protobuf/decode.js";
import { encodeProto } from "../../../src/codec/protobuf/encode.js";
import { FloatLiteral, type KubeObject, RawJson } from "../../../src/kube/json.js";
import type { ObjectIndex } from "../../../src/store/store.js";
import { type GoldenObject, golden, tables, typeOf } from "../golden.js";

const index: ObjectIndex = { name: "a", namespace: "", uid: "u", labels: undefined, fields: undefined };

describe("typed JSON", () => {
  it.each(golden<GoldenObject>("objects.jsonl"))("writes $kind byte for byte as Go does", ({ kind, input, json }) => {
    const type = typeOf(kind);
    expect(encodeTyped(readTyped(input, type), type)).toBe(json);
    expect(encodeTyped(readTyped(Buffer.from(json), type, { strict: [] }), type)).toBe(json);
  });

  it.each(golden<GoldenObject>("objects.jsonl"))(
    "makes the same of $kind when it is parsed already",
    ({ kind, json }) => {
      const type = typeOf(kind);
      const value = parseJson(json);
      const before = encodeUntyped(value);
      // Verbatim text is gone once parsed: numbers and the order of keys are then those of Go's map[string]any.
      const again = encodeTyped(decodeTyped(value, type), type);
      expect(encodeTyped(readTyped(again, type), type)).toBe(again);
      if (kind[2] !== "ControllerRevision" && kind[2] !== "List" && kind[2] !== "CustomResourceDefinition") {
        expect(again).toBe(json);
      }
      expect(encodeUntyped(value)).toBe(before);
    },
  );

  it("fills in what Go writes for absent fields", () => {
    const pod = typeOf(["", "v1", "Pod"]);
    expect(encodeTyped({}, pod)).toBe('{"metadata":{},"spec":{"containers":null},"status":{}}');
    const spec = { containers: [{ name: "c", image: "" }], volumes: [], nodeSelector: {} };
    expect(encodeTyped({ spec }, pod)).toBe(
      '{"metadata":{},"spec":{"containers":[{"name":"c","resources":{}}]},"status":{}}',
    );
  });

  it("escapes like encoding/json", () => {
    const type = typeOf(["", "v1", "ConfigMap"]);
    const data = { k: '<&>"\\\b\f\n\r\t\u0000\u007f\u2028\u2029\ud800😀' };
    expect(encodeTyped({ data }, type)).toBe(
      '{"metadata":{},"data":{"k":"\\u003c\\u0026\\u003e\\"\\\\\\b\\f\\n\\r\\t\\u0000\u007f\\u2028\\u2029\ufffd😀"}}',
    );
  });

  it("sorts keys by their UTF-8 bytes", () => {
    const data = { "\u{10000}": "3", "\uff5e": "2", b: "1", a: "0", "10": "", "9": "" };
    expect(encodeUntyped(data)).toBe('{"10":"","9":"","a":"0","b":"1","\uff5e":"2","\u{10000}":"3"}');
  });
});

describe("nesting", () => {
  const schema = tables.struct("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps");

  it.each([
    ['{"properties":{"a":', "}}", 2],
    ['{"items":', "}", 1],
    ['{"allOf":[', "]}", 2],
  ])("of schemas in %s has a bound that every coder bears", (open, close, levels) => {
    const nested = (count: number) => `${open.repeat(count)}{}${close.repeat(count)}`;
    const most = nested(1000 / levels);
    const object = readTyped(most, schema);
    expect(encodeTyped(object, schema)).toBe(most);
    expect(encodeTyped(decodeTyped(parseJson(most), schema), schema)).toBe(most);
    const message = encodeProto(object, schema);
    const back = () => encodeTyped(decodeProto(message, schema), schema);
    // A union is one message more for protobuf than it is a level in JSON.
    if (levels === 1) expect(back).toThrow(new DecodeError("exceeded max depth"));
    else expect(back()).toBe(most);
    const more = nested(1000 / levels + 1);
    expect(() => readTyped(more, schema)).toThrow(new JsonSyntaxError("exceeded max depth"));
    expect(() => decodeTyped(parseJson(more), schema)).toThrow(new JsonSyntaxError("exceeded max depth"));
  });
});

describe("untyped JSON", () => {
  it("writes numbers as Go writes int64 and float64", () => {
    const numbers = [1, -5n, 2n ** 63n - 1n, 1.5, 1e21, 1e-7, 1e20, 0.000001, new FloatLiteral(1000, "1e3"), -0];
    expect(encodeUntyped(numbers)).toBe(
      "[1,-5,9223372036854775807,1.5,1e+21,1e-7,100000000000000000000,0.000001,1000,-0]",
    );
  });

  it("leaves verbatim text alone but for HTML", () => {
    expect(encodeUntyped({ a: new RawJson('{"z":1.0,"a":"<"}'), b: undefined })).toBe('{"a":{"z":1.0,"a":"\\u003c"}}');
  });
});

describe("the slot of the resourceVersion", () => {
  const meta = { name: 'x","resourceVersion":"9', uid: "u", labels: { resourceVersion: "1" } };

  it.each([undefined, "12"])("is cut out of a typed object that has %s", (resourceVersion) => {
    const type = typeOf(["", "v1", "ConfigMap"]);
    const metadata = resourceVersion === undefined ? meta : { ...meta, resourceVersion };
    const object: KubeObject = { kind: "ConfigMap", apiVersion: "v1", metadata };
    const { head, tail } = encodeStored(object, type, index);
    expect(head.toString().endsWith('"resourceVersion":"')).toBe(true);
    expect(tail.toString().startsWith('"')).toBe(true);
    const whole = `${head}77${tail}`;
    expect(whole).toBe(encodeTyped({ ...object, metadata: { ...meta, resourceVersion: "77" } }, type));
    expect(object.metadata.resourceVersion).toBe(resourceVersion);
  });

  it("is cut out of an object without a type, whatever stands before its metadata", () => {
    const object: KubeObject = {
      apiVersion: "lab.test/v1",
      kind: "Widget",
      binding: { resourceVersion: "1", metadata: { resourceVersion: "2" } },
      metadata: { ...meta, ownerReferences: [{ resourceVersion: "3" }] },
      zeta: 1,
    };
    const { head, tail } = encodeStoredUntyped(object, index);
    const whole = `${head}77${tail}`;
    expect(whole).toBe(encodeUntyped({ ...object, metadata: { ...object.metadata, resourceVersion: "77" } }));
  });
});

describe("what stores may have in common", () => {
  const long = "ü".repeat(5000);
  const part = (encoded: ReturnType<typeof encodeStored>) => {
    const [from, to] = encoded.common ?? [0, 0];
    return encoded.tail.subarray(from, to).toString();
  };
  const metadata = (managed = "") => ({
    name: "a",
    uid: "u",
    labels: { long: managed },
    annotations: { é: "\u2028" },
    creationTimestamp: "2026-01-01T00:00:00Z",
  });

  it("is the longest field beside the metadata, when it is long", () => {
    const type = typeOf(["", "v1", "ConfigMap"]);
    const object = (data: string, managed = ""): KubeObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata(managed),
      data: { b: data },
      binaryData: { a: "" },
    });
    expect(part(encodeStored(object(long), type, index))).toBe(`,"data":{"b":"${long}"}`);
    expect(part(encodeStored(object(long, long.repeat(2)), type, index))).toBe(`,"data":{"b":"${long}"}`);
    expect(encodeStored(object("short", long), type, index).common).toBeUndefined();
  });

  it("is found in objects without a type, too, behind the metadata", () => {
    const object = (rest: object) => ({ apiVersion: "a/v1", kind: "A", metadata: metadata(), ...rest }) as KubeObject;
    const found = encodeStoredUntyped(object({ spec: { long }, status: { é: 1 } }), index);
    expect(part(found)).toBe(`,"spec":{"long":"${long}"}`);
    expect(encodeStoredUntyped(object({ data: long }), index).common).toBeUndefined();
  });
});
