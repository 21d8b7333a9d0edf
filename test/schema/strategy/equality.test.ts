import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../../src/kube/json.js";
import { semanticEqual } from "../../../src/schema/strategy/equality.js";
import { dropZeros } from "../../../src/schema/strategy/zeros.js";
import { loadTables } from "../../../src/schema/tables.js";

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;

describe("semantic equality", () => {
  test("holds between a value and its copy", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(semanticEqual(value, JSON.parse(JSON.stringify(value)) as Json)).toBe(true);
      }),
    );
  });

  test("does not depend on the side", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(semanticEqual(a, b)).toBe(semanticEqual(b, a));
      }),
    );
  });

  test.each<[Json | undefined, Json | undefined]>([
    [undefined, null],
    [undefined, []],
    [{}, undefined],
    [{ a: [] }, {}],
    [{ a: { b: null } }, undefined],
  ])("%j is as good as %j", (a, b) => {
    expect(semanticEqual(a, b)).toBe(true);
  });

  test("tells apart numbers that a double can not", () => {
    expect(semanticEqual(2n ** 60n, 2n ** 60n)).toBe(true);
    expect(semanticEqual(2n ** 60n, 2n ** 60n + 1n)).toBe(false);
  });

  test.each<[Json | undefined, Json | undefined]>([
    [undefined, 0],
    [undefined, ""],
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: 1 }, { b: 1 }],
    ["1", 1],
  ])("%j is not %j", (a, b) => {
    expect(semanticEqual(a, b)).toBe(false);
  });
});

describe("zeros", () => {
  const type = loadTables("1.34").struct("io.k8s.api.apps.v1.Deployment");
  const without = (object: JsonObject): JsonObject => {
    dropZeros(object, type);
    return object;
  };

  test("go where absent says the same", () => {
    const container = { name: "c", image: "", stdin: false };
    expect(without({ spec: { paused: false, template: { spec: { containers: [container] } } } })).toEqual({
      spec: { template: { spec: { containers: [{ name: "c" }] } } },
    });
  });

  test("stay behind pointers, in maps and in lists of scalars", () => {
    const object = {
      metadata: { labels: { a: "" } },
      spec: { replicas: 0, template: { spec: { containers: [{ name: "c", args: [""] }], hostUsers: false } } },
    };
    expect(without(JSON.parse(JSON.stringify(object)) as JsonObject)).toEqual(object);
  });
});
