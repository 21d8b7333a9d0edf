import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import type { FieldDef, StructType, TypeRef } from "../model.js";
import type { Rule, Rules } from "./rule.js";

/** What a walk does where no struct's rule applies. */
export interface FieldHooks {
  /** For a field of a struct, e.g. to set its declared default. */
  field?(owner: StructType, field: FieldDef): Rule | undefined;
  /** For a map or list, instead of looking inside. */
  value?(owner: StructType, type: TypeRef): Visit | undefined;
}

export type Visit = (value: Json) => void;

/** What the structs of one type need, made once per type. */
interface Plan {
  readonly rules: readonly Rule[];
  readonly children: readonly Child[];
}

interface Child {
  readonly name: string;
  readonly visit: Visit;
  /** A struct that is no pointer: it is there, and has rules to follow, even when it is absent. */
  readonly always: boolean;
}

/** Runs rules on structs wherever a type has them; fields that lead to no rule are not visited. */
export class Walk {
  readonly #rules: Rules;
  readonly #hooks: FieldHooks;
  readonly #plans = new WeakMap<StructType, Plan>();
  readonly #reaching = new WeakMap<StructType, boolean>();

  constructor(rules: Rules, hooks: FieldHooks = {}) {
    this.#rules = rules;
    this.#hooks = hooks;
  }

  /** The struct's own rules first, then those of the structs inside, in the order of fields. Changes `value`. */
  run(value: JsonObject, type: StructType): void {
    const plan = this.#planOf(type);
    for (const rule of plan.rules) rule(value);
    for (const { name, visit, always } of plan.children) {
      const child = value[name];
      if (child !== undefined) {
        visit(child);
      } else if (always) {
        const made: JsonObject = {};
        visit(made);
        if (Object.keys(made).length > 0) value[name] = made;
      }
    }
  }

  #planOf(type: StructType): Plan {
    let plan = this.#plans.get(type);
    if (!plan) {
      plan = this.#makePlan(type);
      this.#plans.set(type, plan);
    }
    return plan;
  }

  #makePlan(type: StructType): Plan {
    const rules: Rule[] = [];
    const children: Child[] = [];
    const own = this.#rules[type.name];
    if (own) rules.push(own);
    for (const field of type.fields) {
      if (field.inline && field.type.kind === "struct") {
        const inner = this.#planOf(field.type.struct);
        rules.push(...inner.rules);
        children.push(...inner.children);
        continue;
      }
      const rule = this.#hooks.field?.(type, field);
      if (rule) rules.push(rule);
      const visit = this.#visitOf(type, field.type);
      if (visit) children.push({ name: field.name, visit, always: !field.pointer && field.type.kind === "struct" });
    }
    return { rules, children };
  }

  #visitOf(owner: StructType, type: TypeRef): Visit | undefined {
    const hooked = this.#hooks.value?.(owner, type);
    if (hooked) return hooked;
    if (type.kind === "scalar") return undefined;
    if (type.kind === "struct") {
      const { struct } = type;
      return this.#reachesRule(struct) ? (value) => isObject(value) && this.run(value, struct) : undefined;
    }
    const visit = this.#visitOf(owner, type.of);
    if (!visit) return undefined;
    return (value) => {
      for (const item of itemsOf(value)) visit(item ?? null);
    };
  }

  /** Types refer to themselves, so this looks at all types inside at once. */
  #reachesRule(start: StructType): boolean {
    const known = this.#reaching.get(start);
    if (known !== undefined) return known;
    const seen = new Set([start]);
    let found = false;
    for (const type of seen) {
      if (this.#rules[type.name] || type.fields.some((field) => this.#isHooked(type, field))) found = true;
      if (found) break;
      for (const field of type.fields) {
        const inner = structIn(field.type);
        if (inner) seen.add(inner);
      }
    }
    this.#reaching.set(start, found);
    return found;
  }

  #isHooked(owner: StructType, field: FieldDef): boolean {
    return this.#hooks.field?.(owner, field) !== undefined || this.#hooks.value?.(owner, field.type) !== undefined;
  }
}

function itemsOf(value: Json): readonly (Json | undefined)[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function structIn(type: TypeRef): StructType | undefined {
  if (type.kind === "struct") return type.struct;
  return type.kind === "scalar" ? undefined : structIn(type.of);
}
