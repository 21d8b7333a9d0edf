import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { goJson } from "../../src/kube/go-text.js";
import { type Json, type JsonObject, RawJson } from "../../src/kube/json.js";
import { expandRaw } from "../../src/kube/raw-json.js";
import { METHODS, outcomeOf, type PatchCase, recorded, textOf } from "./outcome.js";

interface Entry {
  readonly case: PatchCase;
  readonly answer: JsonObject;
}

/** Answers of the Go libraries; test/oracle/patch records them. */
function entries(method: string): Entry[] {
  const text = readFileSync(new URL(`golden/${method}.json`, import.meta.url), "utf8");
  return expandRaw(new RawJson(text)) as unknown as Entry[];
}

describe.each(METHODS)("recorded %s patches", (method) => {
  it("come out as recorded, and leave what they were given alone", () => {
    const found = entries(method);
    expect(found.length).toBeGreaterThan(100);
    for (const { case: entry, answer } of found) {
      const before = goJson(entry as unknown as Json);
      expect(textOf(outcomeOf(entry)), before).toBe(textOf(recorded(method, answer)));
      expect(goJson(entry as unknown as Json)).toBe(before);
    }
  });
});
