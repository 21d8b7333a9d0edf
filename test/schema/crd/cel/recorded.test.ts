import { describe, expect, test } from "vitest";
import { BATCHES } from "./recorded/batches.js";
import { ALL, judge, type Outcome, recording, titleOf } from "./recorded/pipeline.js";

/** By rule, so that a difference shows which. */
const outcomes = new Map<string, ReadonlyMap<string, Outcome>>();

for (const batch of BATCHES) {
  describe(`${batch.name}: rules are judged as a real kube-apiserver did`, () => {
    test.for([...batch.rules.map(titleOf), ALL])("%s", (title) => {
      let own = outcomes.get(batch.name);
      if (!own) {
        const titles = [...batch.rules.map(titleOf), ALL];
        own = new Map(judge(batch).map((outcome, index) => [titles[index]!, outcome]));
        outcomes.set(batch.name, own);
      }
      expect(own.get(title)).toEqual(recording[batch.name]?.[title]);
    });
  });
}
