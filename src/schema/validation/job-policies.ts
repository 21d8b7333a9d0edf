import {
  listAt,
  numberAt,
  objectAt,
  objectsAt,
  optionalNumberAt,
  optionalStringAt,
  stringAt,
} from "../../kube/access.js";
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { JsonObject } from "../../kube/json.js";
import { isDns1123Subdomain, isQualifiedName, regexReason } from "../../kube/names.js";
import { internalJson } from "./internal-json.js";
import { countIndexes } from "./job-indexes.js";
import { checked, notNegative } from "./words.js";

const MAX_INDEXED = 100_000;
const MAX_PARALLEL_WHEN_MANY = 10_000;
const MAX_FAILED_WHEN_MANY = 10_000;

/** Completion mode, failure and success of a Job; upstream: apis/batch/validation (validateJobSpec). */
export function validateJobPolicies(path: FieldPath, spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const perIndex = optionalNumberAt(spec, "backoffLimitPerIndex");
  if (spec.maxFailedIndexes !== undefined && perIndex === undefined) {
    errors.push(required(path.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified"));
  }
  const manager = optionalStringAt(spec, "managedBy");
  if (manager !== undefined) errors.push(...validateManager(path.child("managedBy"), manager));
  errors.push(...validateMode(path, spec));
  const failure = objectAt(spec, "podFailurePolicy");
  if (failure) errors.push(...validateFailurePolicy(path.child("podFailurePolicy", "rules"), spec, failure));
  const success = objectAt(spec, "successPolicy");
  if (success) errors.push(...validateSuccessPolicy(path.child("successPolicy"), spec, success));
  return [...errors, ...validateReplacement(path.child("podReplacementPolicy"), spec)];
}

function validateManager(path: FieldPath, name: string): FieldError[] {
  const slash = name.indexOf("/");
  const [host, rest] = [name.slice(0, Math.max(slash, 0)), name.slice(slash + 1)];
  const errors: FieldError[] = [];
  if (name === "") return [required(path)];
  if (slash < 1 || rest === "") {
    errors.push(invalidValue(path, name, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  } else {
    errors.push(...checked(path, host, isDns1123Subdomain));
    const pattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
    if (!new RegExp(`^${pattern}$`).test(rest))
      errors.push(invalidValue(path, rest, regexReason("Invalid path", pattern)));
  }
  if (Buffer.byteLength(name) > 63) errors.push(tooLong(path, 63));
  return errors;
}

function validateMode(path: FieldPath, spec: JsonObject): FieldError[] {
  const mode = optionalStringAt(spec, "completionMode");
  const errors: FieldError[] = [];
  if (mode !== undefined && !["NonIndexed", "Indexed"].includes(mode)) {
    errors.push(notSupported(path.child("completionMode"), mode, ["NonIndexed", "Indexed"]));
  }
  if (mode === "Indexed") return [...errors, ...validateIndexed(path, spec)];
  if (mode !== undefined && mode !== "NonIndexed") return errors;
  for (const field of ["backoffLimitPerIndex", "maxFailedIndexes"]) {
    const value = optionalNumberAt(spec, field);
    if (value !== undefined) errors.push(invalidValue(path.child(field), value, "requires indexed completion mode"));
  }
  return errors;
}

function validateIndexed(path: FieldPath, spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const [completions, parallelism] = [optionalNumberAt(spec, "completions"), optionalNumberAt(spec, "parallelism")];
  const failed = optionalNumberAt(spec, "maxFailedIndexes");
  const failedAt = path.child("maxFailedIndexes");
  if (completions === undefined) errors.push(required(path.child("completions"), "when completion mode is Indexed"));
  if (parallelism !== undefined && parallelism > MAX_INDEXED) {
    const why = `must be less than or equal to ${MAX_INDEXED} when completion mode is Indexed`;
    errors.push(invalidValue(path.child("parallelism"), parallelism, why));
  }
  if (failed !== undefined && completions !== undefined && failed > completions) {
    errors.push(invalidValue(failedAt, failed, "must be less than or equal to completions"));
  }
  if (failed !== undefined && failed > MAX_INDEXED) {
    errors.push(invalidValue(failedAt, failed, `must be less than or equal to ${MAX_INDEXED}`));
  }
  if (spec.backoffLimitPerIndex === undefined || completions === undefined || completions <= MAX_INDEXED) return errors;
  const when = `when completions are above ${MAX_INDEXED} and used with backoff limit per index`;
  if (failed === undefined) {
    errors.push(required(failedAt, `must be specified when completions is above ${MAX_INDEXED}`));
  }
  const limited = [
    ["parallelism", MAX_PARALLEL_WHEN_MANY],
    ["maxFailedIndexes", MAX_FAILED_WHEN_MANY],
  ] as const;
  for (const [field, most] of limited) {
    const value = optionalNumberAt(spec, field);
    if (value === undefined || value <= most) continue;
    errors.push(invalidValue(path.child(field), value, `must be less than or equal to ${most} ${when}`));
  }
  return errors;
}

const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const quoted = (values: readonly string[]): string =>
  `valid values: [${values.map((value) => `"${value}"`).join(" ")}]`;

/** A required choice whose absence tells the choices, too. */
function choice(path: FieldPath, value: string, values: readonly string[]): FieldError[] {
  if (value === "") return [required(path, quoted(values))];
  return values.includes(value) ? [] : [notSupported(path, value, values)];
}

function validateFailurePolicy(path: FieldPath, spec: JsonObject, policy: JsonObject): FieldError[] {
  const rules = objectsAt(policy, "rules");
  const containers = ["containers", "initContainers"].flatMap((list) => objectsAt(spec, "template", "spec", list));
  const names = new Set(containers.map((container) => stringAt(container, "name")));
  const errors = rules.length > 20 ? [tooMany(path, rules.length, 20)] : [];
  for (const [index, rule] of rules.entries()) {
    const at = path.index(index);
    const action = stringAt(rule, "action");
    if (action === "FailIndex" && spec.backoffLimitPerIndex === undefined) {
      errors.push(invalidValue(at.child("action"), action, "requires the backoffLimitPerIndex to be set"));
    } else errors.push(...choice(at.child("action"), action, ACTIONS));
    errors.push(...validateRule(at, rule, names));
  }
  return errors;
}

function validateRule(path: FieldPath, rule: JsonObject, names: ReadonlySet<string>): FieldError[] {
  const codes = objectAt(rule, "onExitCodes");
  const conditions = objectsAt(rule, "onPodConditions");
  const errors: FieldError[] = [];
  if (codes) errors.push(...validateExitCodes(path.child("onExitCodes"), codes, names));
  const at = path.child("onPodConditions");
  if (conditions.length > 20) errors.push(tooMany(at, conditions.length, 20));
  for (const [index, condition] of conditions.entries()) {
    errors.push(...checked(at.index(index).child("type"), stringAt(condition, "type"), isQualifiedName));
    const statuses = ["False", "True", "Unknown"];
    errors.push(...choice(at.index(index).child("status"), stringAt(condition, "status"), statuses));
  }
  if (codes && conditions.length > 0) {
    errors.push(withoutValue(path, "specifying both OnExitCodes and OnPodConditions is not supported"));
  }
  if (!codes && conditions.length === 0) {
    errors.push(withoutValue(path, "specifying one of OnExitCodes and OnPodConditions is required"));
  }
  return errors;
}

/** An invalid value that is not shown; upstream: field.OmitValueType. */
export function withoutValue(path: FieldPath, detail: string): FieldError {
  return { type: "FieldValueInvalid", field: String(path), detail };
}

function validateExitCodes(path: FieldPath, codes: JsonObject, names: ReadonlySet<string>): FieldError[] {
  const operator = stringAt(codes, "operator");
  const errors = choice(path.child("operator"), operator, ["In", "NotIn"]);
  const container = optionalStringAt(codes, "containerName");
  if (container !== undefined && !names.has(container)) {
    const why = "must be one of the container or initContainer names in the pod template";
    errors.push(invalidValue(path.child("containerName"), container, why));
  }
  const values = listAt(codes, "values").map(Number);
  const at = path.child("values");
  if (values.length === 0) errors.push(invalidValue(at, codes.values ?? null, "at least one value is required"));
  else if (values.length > 255) errors.push(tooMany(at, values.length, 255));
  for (const [index, value] of values.entries()) {
    if (operator === "In" && value === 0) {
      errors.push(invalidValue(at.index(index), value, "must not be 0 for the In operator"));
    }
    if (values.indexOf(value) < index) errors.push(duplicate(at.index(index), value));
  }
  if (values.some((value, index) => index > 0 && values[index - 1]! > value)) {
    errors.push(invalidValue(at, values, "must be ordered"));
  }
  return errors;
}

function validateSuccessPolicy(path: FieldPath, spec: JsonObject, policy: JsonObject): FieldError[] {
  if (stringAt(spec, "completionMode") !== "Indexed") {
    return [
      invalidValue(path, internalJson(policy, "io.k8s.api.batch.v1.SuccessPolicy"), "requires indexed completion mode"),
    ];
  }
  const rules = objectsAt(policy, "rules");
  const at = path.child("rules");
  const errors: FieldError[] = [];
  if (rules.length === 0) {
    errors.push(required(at, "at least one rules must be specified when the successPolicy is specified"));
  }
  if (rules.length > 20) errors.push(tooMany(at, rules.length, 20));
  const completions = numberAt(spec, "completions");
  return [...errors, ...rules.flatMap((rule, index) => validateSuccessRule(at.index(index), rule, completions))];
}

const MAX_INDEXES_LENGTH = 64 * 1024;

function validateSuccessRule(path: FieldPath, rule: JsonObject, completions: number): FieldError[] {
  const [count, indexes] = [optionalNumberAt(rule, "succeededCount"), optionalStringAt(rule, "succeededIndexes")];
  const errors: FieldError[] = [];
  if (count === undefined && indexes === undefined) {
    errors.push(required(path, "at least one of succeededCount or succeededIndexes must be specified"));
  }
  const named = countIndexes(indexes ?? "", completions);
  if (indexes !== undefined) {
    const at = path.child("succeededIndexes");
    if (Buffer.byteLength(indexes) > MAX_INDEXES_LENGTH) errors.push(tooLong(at, MAX_INDEXES_LENGTH));
    if (named.problem) errors.push(invalidValue(at, indexes, `error parsing succeededIndexes: ${named.problem}`));
  }
  if (count === undefined) return errors;
  const at = path.child("succeededCount");
  const limit = (most: number, what: string): FieldError =>
    invalidValue(at, count, `must be less than or equal to ${most} (the number of ${what})`);
  errors.push(...notNegative(at, count));
  if (count > completions) errors.push(limit(completions, "specified completions"));
  if (indexes !== undefined && count > named.count) {
    errors.push(limit(named.count, "indexes in the specified succeededIndexes field"));
  }
  return errors;
}

function validateReplacement(path: FieldPath, spec: JsonObject): FieldError[] {
  const policy = optionalStringAt(spec, "podReplacementPolicy");
  if (policy === undefined) return [];
  const allowed = objectAt(spec, "podFailurePolicy") ? ["Failed"] : ["Failed", "TerminatingOrFailed"];
  return allowed.includes(policy) ? [] : [notSupported(path, policy, allowed)];
}
