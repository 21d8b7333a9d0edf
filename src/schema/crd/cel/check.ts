import { type FieldError, forbiddenField, internalFieldError, invalidValue } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { goRule } from "../checks/go-internal.js";
import type { Schema } from "../schema.js";
import { CRD_LIMIT, costMessage, RULE_LIMIT, TotalCost, timesOften } from "./budget.js";
import { type DeclaredType, declaredType, maxCardinality } from "./objects/declared.js";
import { escapeName } from "./objects/escape.js";
import { type CompiledRule, compileRule } from "./rule.js";

/** Where in a schema rules are compiled; upstream: apis/apiextensions/validation/cel_validation.go. */
export class RuleContext {
  readonly #schema: Schema;
  readonly #total: TotalCost;
  /** How often there may be such a value in one object; undefined: nothing says. */
  readonly #cardinality: number | undefined;
  readonly #inherited: () => DeclaredType | undefined;
  readonly #isResource: boolean;
  #declared: DeclaredType | undefined;

  private constructor(
    schema: Schema,
    isResource: boolean,
    total: TotalCost,
    cardinality: number | undefined,
    inherited: () => DeclaredType | undefined,
  ) {
    this.#schema = schema;
    this.#isResource = isResource;
    this.#total = total;
    this.#cardinality = cardinality;
    this.#inherited = inherited;
  }

  static root(schema: Schema): RuleContext {
    return new RuleContext(schema, true, new TotalCost(), 1, () => undefined);
  }

  property(name: string, schema: Schema): RuleContext {
    const escaped = escapeName(name);
    return this.#child(schema, () => (escaped === undefined ? undefined : this.#type()?.fields?.get(escaped)));
  }

  additional(schema: Schema): RuleContext {
    return this.#child(schema, () => this.#type()?.item);
  }

  items(schema: Schema): RuleContext {
    return this.#child(schema, () => this.#type()?.item);
  }

  /** Compiles the rules at this place. `uncorrelatable`: the node above within which they can't speak of oldSelf. */
  check(path: FieldPath, uncorrelatable: FieldPath | undefined): FieldError[] {
    const declared = this.#type();
    if (!declared) {
      const why = "failed to construct type information for x-kubernetes-validations rules";
      const cause = "unable to convert structural schema to CEL declarations";
      return [internalFieldError(path, `internal error: ${why}: ${cause}`)];
    }
    return this.#schema.rules.flatMap((source, index) => {
      const rule = compileRule(source, this.#schema, declared);
      return this.#ruleErrors(rule, declared, path.index(index), uncorrelatable);
    });
  }

  /** What all rules of the schema together cost too much. */
  totalErrors(path: FieldPath): FieldError[] {
    const { total, expensive } = this.#total;
    if (total <= CRD_LIMIT) return [];
    const why = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
    const what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
    return [
      ...expensive.map(({ path: at }) => forbiddenField(at, why)),
      forbiddenField(path, costMessage(what, total, CRD_LIMIT)),
    ];
  }

  #child(schema: Schema, inherited: () => DeclaredType | undefined): RuleContext {
    const often = elementsOf(this.#schema);
    const known = this.#cardinality !== undefined && often !== undefined;
    const cardinality = known ? timesOften(this.#cardinality!, often) : undefined;
    return new RuleContext(schema, schema.embeddedResource, this.#total, cardinality, inherited);
  }

  #type(): DeclaredType | undefined {
    this.#declared ??= this.#inherited() ?? declaredType(this.#schema, this.#isResource, "selfType");
    return this.#declared;
  }

  #ruleErrors(
    rule: CompiledRule,
    declared: DeclaredType,
    path: FieldPath,
    uncorrelatable: FieldPath | undefined,
  ): FieldError[] {
    const { source } = rule;
    const at = path.child("rule");
    const cost = timesOften(rule.cost, this.#cardinality ?? maxCardinality(declared));
    const errors = overBudget(at, "estimated rule cost", cost);
    this.#total.observe(at, cost);
    if (rule.problem !== undefined) errors.push(invalidValue(at, goRule(source), rule.problem));
    errors.push(...this.#messageErrors(rule, path.child("messageExpression")));
    if (rule.usesOldSelf && uncorrelatable) {
      const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
      errors.push(invalidValue(at, source.rule, why));
    } else if (!rule.usesOldSelf && source.optionalOldSelf !== undefined) {
      const why = "may not be set if oldSelf is not used in rule";
      errors.push(invalidValue(path.child("optionalOldSelf"), source.optionalOldSelf, why));
    }
    return errors;
  }

  #messageErrors({ source, message }: CompiledRule, at: FieldPath): FieldError[] {
    if (!message) return [];
    if (message.problem !== undefined) return [invalidValue(at, goRule(source), message.problem)];
    this.#total.observe(at, message.cost);
    return overBudget(at, "estimated messageExpression cost", message.cost);
  }
}

function overBudget(at: FieldPath, what: string, cost: number): FieldError[] {
  return cost > RULE_LIMIT ? [forbiddenField(at, costMessage(what, cost, RULE_LIMIT))] : [];
}

/** How many values a value of this schema holds directly, at most. */
function elementsOf({ type, additionalProperties, maxProperties, maxItems }: Schema): number | undefined {
  const limit = (max: number | undefined) => (max === undefined ? undefined : Math.max(max, 0));
  if (type === "array") return limit(maxItems);
  return type === "object" && additionalProperties ? limit(maxProperties) : 1;
}
