import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseJson } from "../../../src/codec/json/parse.js";
import { errorText } from "../../../src/kube/field-errors.js";
import { FieldPath } from "../../../src/kube/field-path.js";
import { declaredType } from "../../../src/schema/crd/cel/objects/declared.js";
import { compileRule } from "../../../src/schema/crd/cel/rule.js";
import { compileRules } from "../../../src/schema/crd/cel/rule-set.js";
import { RuleBudget } from "../../../src/schema/crd/rules.js";
import { BATCHES } from "../../schema/crd/cel/recorded/batches.js";
import { SCHEMA, VALUE } from "../../schema/crd/cel/recorded/fixture.js";
import { type Outcome, recording, ruleOf, titleOf } from "../../schema/crd/cel/recorded/pipeline.js";
import { schema } from "../../schema/crd/support.js";
import { type Oracle, runs, startOracle } from "../ask.js";
import { message } from "./messages.js";

let oracle: Oracle;
beforeAll(() => {
  oracle = startOracle("cel");
});
afterAll(() => oracle.close());

const [LIMIT, BUDGET] = [1_000_000, 10_000_000];
const OBJECT = `{"spec":${VALUE.replaceAll("\n", "")}}`;

/** Go's maps have no order, so that loops over them may end sooner or later. */
const unordered = /self\.(map|counts|maps|object|free)\.(all|exists)/;

/** What rules cost that a real server took and evaluated. */
const CONDITIONS = BATCHES.filter(({ transition }) => !transition).flatMap(({ name, rules }) =>
  rules.flatMap((rule) => {
    const outcome: Outcome | undefined = recording[name]?.[titleOf(rule)];
    const { rule: source, messageExpression } = ruleOf(rule);
    const shown = typeof messageExpression === "string" ? `${messageExpression} != ''` : source;
    return outcome?.refused || source.includes("oldSelf") || source.trim() === "" || unordered.test(shown)
      ? []
      : [shown];
  }),
);

const condition = fc.letrec<{ any: string }>((tie) => {
  const one = tie("any");
  const two = fc.tuple(one, one);
  return {
    any: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      { weight: 3, arbitrary: fc.constantFrom(...CONDITIONS).map((source) => `(${source})`) },
      two.map(([a, b]) => `(${a} && ${b})`),
      two.map(([a, b]) => `(${a} || ${b})`),
      two.map(([a, b]) => `(${a} == ${b})`),
      fc.tuple(one, one, one).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      two.map(([a, b]) => `[${a}, ${b}].exists(e, e)`),
      one.map((a) => `!${a}`),
      one.map((a) => `self.objects.all(o, has(o.n) || ${a})`),
      one.map((a) => `self.objects.exists(o, o.n > 1 && ${a})`),
      one.map((a) => `self.words.map(w, ${a} ? w : 'x').size() > 1`),
      one.map((a) => `self.ints.filter(x, x > 1 || ${a}).size() > 1`),
      one.map((a) => `(self.?words.optMap(w, ${a}).orValue(true))`),
      two.map(([a, b]) => `((${a} ? self.object : {'a': 'b'}).a == 'b' || ${b})`),
    ),
  };
}).any;

/** What is said of a rule, what it costs, and what it may cost at most; types are numbered anew each time. */
interface Verdict {
  readonly cost: number;
  readonly errors: readonly string[];
  readonly worst: readonly number[];
}

/** How often the judge is asked about one rule at most: a coin that falls the same way so often is none. */
const ASKED = 20;

/** Sums near the greatest number are not exact here. */
const bounded = (cost: number) => Math.min(cost, 1e12);

async function verdicts(rule: string): Promise<readonly [ours: Verdict, theirs: Verdict]> {
  const spec = { ...SCHEMA, "x-kubernetes-validations": [{ rule }] };
  const of = { type: "object", properties: { spec } };
  const budget = new RuleBudget(BUDGET);
  const whole = schema(of);
  const found = compileRules(whole)!.validate(parseJson(OBJECT), undefined, FieldPath.of(), false, budget);
  const [part] = [whole.properties.get("spec")!];
  const { cost: worst } = compileRule(part.rules[0]!, part, declaredType(part, false, "selfType")!);
  const cost = budget.exhausted ? -1 : BUDGET - budget.left;
  const question = `{"schema":${JSON.stringify(of)},"object":${OBJECT},"limit":${LIMIT},"budget":${BUDGET}}`;
  const answer = (await oracle.ask(question)).replace(/selfType\d+/g, "selfType");
  const theirs = JSON.parse(answer) as Verdict;
  return [
    { cost, errors: found.errors.map(errorText), worst: [bounded(worst)] },
    { ...theirs, worst: theirs.worst.map(bounded) },
  ];
}

describe("a rule", () => {
  it("costs what it costs in cel-go", async () => {
    await fc.assert(
      fc.asyncProperty(condition, async (rule) => {
        const [ours, theirs] = await verdicts(rule);
        expect([ours.cost, ours.errors.length, ours.worst]).toEqual([theirs.cost, theirs.errors.length, theirs.worst]);
      }),
      runs(1_000),
    );
  });

  it("about messages is judged as by cel-go, in its words", async () => {
    await fc.assert(
      fc.asyncProperty(message, async (rule) => {
        let [ours, theirs] = await verdicts(rule);
        // Of two fields that both do not fit, Go tells the one that its random order of a map brings first.
        for (let asked = 1; asked < ASKED && !isDeepStrictEqual(ours, theirs); asked++) {
          [ours, theirs] = await verdicts(rule);
        }
        expect(ours).toEqual(theirs);
      }),
      runs(1_000),
    );
  });
});
