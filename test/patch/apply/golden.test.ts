import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { answerOf, recordedAnswer, type Step } from "./steps.js";

const file = new URL("golden/steps.json", import.meta.url);
const lines = readFileSync(file, "utf8")
  .trim()
  .split("\n")
  .slice(1, -1)
  .map((line) => line.replace(/,$/, ""));

/** What kube-apiserver's field manager made of random writes; see test/oracle/apply. */
describe("recorded writes", () => {
  it.each(lines.map((line, index) => [index, line] as const))("%i", (_index, line) => {
    const { step } = JSON.parse(line) as { step: Step };
    const answer = line.slice(line.indexOf(',"answer":') + ',"answer":'.length, -1);
    expect(answerOf(step)).toEqual(recordedAnswer(answer));
  });
});
