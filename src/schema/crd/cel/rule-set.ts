import type { FieldError } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { goJson } from "../../../kube/go-text.js";
import { isObject, type Json } from "../../../kube/json.js";
import { fieldNames, fieldOf } from "../../../kube/json-access.js";
import { Correlation } from "../correlation.js";
import { keysOf } from "../list-type.js";
import { RuleBudget, type RuleFindings, type RuleSet } from "../rules.js";
import type { Schema } from "../schema.js";
import { type DeclaredType, declaredType } from "./objects/declared.js";
import { escapeName } from "./objects/escape.js";
import { type CompiledRule, compileRule } from "./rule.js";
import { brokenRules } from "./run.js";

/** A schema's node with rules at it or below. */
interface RuleNode {
  readonly schema: Schema;
  readonly isResource: boolean;
  readonly rules: readonly CompiledRule[];
  /** Rules stand where expressions can't see the value. */
  readonly unseen: boolean;
  readonly items: RuleNode | undefined;
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly additional: RuleNode | undefined;
  readonly allOf: readonly RuleNode[];
}

/** Undefined: there are no rules. */
export function compileRules(schema: Schema): RuleSet | undefined {
  if (!hasRules(schema)) return undefined;
  const root = nodeOf(schema, schema, true, declaredType(schema, true, "selfType"));
  return (
    root && {
      validate: (value, old, path, ratchets = false, budget = new RuleBudget()) =>
        new Run(budget).start(root, value, old, path, ratchets),
    }
  );
}

/** Those within allOf alone count for nothing, as upstream does not look there. */
function hasRules(schema: Schema): boolean {
  if (schema.rules.length > 0) return true;
  const { items, additionalProperties: extra, properties } = schema;
  return [items, extra?.schema, ...properties.values()].some((child) => child !== undefined && hasRules(child));
}

/** `rules` is the schema that the rules stand in, `schema` that of the value: the two differ within allOf. */
function nodeOf(
  rules: Schema,
  schema: Schema,
  isResource: boolean,
  declared: DeclaredType | undefined,
): RuleNode | undefined {
  const child = (of: Schema | undefined, at: Schema | undefined, type: DeclaredType | undefined) =>
    of && at && nodeOf(of, at, at.embeddedResource, type);
  const properties = new Map<string, RuleNode>();
  for (const [name, own] of rules.properties) {
    const at = schema.properties.get(name);
    const type = at && propertyType(name, at, declared);
    const node = type && child(own, at, type);
    if (node) properties.set(name, node);
  }
  const items = child(rules.items, schema.items, declared?.item);
  const [extra, extraAt] = [rules.additionalProperties?.schema, schema.additionalProperties?.schema];
  const additional = child(extra, extraAt, declared?.item);
  const allOf = rules.allOf.flatMap((each) => nodeOf(each, schema, isResource, declared) ?? []);
  if (rules.rules.length + properties.size + allOf.length === 0 && !items && !additional) return undefined;
  const compiled = declared ? rules.rules.map((rule) => compileRule(rule, schema, declared)) : [];
  const unseen = !declared && rules.rules.length > 0;
  return { schema, isResource, rules: compiled, unseen, items, properties, additional, allOf };
}

/** Fields that have a name and no type expressions see are left out altogether. */
function propertyType(name: string, schema: Schema, declared: DeclaredType | undefined): DeclaredType | undefined {
  const escaped = escapeName(name);
  if (escaped === undefined) return declaredType(schema, schema.embeddedResource, "selfType");
  return declared?.fields?.get(escaped);
}

/** Where an object was at the same place, and the nearest place above where that can be told. */
interface Ratchet {
  readonly current: Correlation | undefined;
  readonly nearest: Correlation | undefined;
}

const NONE: Ratchet = { current: undefined, nearest: undefined };

function keyOf({ current, nearest }: Ratchet, name: string): Ratchet {
  if (!current) return { current, nearest };
  // The two versions of an object are converted to one: nothing can be said about these.
  if (!nearest && (name === "apiVersion" || name === "kind")) return NONE;
  return { current: current.key(name), nearest: current };
}

function indexOf({ current, nearest }: Ratchet, index: number): Ratchet {
  return current ? { current: current.index(index), nearest: current } : { current, nearest };
}

/** One object against the rules; upstream: schema/cel/validation.go. */
class Run implements RuleFindings {
  readonly errors: FieldError[] = [];
  readonly warnings: string[] = [];
  readonly #budget: RuleBudget;

  constructor(budget: RuleBudget) {
    this.#budget = budget;
  }

  start(root: RuleNode, value: Json, old: Json | undefined, path: FieldPath, ratchets: boolean): RuleFindings {
    const current = ratchets && old !== undefined ? new Correlation(value, old, root.schema) : undefined;
    this.#check(root, value, old, path, { current, nearest: undefined });
    return this;
  }

  #check(node: RuleNode, value: Json, old: Json | undefined, path: FieldPath, ratchet: Ratchet): void {
    if (value === null || this.#budget.exhausted) return;
    const before = old ?? undefined;
    const unchanged = () => (ratchet.current ?? ratchet.nearest)?.unchanged ?? false;
    const broken = brokenRules(node, value, before, path, unchanged, this.#budget);
    this.errors.push(...broken.errors);
    this.warnings.push(...broken.warnings);
    if (this.#budget.exhausted) return;
    for (const each of node.allOf) {
      this.#check(each, value, before, path, { current: undefined, nearest: ratchet.nearest });
    }
    if (Array.isArray(value)) this.#checkItems(node, value, before, path, ratchet);
    else if (isObject(value)) this.#checkFields(node, value, before, path, ratchet);
  }

  #checkItems(node: RuleNode, value: Json[], old: Json | undefined, path: FieldPath, ratchet: Ratchet): void {
    const { items } = node;
    if (!items) return;
    const before = byKeys(node.schema, old);
    for (const [index, item] of value.entries()) {
      const key = goJson(keysOf(item, node.schema.listMapKeys));
      this.#check(items, item, before.get(key), path.index(index), indexOf(ratchet, index));
    }
  }

  #checkFields(node: RuleNode, value: Json, old: Json | undefined, path: FieldPath, ratchet: Ratchet): void {
    if (!isObject(value)) return;
    const previous = (name: string) => (isObject(old) ? fieldOf(old, name) : undefined);
    for (const name of fieldNames(value)) {
      const field = fieldOf(value, name)!;
      if (node.additional) {
        this.#check(node.additional, field, previous(name), path.key(name), keyOf(ratchet, name));
      }
      const property = node.properties.get(name);
      if (property) this.#check(property, field, previous(name), path.child(name), keyOf(ratchet, name));
    }
  }
}

/** Only the elements of lists of type map can be told from each other. */
function byKeys(schema: Schema, old: Json | undefined): ReadonlyMap<string, Json> {
  if (schema.listType !== "map" || !Array.isArray(old)) return new Map();
  return new Map(old.map((item) => [goJson(keysOf(item, schema.listMapKeys)), item]));
}
