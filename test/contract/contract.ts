import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isReal, openTarget, type Target } from "../helpers/target.js";
import type { Scenario } from "./case.js";
import { DIFFERENCES, THROUGH_TERMINATE } from "./differences.js";
import { type Outcome, ScenarioRun } from "./run.js";

type Golden = Record<string, Record<string, Outcome>>;

export interface Area {
  readonly name: string;
  readonly scenarios: readonly Scenario[];
}

let collected: Area[] | undefined;

/** From now on areas are only collected, and declare no tests. */
export function collectAreas(into: Area[]): void {
  collected = into;
}

/** With TARGET=real: writes what the real server answers instead of comparing it. */
const recording = isReal && process.env.RECORD === "1";

/** Which way of our proxy leads to the real server; nothing where it is asked directly. */
const through = process.env.THROUGH;
const instead = through === "terminate" ? THROUGH_TERMINATE : {};

const TRIES = 3;

/**
 * Declares an area's tests: each case's answer is what a real kube-apiserver answered when
 * `TARGET=real REAL_KUBECONFIG=… RECORD=1` ran the same case. Without RECORD, TARGET=real checks the recording; with
 * THROUGH=pipe or terminate the kubeconfig leads to the server through our proxy.
 */
export function contract(area: string, scenarios: readonly Scenario[]): void {
  if (collected) {
    collected.push({ name: area, scenarios });
    return;
  }
  const file = new URL(`golden/${area}.json`, import.meta.url);
  const all = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Golden) : {};
  const golden = (scenario: string) => {
    const answers = all[scenario] ?? {};
    const others = Object.entries(instead[area]?.[scenario] ?? {});
    return { ...answers, ...Object.fromEntries(others.map(([name, other]) => [name, answers[other]!])) };
  };
  const recorded: Golden = {};
  let target: Target;

  beforeAll(async () => {
    target = await openTarget();
  });
  afterAll(async () => {
    if (recording) writeFileSync(file, `${JSON.stringify(recorded, null, 1)}\n`);
    await target.close();
  });

  for (const scenario of scenarios) {
    describe(scenario.name, () => {
      let outcomes: Map<string, Outcome>;
      beforeAll(async () => {
        outcomes = await ask(target, scenario, golden(scenario.name));
        recorded[scenario.name] = Object.fromEntries(outcomes);
      });
      for (const { name, setup } of scenario.cases) {
        if (setup) continue;
        const differs = !isReal && DIFFERENCES[area]?.[scenario.name]?.includes(name);
        // One that no longer differs fails, and leaves the list.
        (differs ? it.fails : it)(name, () => {
          const outcome = outcomes.get(name);
          expect(outcome).toBeDefined();
          if (!recording) same(outcome!, golden(scenario.name)[name]);
        });
      }
    });
  }
}

/**
 * A real server does not always answer the same: its admission plugins read caches that are behind its writes, and some
 * messages come in the order of a Go map. Where its answers differ from the recorded ones it is asked again; ours isn't.
 */
async function ask(target: Target, scenario: Scenario, golden: Record<string, Outcome>) {
  const tries = isReal && !recording ? TRIES : 1;
  for (let attempt = 1; ; attempt++) {
    const outcomes = await new ScenarioRun(target).run(scenario);
    const differs = [...outcomes].some(([name, outcome]) => JSON.stringify(outcome) !== JSON.stringify(golden[name]));
    if (!differs || attempt >= tries) return outcomes;
  }
}

/** Values first, for a readable difference; then the texts, since the order of fields counts. */
function same(outcome: Outcome, expected: Outcome | undefined): void {
  expect(outcome).toEqual(expected);
  expect(JSON.stringify(outcome)).toBe(JSON.stringify(expected));
}
