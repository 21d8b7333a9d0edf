import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseJson } from "../../../src/codec/json/parse.js";
import { FieldPath } from "../../../src/kube/field-path.js";
import { compileRules } from "../../../src/schema/crd/cel/rule-set.js";
import { RuleBudget } from "../../../src/schema/crd/rules.js";
import { BATCHES } from "../../schema/crd/cel/recorded/batches.js";
import { SCHEMA, VALUE } from "../../schema/crd/cel/recorded/fixture.js";
import { type Outcome, recording, ruleOf, titleOf } from "../../schema/crd/cel/recorded/pipeline.js";
import { schema } from "../../schema/crd/support.js";
import { type Oracle, runs, startOracle } from "../ask.js";

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

describe("a rule", () => {
  it("costs what it costs in cel-go", async () => {
    await fc.assert(
      fc.asyncProperty(condition, async (rule) => {
        const spec = { ...SCHEMA, "x-kubernetes-validations": [{ rule }] };
        const of = { type: "object", properties: { spec } };
        const budget = new RuleBudget(BUDGET);
        const found = compileRules(schema(of))!.validate(parseJson(OBJECT), undefined, FieldPath.of(), false, budget);
        const question = `{"schema":${JSON.stringify(of)},"object":${OBJECT},"limit":${LIMIT},"budget":${BUDGET}}`;
        const theirs = JSON.parse(await oracle.ask(question)) as { cost: number; errors: string[] };
        expect([budget.exhausted ? -1 : BUDGET - budget.left, found.errors.length]).toEqual([
          theirs.cost,
          theirs.errors.length,
        ]);
      }),
      runs(1_000),
    );
  });
});
