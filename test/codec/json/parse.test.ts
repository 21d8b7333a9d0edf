import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeUntyped } from "../../../src/codec/json/encode.js";
import { DecodeError, JsonSyntaxError } from "../../../src/codec/json/errors.js";
import { jsonSyntaxMessage, parseJson } from "../../../src/codec/json/parse.js";
import { FloatLiteral, type JsonObject } from "../../../src/kube/json.js";

describe("parseJson", () => {
  it("keeps integers exact and tells floats from them", () => {
    const text = "[0,-0,9007199254740991,9007199254740992,-9223372036854775808,1.5,1.0,1e3,9223372036854775808]";
    expect(parseJson(text)).toEqual([
      0,
      0,
      9007199254740991,
      9007199254740992n,
      -9223372036854775808n,
      1.5,
      new FloatLiteral(1, "1.0"),
      new FloatLiteral(1000, "1e3"),
      new FloatLiteral(2 ** 63, "9223372036854775808"),
    ]);
  });

  it("refuses a number beyond float64", () => {
    expect(() => parseJson("1e400")).toThrow(
      new DecodeError("json: cannot unmarshal number 1e400 into Go value of type float64"),
    );
  });

  it("reports duplicate keys with their paths, in order, and lets the later value win", () => {
    const strict: string[] = [];
    const text = '{"metadata":{"labels":{"a":"1","b":"2","a":"3"}},"list":[{},{"x":1,"x":{"y":1,"y":2}}],"list":0}';
    expect(encodeUntyped(parseJson(text, { strict }))).toBe('{"list":0,"metadata":{"labels":{"a":"3","b":"2"}}}');
    expect(strict).toEqual([
      'duplicate field "metadata.labels.a"',
      'duplicate field "list[1].x.y"',
      'duplicate field "list[1].x"',
      'duplicate field "list"',
    ]);
  });

  it("stops collecting at a hundred findings", () => {
    const strict: string[] = [];
    const keys = Array.from({ length: 150 }, (_, i) => `"k${i}":1,"k${i}":2`);
    parseJson(`{${keys.join(",")}}`, { strict });
    expect(strict).toHaveLength(100);
  });

  it("treats __proto__ as a key like any other", () => {
    const value = parseJson('{"__proto__":{"polluted":true},"constructor":1}') as JsonObject;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect(encodeUntyped(value)).toBe('{"__proto__":{"polluted":true},"constructor":1}');
  });

  it("nests as deep as Go does and no deeper", () => {
    const deep = "[".repeat(10_000) + "]".repeat(10_000);
    expect(encodeUntyped(parseJson(deep))).toBe(deep);
    expect(() => parseJson(`[${deep}]`)).toThrow(new JsonSyntaxError("invalid character '[' exceeded max depth"));
    expect(jsonSyntaxMessage('{"a":'.repeat(10_001))).toBe("invalid character '{' exceeded max depth");
  });

  it("puts a replacement character for each byte that is not UTF-8", () => {
    const broken = Buffer.concat([Buffer.from('"a'), Buffer.from([0xe2, 0x82, 0xff]), Buffer.from('é"')]);
    expect(parseJson(broken)).toBe("a\ufffd\ufffd\ufffdé");
    expect(parseJson('"\\ud800\\u0041\\udc00 \\ud83d\\ude00"')).toBe("\ufffdA\ufffd 😀");
  });

  it("names a stray byte as Go does", () => {
    expect(jsonSyntaxMessage(Buffer.from([0x7b, 0xff]))).toBe(
      "invalid character 'ÿ' looking for beginning of object key string",
    );
    expect(jsonSyntaxMessage("[é")).toBe("invalid character 'Ã' looking for beginning of value");
  });

  it("reads what it writes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        const once = encodeUntyped(parseJson(text));
        expect(JSON.parse(once)).toEqual(JSON.parse(text));
        expect(encodeUntyped(parseJson(once))).toBe(once);
      }),
    );
  });

  it("answers random bytes with a value or with an error of its own", () => {
    const alphabet = [...'{}[]":,\\u0019.eE+-tfn a\u00e9\u0001'];
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.array(fc.constantFrom(...alphabet), { maxLength: 40 }).map((chars) => Buffer.from(chars.join(""))),
    );
    fc.assert(
      fc.property(noise, (bytes) => {
        let failed = "";
        try {
          parseJson(bytes);
        } catch (error) {
          expect(error instanceof JsonSyntaxError || error instanceof DecodeError).toBe(true);
          if (error instanceof JsonSyntaxError) failed = error.message;
        }
        expect(jsonSyntaxMessage(bytes)).toBe(failed);
      }),
      { numRuns: 2000 },
    );
  });
});
