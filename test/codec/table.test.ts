import { describe, expect, it } from "vitest";
import { listAnswer, objectAnswer } from "../../src/codec/answer.js";
import type { ApiError } from "../../src/kube/status.js";
import { configMaps, context, definition, JSON_PLAIN, NOW, pods, recorded, stored, text } from "./answer-fixtures.js";

const TABLE = { ...JSON_PLAIN, as: { kind: "Table", version: "v1" } as const };
const object = stored(recorded.json);
const PARTIAL = `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${recorded.metadata}}`;
const described = (index: number) => JSON.stringify(configMaps.columns[index]!.description);
const COLUMNS =
  `[{"name":"Name","type":"string","format":"name","description":${described(0)},"priority":0},` +
  `{"name":"Data","type":"string","format":"","description":${described(1)},"priority":0},` +
  `{"name":"Age","type":"string","format":"","description":${described(2)},"priority":0}]`;

function table(includeObject = "", now = NOW) {
  return text(objectAnswer(200, configMaps, object, { ...TABLE, includeObject }, context(now)));
}

function expected(row: string) {
  const head = '{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"317"}';
  return `${head},"columnDefinitions":${COLUMNS},"rows":[${row}]}\n`;
}

describe("Table", () => {
  it("has a row with cells and what is asked for of the object", () => {
    const cells = '{"cells":["a",1,"4m9s"],"object":';
    expect(table()).toBe(expected(`${cells}${PARTIAL}}`));
    expect(table("Metadata")).toBe(expected(`${cells}${PARTIAL}}`));
    expect(table("None")).toBe(expected(`${cells}null}`));
    expect(table("Object")).toBe(expected(`${cells}${recorded.json}}`));
  });

  it("keeps rows but not ages", () => {
    let now = NOW;
    const ctx = { ...context(), now: () => now };
    const row = () => /"cells":\[[^\]]*\]/.exec(text(objectAnswer(200, configMaps, object, TABLE, ctx)))?.[0];
    expect(row()).toBe('"cells":["a",1,"4m9s"]');
    const { size } = ctx.derived;
    expect(size).toBeGreaterThan(0);
    now += 3_600_000;
    expect(row()).toBe('"cells":["a",1,"64m"]');
    expect(ctx.derived.size).toBe(size);
  });

  it("refuses an includeObject that it doesn't know", () => {
    const status = { code: 400, reason: "BadRequest", message: expect.stringMatching(/^Unable to convert to Table/) };
    try {
      table("Huh");
      expect.unreachable();
    } catch (error) {
      expect((error as ApiError).status).toEqual(status);
      expect((error as ApiError).message).toBe(
        "Unable to convert to Table as requested: includeObject: Invalid value: \"Huh\": must be 'Metadata', 'Object', 'None', or empty",
      );
    }
  });

  it("says how far a list goes, and is empty rather than null", () => {
    const metadata = { resourceVersion: "5", continue: "next", remainingItemCount: 3 };
    const answer = listAnswer(
      configMaps,
      [],
      metadata,
      { ...TABLE, as: { kind: "Table", version: "v1beta1" } },
      context(),
    );
    expect(text(answer)).toBe(
      '{"kind":"Table","apiVersion":"meta.k8s.io/v1beta1",' +
        '"metadata":{"resourceVersion":"5","continue":"next","remainingItemCount":3},' +
        `"columnDefinitions":${COLUMNS},"rows":[]}\n`,
    );
  });

  it("has null for no rows where the kind has no printer", () => {
    const answer = listAnswer(definition("", "v1", "limitranges"), [], { resourceVersion: "5" }, TABLE, context());
    expect(text(answer)).toMatch(/"name":"Created At".*"rows":null\}\n$/);
  });

  it("marks completed pods by a condition between cells and object", () => {
    const pod = stored(
      '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","uid":"u","resourceVersion":"1"},"spec":{"containers":null},' +
        '"status":{"phase":"Succeeded"}}',
    );
    const answer = text(objectAnswer(200, pods, pod, { ...TABLE, includeObject: "None" }, context()));
    expect(answer).toContain(
      '"\\u003cnone\\u003e"],"conditions":[{"type":"Completed","status":"True","reason":"Succeeded",' +
        '"message":"The pod has completed successfully."}],"object":null}',
    );
  });

  it("lists flow schemas in the order in which they are matched", () => {
    const flowSchemas = definition("flowcontrol.apiserver.k8s.io", "v1", "flowschemas");
    const schema = (name: string, matchingPrecedence: number) =>
      stored(
        `{"kind":"FlowSchema","apiVersion":"flowcontrol.apiserver.k8s.io/v1","metadata":{"name":"${name}",` +
          `"uid":"${name}","resourceVersion":"1"},"spec":{"matchingPrecedence":${matchingPrecedence}},"status":{}}`,
      );
    const items = [schema("a", 900), schema("b", 5)];
    const answer = text(listAnswer(flowSchemas, items, { resourceVersion: "1" }, TABLE, context()));
    const rows = (JSON.parse(answer) as { rows: { cells: string[] }[] }).rows;
    expect(rows.map((row) => row.cells[0])).toEqual(["b", "a"]);
  });
});
