import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../../src/codec/json/parse.js";
import type { Json, JsonObject } from "../../../src/kube/json.js";
import { printCells, printRow } from "../../../src/schema/printers/index.js";

interface Row extends JsonObject {
  now: number;
  cells: Json[];
  conditions: Json[];
  object: JsonObject & { apiVersion: string; kind: string; metadata: { name: string } };
}

const rows = parseJson(readFileSync(new URL("golden/rows.json", import.meta.url))) as Row[];

function kindOf({ apiVersion, kind }: Row["object"]) {
  const [group = "", version] = apiVersion.split("/");
  return version === undefined ? { group: "", version: group, kind } : { group, version, kind };
}

describe("rows that a real server printed", () => {
  it.each(rows.map((row) => [row.object.kind, row.object.metadata.name, row] as const))(
    "%s %s",
    (_kind, _name, row) => {
      const gvk = kindOf(row.object);
      // The answer's Date has whole seconds, so the clock may have been up to one second further.
      const readings = [row.now, row.now + 999].map((now) => printCells(gvk, row.object, now));
      expect(readings).toContainEqual(row.cells);
      expect(printRow(gvk, row.object).conditions).toEqual(row.conditions);
    },
  );
});
