import { describe, expect, it } from "vitest";
import { matchesFormat } from "../../../src/schema/crd/formats.js";

describe("formats", () => {
  it.each([
    ["a@b", true],
    ['"x y" <a@b.c>', true],
    ["A B <a@b>", true],
    ["  a@b ", true],
    ["a@[1.2.3.4]", true],
    ["a b@c", false],
  ])("take %j as an email address: %s", (text, fits) => {
    expect(matchesFormat("email", text)).toBe(fits);
  });

  it.each([
    ["1.5h", true],
    ["1.h", true],
    [".5s", true],
    ["3 days", true],
    ["5", false],
    ["1x", false],
  ])("take %j as a duration: %s", (text, fits) => {
    expect(matchesFormat("duration", text)).toBe(fits);
  });

  // Expressions that go back over what they have read would not end in a day.
  it.each(["a", "1", " ", ".", "a.", '"', '\\"', "a@", "<", "1 ", "-", "::", "0."])(
    "end for long texts of %j",
    (part) => {
      const long = part.repeat(500_000 / part.length);
      for (const format of [
        "email",
        "duration",
        "hostname",
        "uri",
        "ipv4",
        "ipv6",
        "cidr",
        "byte",
        "isbn",
        "datetime",
      ]) {
        for (const tail of ["!", "<", '"', ">"]) expect(matchesFormat(format, long + tail)).toBe(false);
      }
    },
  );
});
