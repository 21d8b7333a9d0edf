import { describe, expect, it } from "vitest";
import type { Json } from "../../../src/kube/json.js";
import { tableColumns } from "../../../src/schema/crd/columns.js";
import { JsonPath } from "../../../src/schema/crd/json-path.js";

const value: Json = {
  spec: {
    n: 5,
    "a.b": "dotted",
    list: [
      { type: "A", v: 1 },
      { type: "Ready", v: 2 },
    ],
    empty: [],
  },
  status: { conditions: [{ type: "Ready", status: "True" }] },
};

const CASES: readonly (readonly [string, readonly Json[]])[] = [
  [".spec.n", [5]],
  [".spec.missing.deeper", []],
  [".spec['a.b']", ["dotted"]],
  [".spec.a\\.b", ["dotted"]],
  [".spec.list[0].type", ["A"]],
  [".spec.list[-1].v", [2]],
  [".spec.list[*].v", [1, 2]],
  [".spec.list[0:1].v", [1]],
  [".spec.list[0,1].v", [1, 2]],
  ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
  [".spec.list[?(@.v>1)].type", ["Ready"]],
  ["..v", [1, 2]],
  [".spec.list[*]['type','v']", ["A", "Ready", 1, 2]],
];

describe("a path of a printer column", () => {
  it.each(CASES)("%s", (path, expected) => {
    expect(JsonPath.parse(path).find(value)).toEqual(expected);
  });

  it("gives nothing where it does not fit", () => {
    expect(JsonPath.parse(".spec.n[0]").first(value)).toBeUndefined();
    expect(JsonPath.parse(".spec.list[7]").first(value)).toBeUndefined();
  });
});

describe("cells", () => {
  const column = (type: string, jsonPath: string) => ({
    name: "C",
    type,
    format: "",
    description: "",
    priority: 0,
    jsonPath,
  });
  const cell = (type: string, object: Json) => {
    const { print } = tableColumns([column(type, ".v")], String);
    return print({ metadata: { name: "n" }, v: object })[1];
  };

  it("have the type of their column, or are null", () => {
    expect(cell("integer", 5)).toBe(5);
    expect(cell("integer", 5.7)).toBe(5);
    expect(cell("integer", "5")).toBeNull();
    expect(cell("string", 5)).toBe("5");
    expect(cell("string", { b: 1, a: [true] })).toBe('{"a":[true],"b":1}');
    expect(cell("boolean", true)).toBe(true);
    expect(cell("date", "no date")).toBe("<invalid>");
  });

  it("show the age where a definition has no columns", () => {
    expect(tableColumns([], String).definitions.map(({ name }) => name)).toEqual(["Name", "Age"]);
  });

  it("are described as the metadata that they show, the definition's own by their path", () => {
    const { definitions } = tableColumns([column("string", ".v")], String);
    expect(definitions.map(({ description }) => description)).toEqual([
      "name",
      "Custom resource definition column (in JSONPath format): .v",
    ]);
    expect(tableColumns([], String).definitions[1]!.description).toBe("creationTimestamp");
  });
});
