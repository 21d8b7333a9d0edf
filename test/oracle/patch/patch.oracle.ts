import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { goJson } from "../../../src/kube/go-text.js";
import { type Json, type JsonObject, RawJson } from "../../../src/kube/json.js";
import { expandRaw } from "../../../src/kube/raw-json.js";
import { caseOf, KINDS, METHODS, outcomeOf, recorded, textOf } from "../../patch/outcome.js";
import { type Oracle, runs, startOracle } from "../ask.js";
import { fromChoices } from "../tape.js";

let oracle: Oracle;
beforeAll(() => {
  oracle = startOracle("patch");
});
afterAll(() => oracle.close());

/** What json-patch and strategicpatch make of a case; several outcomes where that depends on the order of a Go map. */
describe("a patch comes out as kube-apiserver's library has it", () => {
  it.each(METHODS)("%s", async (method) => {
    const kinds = method === "strategic" ? KINDS : KINDS.slice(0, 1);
    const patchCase = fc.constantFrom(...kinds).chain((kind) => fromChoices((random) => caseOf(method, kind, random)));
    await fc.assert(
      fc.asyncProperty(patchCase, async (entry) => {
        const line = await oracle.ask(goJson(entry as unknown as Json));
        const { outcomes } = expandRaw(new RawJson(line)) as { outcomes: JsonObject[] };
        const theirs = outcomes.map((answer) => textOf(recorded(method, answer)));
        expect(theirs).toContain(textOf(outcomeOf(entry)));
      }),
      runs(1500),
    );
  });
});
