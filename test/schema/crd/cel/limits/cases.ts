import { existsSync, readFileSync } from "node:fs";
import { parseJson } from "../../../../../src/codec/json/parse.js";
import { errorText } from "../../../../../src/kube/field-errors.js";
import { FieldPath } from "../../../../../src/kube/field-path.js";
import { compileRules } from "../../../../../src/schema/crd/cel/rule-set.js";
import { schema } from "../../support.js";

/** Rules about a value that can be made as large as it takes for them to cost too much. */
export interface LimitCase {
  readonly title: string;
  readonly schema: Readonly<Record<string, unknown>>;
  /** As large as the schema lets it be, which is more than it may cost. */
  readonly most: number;
  value(size: number): unknown;
}

/** The largest size that is still judged, and what is said of it and of the next one. */
export interface Limit {
  readonly size: number;
  readonly fits: readonly string[];
  readonly exceeds: readonly string[];
}

export const FILE = new URL("golden.json", import.meta.url);
export const recording: Readonly<Record<string, Limit>> = existsSync(FILE)
  ? JSON.parse(readFileSync(FILE, "utf8"))
  : {};

type Rules = readonly (string | Readonly<Record<string, unknown>>)[];
const validations = (rules: Rules) => rules.map((rule) => (typeof rule === "string" ? { rule } : rule));
const rows = (size: number) => Array.from({ length: size }, (_, index) => index);

function numbers(title: string, maxItems: number, ...rules: Rules): LimitCase {
  const list = { type: "array", maxItems, items: { type: "integer" } };
  return { title, schema: { ...list, "x-kubernetes-validations": validations(rules) }, most: maxItems, value: rows };
}

function words(title: string, maxItems: number, ...rules: Rules): LimitCase {
  const list = { type: "array", maxItems, items: { type: "string", maxLength: 10 } };
  const value = (size: number) => rows(size).map((index) => `w${index}ä`);
  return { title, schema: { ...list, "x-kubernetes-validations": validations(rules) }, most: maxItems, value };
}

function text(title: string, maxLength: number, ...rules: Rules): LimitCase {
  const value = (size: number) => "a".repeat(size);
  return {
    title,
    schema: { type: "string", maxLength, "x-kubernetes-validations": validations(rules) },
    most: maxLength,
    value,
  };
}

function map(title: string, maxProperties: number, ...rules: Rules): LimitCase {
  const object = { type: "object", maxProperties, additionalProperties: { type: "string", maxLength: 10 } };
  const value = (size: number) => Object.fromEntries(rows(size).map((index) => [`k${index}`, `v${index}`]));
  return { title, schema: { ...object, "x-kubernetes-validations": validations(rules) }, most: maxProperties, value };
}

const NESTED = "self.all(x, self.all(y, x + y >= 0))";

export const CASES: readonly LimitCase[] = [
  numbers("loops within loops", 500, NESTED),
  numbers("exists", 500, "!self.exists(x, self.exists(y, x == y + 1000000))"),
  numbers("exists_one", 520, "!self.exists_one(x, self.exists_one(y, x == y + 1000000))"),
  numbers("map and filter", 400, "self.map(x, self.filter(y, y > x).size()).size() >= 0"),
  numbers("sets", 2000, "sets.contains(self, self)"),
  numbers("in", 2000, "self.all(x, x in self)"),
  numbers("sum", 2000, "self.all(x, self.sum() >= 0)"),
  numbers("optional elements", 500, "self.all(x, self.all(y, self[?x].orValue(1) == x))"),
  numbers("a condition", 500, "self.all(x, self.all(y, x > y ? true : y >= x))"),
  numbers("two variables", 500, "self.all(i, x, self.all(j, y, i + j == x + y))"),
  numbers("a message", 500, { rule: "false", messageExpression: `'%s'.format([${NESTED}])` }),
  numbers("a message instead of another", 500, {
    rule: "false",
    message: "no",
    messageExpression: `string(${NESTED})`,
  }),
  words("texts", 400, "self.all(x, self.all(y, x.startsWith('w') && y.contains('w')))"),
  words("patterns", 330, "self.all(x, self.all(y, x.matches('^w[0-9]+.$') && y.find('[0-9]+') != ''))"),
  words("joined", 1200, "self.all(x, self.join(',').size() > 0)"),
  words("formatted", 400, "self.all(x, self.all(y, '%s%s'.format([x, y]) != ''))"),
  words("Kubernetes' functions", 310, "self.all(x, self.all(y, !isIP(x) && !isQuantity(y) && !isCIDR(y)))"),
  words("equal lists", 500, "self.all(x, self == self.map(y, y))"),
  map("a map's values", 500, "self.all(k, self.all(l, self[k] != self[l] || k == l))"),
  map("made maps", 500, "self.all(k, self.transformMap(l, v, v + l).size() >= 0)"),
  text("one pattern", 300_000, `self.matches('^${"(a+b?)*".repeat(25)}$')`),
  text("no more rules", 300_000, `self.matches('^${"(a+b?)*".repeat(25)}$')`, "self == ''"),
  numbers("all rules together", 420, ...Array.from({ length: 12 }, (_, index) => `${NESTED} || ${index} == 0`)),
  numbers("all rules and a message", 420, ...Array.from({ length: 11 }, (_, index) => `${NESTED} || ${index} == 0`), {
    rule: "false",
    messageExpression: `'%s'.format([${NESTED}])`,
  }),
];

export const GROUP = "limits.example.com";

export function crd() {
  const properties = Object.fromEntries(CASES.map((each, index) => [`e${index}`, each.schema]));
  const openAPIV3Schema = { type: "object", properties: { spec: { type: "object", properties } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `limits.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Cluster",
      names: { plural: "limits", singular: "limit", kind: "Limit", listKind: "LimitList" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

export const object = (index: number, value: unknown) => ({
  apiVersion: `${GROUP}/v1`,
  kind: "Limit",
  metadata: { name: "o" },
  spec: { [`e${index}`]: value },
});

/** Our own verdicts on a case. */
export function judge(index: number): (size: number) => readonly string[] {
  const rules = compileRules(schema(crd().spec.versions[0]!.schema.openAPIV3Schema))!;
  const each = CASES[index]!;
  return (size) => {
    const value = parseJson(JSON.stringify(object(index, each.value(size))));
    return rules.validate(value, undefined, FieldPath.of()).errors.map(errorText);
  };
}
