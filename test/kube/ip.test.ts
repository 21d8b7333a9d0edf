import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatCidr, formatIp, parseCidr, parseIp } from "../../src/kube/ip.js";

describe("IP addresses", () => {
  test.each([
    ["10.0.0.1", "10.0.0.1"],
    ["::", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["fe80:0:1:0:1:0:1:0", "fe80:0:1:0:1:0:1:0"],
  ])("%s is %s", (text, canonical) => {
    expect(formatIp(parseIp(text)!)).toBe(canonical);
  });

  test.each(["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", ":::", "1::2::3", "12345::", "1.2.3.4/8", "g::"])(
    "%j is none",
    (text) => {
      expect(parseIp(text)).toBeUndefined();
    },
  );

  test("what is formatted reads as the same address", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseIp(text)!;
        expect(parseIp(formatIp(address))).toEqual(address);
      }),
    );
  });
});

describe("CIDRs", () => {
  test.each([
    ["10.0.0.0/24", 10n << 24n, (10n << 24n) + 255n],
    ["10.0.0.7/32", (10n << 24n) + 7n, (10n << 24n) + 7n],
    ["fd00::/120", 0xfd00n << 112n, (0xfd00n << 112n) + 255n],
  ])("%s goes from %d to %d", (text, first, last) => {
    const range = parseCidr(text)!;
    expect([range.first, range.last]).toEqual([first, last]);
    expect(formatCidr(range)).toBe(text);
  });

  test.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "x/8", "::/129"])("%j is none", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});
