import { existsSync, readFileSync } from "node:fs";
import { parseJson } from "../../../../../src/codec/json/parse.js";
import { errorText } from "../../../../../src/kube/field-errors.js";
import { FieldPath } from "../../../../../src/kube/field-path.js";
import type { JsonObject } from "../../../../../src/kube/json.js";
import { compileRules } from "../../../../../src/schema/crd/cel/rule-set.js";
import { definitionChecks } from "../../../../../src/schema/crd/checks/index.js";
import { definition, reader, schema } from "../../support.js";
import { OLD, SCHEMA, VALUE } from "./fixture.js";

/** x-kubernetes-validations, as they are written. */
export type Rule = Readonly<Record<string, unknown>> & { readonly rule: string };

/** Rules about the fixture's value, all judged at once, each at a property of its own. */
export interface Batch {
  readonly name: string;
  /** There was a value before. */
  readonly transition?: boolean;
  readonly rules: readonly (Rule | string)[];
}

export interface Outcome {
  /** What the definition was refused with. */
  readonly refused?: readonly string[];
  /** What the object was refused with. */
  readonly broken?: readonly string[];
  readonly warned?: readonly string[];
}

/** Stands for what is said of all rules of a batch together. */
export const ALL = "all together";

/** By batch and rule. */
export type Recording = Record<string, Record<string, Outcome>>;

export const FILE = new URL("golden.json", import.meta.url);
export const recording: Recording = existsSync(FILE) ? JSON.parse(readFileSync(FILE, "utf8")) : {};

export function ruleOf(rule: Rule | string): Rule {
  return typeof rule === "string" ? { rule } : rule;
}

/** The rule as the recording names it. */
export function titleOf(rule: Rule | string): string {
  return typeof rule === "string" ? rule : JSON.stringify(rule);
}

export const GROUP = "rules.example.com";

/** A definition whose spec has one property for each of the rules; undefined rules leave theirs out. */
export function crd(plural: string, rules: readonly (Rule | undefined)[]): JsonObject {
  const property = (rule: Rule) => ({ ...SCHEMA, "x-kubernetes-validations": [rule] });
  const properties = Object.fromEntries(rules.map((rule, index) => [`e${index}`, rule && property(rule)]));
  const openAPIV3Schema = { type: "object", properties: { spec: { type: "object", properties } } };
  const kind = plural.slice(0, 1).toUpperCase() + plural.slice(1, -1);
  return JSON.parse(
    JSON.stringify({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `${plural}.${GROUP}` },
      spec: {
        group: GROUP,
        scope: "Cluster",
        names: { plural, singular: plural.slice(0, -1), kind, listKind: `${kind}List` },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
        conversion: { strategy: "None" },
      },
    }),
  ) as JsonObject;
}

/** The text of an object with a value for each of the rules. */
export function objectText(plural: string, count: number, value: string, more = ""): string {
  const kind = plural.slice(0, 1).toUpperCase() + plural.slice(1, -1);
  const spec = Array.from({ length: count }, (_, index) => `"e${index}":${value}`).join(",");
  return `{"apiVersion":"${GROUP}/v1","kind":"${kind}","metadata":{"name":"o"${more}},"spec":{${spec}}}`;
}

const PROPERTY = /^spec\.(?:e|validation\.openAPIV3Schema\.properties\[spec\]\.properties\[e)(\d+)\]?\.?/;

/** Errors by the number of their rule, without the way to it. */
export function byRule(errors: readonly string[]): Map<number, string[]> {
  const out = new Map<number, string[]>();
  for (const error of errors) {
    const index = Number(PROPERTY.exec(error)?.[1] ?? -1);
    const text = index < 0 ? error : error.replace(PROPERTY, "");
    out.set(index, [...(out.get(index) ?? []), text]);
  }
  return out;
}

const checks = definitionChecks(reader);

/** Our own outcomes of a batch, in the order of its rules; those of all together are the last. */
export function judge({ rules, transition }: Batch): Outcome[] {
  const all = rules.map(ruleOf);
  const status = { storedVersions: ["v1"], acceptedNames: { kind: "", plural: "" } };
  const refused = byRule(checks.validateCreate!(definition({ ...crd("rules", all), status })).map(errorText));
  const fine = all.map((rule, index) => (refused.has(index) ? undefined : rule));
  const [version] = (crd("rules", fine) as unknown as Crd).spec.versions;
  const set = compileRules(schema(version!.schema.openAPIV3Schema));
  const value = parseJson(objectText("rules", rules.length, VALUE));
  const old = transition ? parseJson(objectText("rules", rules.length, OLD)) : undefined;
  const found = set?.validate(value, old, FieldPath.of(), true);
  const broken = byRule((found?.errors ?? []).map(errorText));
  const warned = byRule([...(found?.warnings ?? [])]);
  return [...all.keys(), -1].map((index) => outcome(refused.get(index), broken.get(index), warned.get(index)));
}

interface Crd {
  readonly spec: { readonly versions: readonly { schema: { openAPIV3Schema: unknown } }[] };
}

export function outcome(refused?: string[], broken?: string[], warned?: string[]): Outcome {
  return { ...(refused && { refused }), ...(broken && { broken }), ...(warned && { warned }) };
}
