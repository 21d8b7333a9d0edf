import fc from "fast-check";
import jsonpatch from "fast-json-patch";
import { describe, expect, it } from "vitest";
import { FloatLiteral, type Json, type JsonObject, RawJson } from "../../src/kube/json.js";
import { ApiError } from "../../src/kube/status.js";
import { applyJsonPatch, MAX_COPIED_BYTES, MAX_OPERATIONS } from "../../src/patch/json.js";
import { readJsonPatch } from "../../src/patch/shape.js";

function refusal(act: () => unknown): { code: number; reason: string; message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) {
      const { code, reason, message } = error.status;
      return { code, reason, message };
    }
    throw error;
  }
  throw new Error("was not refused");
}

const UNPROCESSABLE = {
  code: 422,
  reason: "Invalid",
  message: "the server rejected our request due to an error in our request",
};

describe("applyJsonPatch", () => {
  it("counts indexes from the end", () => {
    const apply = (op: JsonObject) => applyJsonPatch({ l: [1, 2, 3] }, [op]);
    expect(apply({ op: "add", path: "/l/-1", value: 9 })).toEqual({ l: [1, 2, 3, 9] });
    expect(apply({ op: "remove", path: "/l/-1" })).toEqual({ l: [1, 2] });
    expect(apply({ op: "replace", path: "/l/-3", value: 9 })).toEqual({ l: [9, 2, 3] });
    expect(refusal(() => apply({ op: "remove", path: "/l/-4" }))).toEqual(UNPROCESSABLE);
  });

  it("takes missing fields as the Go library does", () => {
    expect(applyJsonPatch({ a: 1 }, [{ op: "replace", path: "/b", value: 2 }])).toEqual({ a: 1, b: 2 });
    expect(applyJsonPatch({ a: 1 }, [{ op: "test", path: "/b", value: null }])).toEqual({ a: 1 });
    expect(applyJsonPatch({ a: 1 }, [{ op: "add", path: "/b" }])).toEqual({ a: 1, b: null });
    expect(applyJsonPatch({ a: 1 }, [{ op: "copy", from: "/c", path: "/b" }])).toEqual({ a: 1, b: null });
    expect(refusal(() => applyJsonPatch({ a: 1 }, [{ op: "remove", path: "/b" }]))).toEqual(UNPROCESSABLE);
  });

  it("compares numbers by what they are in Go", () => {
    const current = { big: 9007199254740993n, float: new FloatLiteral(1, "1.0") };
    const test = (path: string, value: Json) => applyJsonPatch(current, [{ op: "test", path, value }]);
    expect(test("/big", 9007199254740993n)).toEqual(current);
    expect(refusal(() => test("/big", 9007199254740992n)).code).toBe(422);
    expect(refusal(() => test("/float", 1)).code).toBe(422);
    expect(test("/float", new FloatLiteral(1, "1.0"))).toEqual(current);
  });

  it("reaches into what is otherwise kept verbatim", () => {
    const current = { raw: new RawJson('{"a":{"b":9007199254740993,"c":1}}'), other: new RawJson('{"x":1}') };
    expect(applyJsonPatch(current, [{ op: "remove", path: "/raw/a/c" }])).toEqual({
      raw: { a: { b: 9007199254740993n } },
      other: current.other,
    });
    expect(applyJsonPatch(current, [{ op: "test", path: "/other", value: { x: 1 } }])).toEqual(current);
  });

  it("treats keys that JavaScript knows as fields like any other", () => {
    const patched = applyJsonPatch({ a: 1 }, [
      { op: "add", path: "/__proto__", value: { polluted: true } },
      { op: "test", path: "/constructor", value: null },
    ]) as JsonObject;
    expect(Object.keys(patched).sort()).toEqual(["__proto__", "a"]);
    expect(Object.getPrototypeOf(patched)).toBe(Object.prototype);
    expect(({} as JsonObject).polluted).toBeUndefined();
  });

  it("bounds operations and copied bytes", () => {
    const operation = { op: "test", path: "/a", value: 1 };
    expect(applyJsonPatch({ a: 1 }, Array(MAX_OPERATIONS).fill(operation))).toEqual({ a: 1 });
    expect(refusal(() => applyJsonPatch({ a: 1 }, Array(MAX_OPERATIONS + 1).fill(operation)))).toEqual({
      code: 413,
      reason: "RequestEntityTooLarge",
      message: "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
    });
    const text = "x".repeat(MAX_COPIED_BYTES / 2);
    const copies = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ op: "copy", from: "/a", path: `/b${index}` }));
    expect(applyJsonPatch({ a: text }, copies(1))).toEqual({ a: text, b0: text });
    expect(refusal(() => applyJsonPatch({ a: text }, copies(2)))).toEqual(UNPROCESSABLE);
  });

  it("agrees with fast-json-patch where that agrees with RFC 6902", () => {
    const key = fc.constantFrom("a", "b", "c");
    const { doc } = fc.letrec<{ doc: JsonObject; value: Json }>((tie) => ({
      doc: fc.dictionary(key, tie("value"), { maxKeys: 3 }) as fc.Arbitrary<JsonObject>,
      value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.string(), fc.array(fc.integer(), { maxLength: 3 }), tie("doc")),
    }));
    fc.assert(
      fc.property(doc, doc, (before, after) => {
        const patch = jsonpatch.compare(before, after) as unknown as Json;
        const plain = JSON.parse(JSON.stringify(before)) as JsonObject;
        expect(applyJsonPatch(plain, patch)).toEqual(JSON.parse(JSON.stringify(after)));
      }),
    );
  });
});

describe("readJsonPatch", () => {
  it("says what a body is instead of a list of operations", () => {
    const message = (patch: Json, lenient = false) => refusal(() => readJsonPatch(patch, { lenient })).message;
    expect(message({})).toBe(
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    );
    expect(message("x", true)).toBe("json: cannot unmarshal string into Go value of type jsonpatch.Patch");
    expect(message([1])).toBe(
      "error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp",
    );
    expect(message([true], true)).toBe("json: cannot unmarshal bool into Go value of type jsonpatch.Operation");
    expect(message([{ op: 1 }])).toBe(
      "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
    );
  });

  it("reports unknown fields of operations", () => {
    const [operations, strictErrors] = readJsonPatch([{ op: "add", path: "/a", value: 1, extra: 2 }]);
    expect(operations).toHaveLength(1);
    expect(strictErrors).toEqual(['json patch unknown field "[0].extra"']);
    expect(readJsonPatch(null)).toEqual([[], []]);
  });
});
