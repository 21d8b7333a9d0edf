import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTyped } from "../../../src/codec/json/decode.js";
import { encodeTyped } from "../../../src/codec/json/encode.js";
import { DecodeError } from "../../../src/codec/json/errors.js";
import { decodeProto } from "../../../src/codec/protobuf/decode.js";
import { encodeProto, hasProto } from "../../../src/codec/protobuf/encode.js";
import { decodeEnvelope, encodeEnvelope, transcodeToProto } from "../../../src/codec/protobuf/envelope.js";
import { type GoldenObject, golden, tables, typeOf } from "../golden.js";

const objects = golden<GoldenObject>("objects.jsonl");
const configMap = typeOf(["", "v1", "ConfigMap"]);
const pod = typeOf(["", "v1", "Pod"]);

describe("protobuf", () => {
  it.each(objects)("writes $kind byte for byte as Go does", ({ kind, json, proto }) => {
    expect(transcodeToProto(Buffer.from(json), typeOf(kind)).toString("hex")).toBe(proto);
  });

  it.each(objects)("reads $kind as its JSON reads", ({ kind, json, proto }) => {
    const { apiVersion, kind: name, raw } = decodeEnvelope(Buffer.from(proto, "hex"));
    const type = typeOf(kind);
    const object = { apiVersion, kind: name, ...decodeProto(raw, type) };
    // Protobuf has no empty lists; Go then has nil.
    const expected = json.replace('"ingress":[],', "");
    expect(encodeTyped(object, type)).toBe(expected);
    expect(encodeEnvelope(apiVersion, name, encodeProto(object, type)).toString("hex")).toBe(proto);
  });

  it("grows beyond its first buffer", () => {
    const data = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`key-${i}`, "é".repeat(i % 90)]));
    const object = decodeProto(encodeProto({ data }, configMap), configMap);
    expect(object).toEqual({ metadata: {}, data });
  });

  it("knows which types have no protobuf form", () => {
    const without = [...tables.typeNames].filter((name) => !hasProto(tables.struct(name)));
    expect(without.map((name) => name.split(".").at(-1))).toEqual([
      "Table",
      "TableColumnDefinition",
      "TableRow",
      "TableRowCondition",
      "Info",
    ]);
  });

  it("merges a message that comes in two parts and takes the last of two scalars", () => {
    const one = encodeProto({ metadata: { name: "a", labels: { x: "1" } } }, configMap);
    const two = encodeProto({ metadata: { name: "b", labels: { y: "2" } }, immutable: true }, configMap);
    expect(decodeProto(Buffer.concat([one, two]), configMap)).toEqual({
      metadata: { name: "b", labels: { x: "1", y: "2" } },
      immutable: true,
    });
  });

  it.each([
    ["", "empty data"],
    ["00010203", "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"],
    ["6b387300", "empty body"],
    ["6b3873000a", "unexpected EOF"],
    ["6b3873000f01", "proto: wrong wireType = 7 for field TypeMeta"],
    ["6b38730012ffffffffffffffffff01", "proto: negative length found during unmarshaling"],
    ["6b387300ffffffffffffffffffffff01", "proto: integer overflow"],
    ["6b38730004", "proto: Unknown: wiretype end group for non-group"],
    ["6b38730002", "proto: Unknown: illegal tag 0 (wire type 2)"],
  ])("refuses the envelope %s", (hex, message) => {
    expect(() => decodeEnvelope(Buffer.from(hex, "hex"))).toThrow(new DecodeError(message));
  });

  it.each([
    ["0a05", "unexpected EOF"],
    ["0805", "proto: wrong wireType = 0 for field ObjectMeta"],
    ["0a010c", "proto: ObjectMeta: wiretype end group for non-group"],
    ["fa0703", "unexpected EOF"],
    ["0a0642040a020807", "proto: wrong wireType = 2 for field Seconds"],
  ])("refuses the message %s", (hex, message) => {
    expect(() => decodeProto(Buffer.from(hex, "hex"), configMap)).toThrow(new DecodeError(message));
  });

  it("refuses verbatim fields that are not JSON, because they become part of JSON", () => {
    const revision = typeOf(["apps", "v1", "ControllerRevision"]);
    const bytes = Buffer.from("12060a047b226122", "hex");
    expect(() => decodeProto(bytes, revision)).toThrow(
      new DecodeError("json: error calling MarshalJSON for type runtime.RawExtension: unexpected end of JSON input"),
    );
  });

  it("answers random and damaged bytes with an object or a DecodeError", () => {
    const whole = objects.map(({ kind, proto }) => ({ type: typeOf(kind), bytes: Buffer.from(proto, "hex") }));
    const damage = fc.record({
      from: fc.constantFrom(...whole),
      cut: fc.nat(),
      flips: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(damage, ({ from, cut, flips }) => {
        const bytes = Buffer.from(from.bytes.subarray(0, from.bytes.length - (cut % 8)));
        for (const [at, value] of flips) bytes[4 + (at % (bytes.length - 4))] = value;
        try {
          const object = decodeProto(decodeEnvelope(bytes).raw, from.type);
          // Whatever was accepted can be stored, read again and sent.
          const json = encodeTyped(object, from.type);
          expect(encodeTyped(readTyped(json, from.type), from.type)).toBe(json);
          encodeProto(object, from.type);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 1500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeProto(Buffer.from(bytes), pod);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
