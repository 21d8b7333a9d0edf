import { readdirSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { areaTable, distinctCases, ENOUGH, NAMED_AREAS } from "./areas.js";
import { type Area, collectAreas } from "./contract.js";
import { DIFFERENCES, THROUGH_TERMINATE } from "./differences.js";

const areas: Area[] = [];

beforeAll(async () => {
  collectAreas(areas);
  const here = new URL(".", import.meta.url);
  const files = readdirSync(here).filter((name) => name.endsWith(".test.ts") && name !== "areas.test.ts");
  for (const file of files.sort()) await import(new URL(file, here).href);
});

describe("the contract suite", () => {
  it("has areas with names of their own", () => {
    console.log(areaTable(areas));
    expect(new Set(areas.map(({ name }) => name)).size).toBe(areas.length);
  });

  it.each(NAMED_AREAS)("has enough cases in %s", (name) => {
    const area = areas.find((each) => each.name === name);
    expect(area && distinctCases(area)).toBeGreaterThanOrEqual(ENOUGH);
  });

  it("knows the cases that differ", () => {
    for (const [name, scenarios] of Object.entries(DIFFERENCES)) {
      for (const [scenario, cases] of Object.entries(scenarios)) {
        const found = areas.find((area) => area.name === name)?.scenarios.find((each) => each.name === scenario);
        expect(found?.cases.map((each) => each.name)).toEqual(expect.arrayContaining([...cases]));
      }
    }
    for (const [name, scenarios] of Object.entries(THROUGH_TERMINATE)) {
      for (const [scenario, cases] of Object.entries(scenarios)) {
        const found = areas.find((area) => area.name === name)?.scenarios.find((each) => each.name === scenario);
        const known = found?.cases.map((each) => each.name);
        expect(known).toEqual(expect.arrayContaining([...Object.keys(cases), ...Object.values(cases)]));
      }
    }
  });
});
