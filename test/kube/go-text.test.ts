import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byteOrdered, compareUtf8, goFloat, goJson, goQuote, parseInt64, parseUint64 } from "../../src/kube/go-text.js";

/** What Go 1.24 writes. */
const golden: { quotes: [string, string][]; floats: [string, string, string][] } = JSON.parse(
  readFileSync(new URL("./golden/go-text.json", import.meta.url), "utf8"),
);

describe("Go's texts", () => {
  test.each(golden.quotes)("%j in quotes", (text, quoted) => {
    expect(goQuote(text)).toBe(quoted);
  });

  test.each(golden.floats)("%s by fmt and by encoding/json", (literal, printed, json) => {
    expect(goFloat(Number(literal))).toBe(printed);
    expect(goJson(Number(literal))).toBe(json);
  });

  test("integers are bounded and decimal", () => {
    expect(parseInt64("+12")).toEqual({ value: 12n });
    expect(parseInt64("0x1")).toEqual({ error: 'strconv.ParseInt: parsing "0x1": invalid syntax' });
    expect(parseInt64("9223372036854775808")).toEqual({
      error: 'strconv.ParseInt: parsing "9223372036854775808": value out of range',
    });
    expect(parseUint64("18446744073709551615")).toEqual({ value: 18446744073709551615n });
    expect(parseUint64("-1")).toEqual({ error: 'strconv.ParseUint: parsing "-1": invalid syntax' });
  });

  test("strings order as their UTF-8 bytes do, and prefixes stay prefixes", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 6 });
    const mixed = fc.oneof(text, fc.stringMatching(/^[\u{ff00}-\u{ffee}\u{1f600}-\u{1f640}a]{0,4}$/u));
    fc.assert(
      fc.property(mixed, mixed, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(byteOrdered(a + b).startsWith(byteOrdered(a))).toBe(true);
      }),
    );
  });
});
