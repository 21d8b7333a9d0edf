import { describe, expect, it } from "vitest";
import { decodeContinue, encodeContinue } from "../../src/verbs/continue-token.js";

const KEY = "invalid continue token: continue key is not valid: ";
const read = (text: string) => decodeContinue(Buffer.from(text).toString("base64url"));
const withRevision = (rv: string) => `{"v":"meta.k8s.io/v1","rv":${rv},"start":"/a"}`;

/** What a real server says of each. */
const REFUSED: readonly (readonly [string, string])[] = [
  [withRevision("1.5"), "json: cannot unmarshal number 1.5 into Go struct field continueToken.rv of type int64"],
  [withRevision("1e999"), "json: cannot unmarshal number 1e999 into Go struct field continueToken.rv of type int64"],
  [withRevision('"1"'), "json: cannot unmarshal string into Go struct field continueToken.rv of type int64"],
  [withRevision("0"), "incorrect encoded start resourceVersion (version meta.k8s.io/v1)"],
  ['{"v":1}', "json: cannot unmarshal number into Go struct field continueToken.v of type string"],
  ["[]", "json: cannot unmarshal array into Go value of type storage.continueToken"],
  ["null", "server does not recognize this encoded version "],
  [`${withRevision("1")} x`, "invalid character 'x' after top-level value"],
  ['{"v":"meta.k8s.io/v1","rv":1,"start":"/a/../b"}', "/a/../b"],
];

describe("continue tokens", () => {
  it("come back as they were", () => {
    const point = { revision: 7, start: "default/a\0" };
    expect(decodeContinue(encodeContinue(point))).toEqual(point);
    expect(read(withRevision("9223372036854775807"))).toEqual({ revision: 9223372036854775807n, start: "a" });
  });

  it("of a list that is out of date have no slash, as a real server's", () => {
    const token = "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiYlx1MDAwMCJ9";
    expect(encodeContinue({ revision: -1, start: "b\0" })).toBe(token);
    expect(decodeContinue(token)).toEqual({ revision: -1, start: "b\0" });
  });

  it.each(REFUSED)("%s is refused", (text, why) => {
    expect(() => read(text)).toThrow(`${KEY}${why}`);
  });

  it("are base64 without signs that URLs have a meaning for", () => {
    expect(() => decodeContinue("ab+c")).toThrow(`${KEY}illegal base64 data at input byte 2`);
  });
});
