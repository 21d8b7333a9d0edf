import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chainOf } from "../../patch/apply/random-steps.js";
import { recordedAnswer } from "../../patch/apply/steps.js";
import { type Oracle, runs, startOracle } from "../ask.js";
import { fromChoices } from "../tape.js";

const LENGTH = 8;

let oracle: Oracle;
beforeAll(() => {
  oracle = startOracle("apply");
});
afterAll(() => oracle.close());

describe("the life of an object", () => {
  it("has the managers and the content that kube-apiserver's field manager gives it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fromChoices((random) => chainOf(random, LENGTH), 2000),
        async (chain) => {
          for (const { step, answer } of chain) {
            expect(answer).toEqual(recordedAnswer(await oracle.ask(JSON.stringify(step))));
          }
        },
      ),
      runs(150),
    );
  });
});
