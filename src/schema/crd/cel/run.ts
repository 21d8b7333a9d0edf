import {
  duplicate,
  errorText,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
} from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { Json } from "../../../kube/json.js";
import type { RuleFindings } from "../rules.js";
import type { Schema, ValidationRule } from "../schema.js";
import { CelError, Optional, type Value } from "./lang/values.js";
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

/** The rules that a value breaks; upstream: schema/cel/validation.go, validateExpressions. */
export function brokenRules(
  of: RulesOfValue,
  value: Json,
  old: Json | undefined,
  path: FieldPath,
  unchanged: () => boolean,
): RuleFindings {
  const { schema, isResource, rules, unseen } = of;
  const findings: RuleFindings = { errors: [], warnings: [] };
  if (unseen) {
    const why = "failed to convert to declType for CEL validation rules";
    findings.errors.push(invalidValue(path, schema.type, `rule compiler initialization error: ${why}`));
  }
  if (rules.length === 0) return findings;
  const shape = isResource ? withTypeAndObjectMeta(schema) : schema;
  const [self, before] = [converted(value, shape), old === undefined ? undefined : converted(old, shape)];
  for (const rule of rules) {
    const error = evaluate(rule, self, before, path, of);
    if (!error) continue;
    if (error.broken && !rule.usesOldSelf && unchanged()) findings.warnings.push(errorText(error.broken));
    else findings.errors.push(error.broken ?? error.failed!);
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
): Outcome | undefined {
  const { source, program } = rule;
  if (rule.problem !== undefined) return { failed: invalidValue(path, type, `rule compile error: ${rule.problem}`) };
  if (!program) return undefined;
  const optional = source.optionalOldSelf === true;
  if (rule.usesOldSelf && before === undefined && !optional) return undefined;
  const transitions = rules.some(({ usesOldSelf }) => usesOldSelf);
  const variables = [self, optional ? asOptional(before) : (before ?? null)];
  try {
    if (program(...variables) === true) return undefined;
  } catch (error) {
    if (error instanceof CelError) return { failed: invalidValue(path, type, failure(error, source)) };
    throw error;
  }
  const at = rule.fieldPath === undefined ? path : path.child(rule.fieldPath);
  return { broken: ofReason(at, type, messageOf(rule, [self, oldOfMessage(before, transitions)]), source.reason) };
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

/** What the messageExpression says, if it says something that can be shown. */
function messageOf({ source, message }: CompiledRule, variables: readonly (Value | CelError)[]): string {
  const text = message?.program && said(message.program, variables);
  if (text !== undefined) return text;
  return source.message === "" ? `failed rule: ${nameOf(source)}` : source.message.trim();
}

function said(program: NonNullable<CompiledRule["program"]>, variables: readonly (Value | CelError)[]) {
  try {
    const value = program(...variables);
    const text = typeof value === "string" ? value.trim() : "";
    return text === "" || text.includes("\n") || Buffer.byteLength(text) > MAX_MESSAGE ? undefined : text;
  } catch (error) {
    if (error instanceof CelError) return undefined;
    throw error;
  }
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
