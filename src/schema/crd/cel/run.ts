import {
  duplicate,
  errorText,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
} from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { goQuote } from "../../../kube/go-text.js";
import type { Json } from "../../../kube/json.js";
import type { RuleBudget, RuleFindings } from "../rules.js";
import type { Schema, ValidationRule } from "../schema.js";
import { CostExceeded, Frame } from "./lang/frame.js";
import type { Program } from "./lang/plan.js";
import { Breakdown, CelError, Optional, type Value } from "./lang/values.js";
import { withTypeAndObjectMeta } from "./objects/resource.js";
import { celValue } from "./objects/values.js";
import type { CompiledRule } from "./rule.js";

/** A node's rules and what they are about. */
export interface RulesOfValue {
  readonly schema: Schema;
  readonly isResource: boolean;
  readonly rules: readonly CompiledRule[];
  readonly unseen: boolean;
}

type Variables = readonly (Value | CelError)[];

const OUT_OF_BUDGET = "failed due to running out of cost budget, no further validation rules will be run";

/** The rules that a value breaks; upstream: schema/cel/validation.go, validateExpressions. */
export function brokenRules(
  of: RulesOfValue,
  value: Json,
  old: Json | undefined,
  path: FieldPath,
  unchanged: () => boolean,
  budget: RuleBudget,
): RuleFindings {
  const { schema, isResource, rules, unseen } = of;
  const findings: RuleFindings = { errors: [], warnings: [] };
  if (unseen) {
    const why = "failed to convert to declType for CEL validation rules";
    findings.errors.push(invalidValue(path, schema.type, `rule compiler initialization error: ${why}`));
  }
  if (rules.length === 0) return findings;
  if (budget.left === 0) {
    budget.exhaust();
    return { ...findings, errors: [invalidValue(path, schema.type, `validation ${OUT_OF_BUDGET}`)] };
  }
  const shape = isResource ? withTypeAndObjectMeta(schema) : schema;
  const [self, before] = [converted(value, shape), old === undefined ? undefined : converted(old, shape)];
  for (const rule of rules) {
    const error = evaluate(rule, self, before, path, of, budget);
    if (error?.broken && !rule.usesOldSelf && unchanged()) findings.warnings.push(errorText(error.broken));
    else if (error) findings.errors.push(error.broken ?? error.failed!);
    if (budget.exhausted) break;
  }
  return findings;
}

function converted(json: Json, schema: Schema): Value | CelError {
  try {
    return celValue(json, schema);
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}

/** `failed`: the rule could not be evaluated. */
interface Outcome {
  readonly broken?: FieldError;
  readonly failed?: FieldError;
}

function evaluate(
  rule: CompiledRule,
  self: Value | CelError,
  before: Value | CelError | undefined,
  path: FieldPath,
  { schema: { type }, rules }: RulesOfValue,
  budget: RuleBudget,
): Outcome | undefined {
  const { source, program } = rule;
  if (rule.problem !== undefined) return { failed: invalidValue(path, type, `rule compile error: ${rule.problem}`) };
  if (!program) return undefined;
  const optional = source.optionalOldSelf === true;
  if (rule.usesOldSelf && before === undefined && !optional) return undefined;
  const transitions = rules.some(({ usesOldSelf }) => usesOldSelf);
  const result = paid(program, [self, optional ? asOptional(before) : (before ?? null)], budget);
  if (result === undefined) return { failed: invalidValue(path, type, `validation ${OUT_OF_BUDGET}`) };
  if (result === true) return undefined;
  if (result instanceof CelError) return { failed: invalidValue(path, type, failure(result, source)) };
  if (result instanceof CostExceeded) {
    budget.exhaust();
    const why = "no further validation rules will be run due to call cost exceeds limit for rule";
    return { failed: invalidValue(path, type, `'${result.message}': ${why}: ${nameOf(source)}`) };
  }
  const at = rule.fieldPath === undefined ? path : path.child(rule.fieldPath);
  const message = messageOf(rule, [self, oldOfMessage(before, transitions)], budget);
  if (budget.exhausted) return { broken: invalidValue(at, type, message) };
  return { broken: ofReason(at, type, message, source.reason) };
}

/** What an expression gives or ends with; undefined: it cost more than there is left. */
function paid(program: Program, variables: Variables, budget: RuleBudget) {
  const frame = new Frame(variables);
  const result = attempt(program, frame);
  return budget.spend(frame.cost) ? result : undefined;
}

function attempt(program: Program, frame: Frame): Value | CelError | CostExceeded {
  try {
    return program(frame);
  } catch (error) {
    if (error instanceof CelError || error instanceof CostExceeded) return error;
    if (error instanceof Breakdown) return new CelError(`internal error: ${error.message}`);
    throw error;
  }
}

/** Messages see the old value as it is, and only where there are rules that see it. */
function oldOfMessage(before: Value | CelError | undefined, transitions: boolean): Value | CelError {
  return (transitions ? before : undefined) ?? new CelError("no such attribute(s): oldSelf");
}

function asOptional(value: Value | CelError | undefined): Value | CelError {
  if (value instanceof CelError) return value;
  return value === undefined ? Optional.none : new Optional(value);
}

function failure({ message }: CelError, source: ValidationRule): string {
  if (!message.startsWith("no such overload")) return `${message} evaluating rule: ${nameOf(source)}`;
  const what = "call arguments did not match a supported operator, function or macro signature";
  return `'${message}': ${what} for rule: ${nameOf(source)}`;
}

function nameOf({ message, rule }: ValidationRule): string {
  return (message === "" ? rule : message).trim();
}

const MAX_MESSAGE = 5 * 1024;

/** What the messageExpression says, if it says something that can be shown. Where it costs too much, that is told. */
function messageOf({ source, message }: CompiledRule, variables: Variables, budget: RuleBudget): string {
  const text = message?.program && said(message.program, source, variables, budget);
  if (text !== undefined) return text;
  return source.message === "" ? `failed rule: ${nameOf(source)}` : source.message.trim();
}

function said(program: Program, source: ValidationRule, variables: Variables, budget: RuleBudget): string | undefined {
  const value = paid(program, variables, budget);
  if (value === undefined) return `messageExpression evaluation ${OUT_OF_BUDGET}`;
  if (value instanceof CostExceeded) {
    budget.exhaust();
    const why = "no further validation rules will be run due to call cost exceeds limit for messageExpression";
    return `${why}: ${goQuote(source.messageExpression)}`;
  }
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" || text.includes("\n") || Buffer.byteLength(text) > MAX_MESSAGE ? undefined : text;
}

function ofReason(path: FieldPath, type: string, detail: string, reason: string | undefined): FieldError {
  switch (reason) {
    case "FieldValueForbidden":
      return forbiddenField(path, detail);
    case "FieldValueRequired":
      return required(path, detail);
    case "FieldValueDuplicate":
      return duplicate(path, type);
    default:
      return invalidValue(path, type, detail);
  }
}
