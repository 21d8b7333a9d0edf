import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FieldPath } from "../../src/kube/field-path.js";
import * as names from "../../src/kube/names.js";

type Row = Readonly<
  Record<"dns1123Label" | "dns1123Subdomain" | "dns1035Label" | "qualifiedName" | "labelValue", string[]>
> & {
  readonly in: string;
};

/** What k8s.io/apimachinery v0.34.4 says of random names. */
const golden: { names: Row[] } = JSON.parse(readFileSync(new URL("./golden/names.json", import.meta.url), "utf8"));
const sources = { suffix: (length: number) => "x".repeat(length) };

describe("names", () => {
  test.each(golden.names)("$in is judged as upstream judges it", (row) => {
    expect({
      in: row.in,
      dns1123Label: names.isDns1123Label(row.in),
      dns1123Subdomain: names.isDns1123Subdomain(row.in),
      dns1035Label: names.isDns1035Label(row.in),
      qualifiedName: names.isQualifiedName(row.in),
      labelValue: names.isLabelValue(row.in),
    }).toEqual(row);
  });

  test.each([
    ["a", []],
    [".", ["may not be '.'"]],
    ["..", ["may not be '..'"]],
    ["a/b%c", ["may not contain '/'", "may not contain '%'"]],
  ])("%s as a path segment", (name, reasons) => {
    expect(names.isPathSegmentName(name)).toEqual(reasons);
  });

  test("a prefix of generated names may end in a dash", () => {
    expect(names.isGenerateNamePrefix("pod-", names.isDns1123Subdomain)).toEqual([]);
    expect(names.isGenerateNamePrefix("-", names.isDns1123Subdomain)).toHaveLength(1);
    expect(names.isGenerateNamePrefix("..", names.isPathSegmentName)).toEqual([]);
  });

  test("generated names leave room for five characters within 63", () => {
    expect(names.generatedName("pod-", sources)).toBe("pod-xxxxx");
    expect(names.generatedName("a".repeat(80), sources)).toBe(`${"a".repeat(58)}xxxxx`);
  });

  test("labels name the map, not the key", () => {
    const errors = names.checkLabels({ "a b": "c d" }, FieldPath.of("metadata", "labels"));
    expect(errors.map(({ field, badValue }) => [field, badValue])).toEqual([
      ["metadata.labels", "a b"],
      ["metadata.labels", "c d"],
    ]);
  });

  test("annotations have a limit in bytes, and keys whose case doesn't count", () => {
    const path = FieldPath.of("metadata", "annotations");
    expect(names.checkAnnotations({ "Example.com/a": "x" }, path)).toEqual([]);
    expect(names.checkAnnotations({ a: "ä".repeat(128 * 1024) }, path)).toEqual([
      { type: "FieldValueTooLong", field: "metadata.annotations", detail: "may not be more than 262144 bytes" },
    ]);
  });
});
