import { objectAt, objectsAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import { type FieldError, invalidValue, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { compareUtf8 } from "../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { IMMUTABLE } from "./object-meta.js";
import { resourceName } from "./pod/requirements.js";
import { isStandardResource, validateAmount } from "./resources.js";
import { goStruct } from "./words.js";

/** upstream: apis/core/validation (ValidateResourceQuota and below). */

const SPEC = FieldPath.of("spec");
const COMPUTE = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
const POD_RESOURCES = ["pods", ...COMPUTE];

/** Scope → the resources that it can limit. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  Terminating: POD_RESOURCES,
  NotTerminating: POD_RESOURCES,
  BestEffort: ["pods"],
  NotBestEffort: POD_RESOURCES,
  PriorityClass: POD_RESOURCES,
  CrossNamespacePodAffinity: POD_RESOURCES,
  VolumeAttributesClass: ["persistentvolumeclaims", "requests.storage"],
};
const CONFLICTS = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
];
const BY_EXISTENCE = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"];

/** "storage" is a resource, but not one that quotas count. */
const isQuotaResource = (name: string): boolean => name !== "storage" && isStandardResource(name);

function validateAmounts(path: FieldPath, amounts: Readonly<Record<string, string>>): FieldError[] {
  const names = Object.keys(amounts).sort(compareUtf8);
  return names.flatMap((name) => {
    const at = path.key(name);
    const errors = resourceName(at, name);
    if (!name.includes("/") && !isQuotaResource(name)) {
      errors.push(invalidValue(at, name, "must be a standard resource for quota"));
    }
    return [...errors, ...validateAmount(at, name, amounts[name]!)];
  });
}

/** How often a scope meets a resource that it can't limit. */
function misfits(scope: string, hard: readonly string[]): number {
  const fitting = SCOPES[scope];
  return fitting ? hard.filter((name) => isQuotaResource(name) && !fitting.includes(name)).length : 0;
}

function conflicts(scopes: readonly string[], shown: FieldError): FieldError[] {
  return CONFLICTS.filter((pair) => pair.every((scope) => scopes.includes(scope))).map(() => shown);
}

function validateScopes(spec: JsonObject, hard: readonly string[]): FieldError[] {
  const scopes = stringsAt(spec, "scopes");
  const refuse = (why: string): FieldError => invalidValue(SPEC.child("scopes"), scopes, why);
  const errors = scopes.flatMap((scope) => [
    ...(Object.hasOwn(SCOPES, scope) ? [] : [refuse("unsupported scope")]),
    ...Array<FieldError>(misfits(scope, hard)).fill(refuse("unsupported scope applied to resource")),
  ]);
  return [...errors, ...conflicts(scopes, refuse("conflicting scopes"))];
}

const EXISTS_ONLY =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, " +
  "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function validateSelector(spec: JsonObject, hard: readonly string[]): FieldError[] {
  const selector = objectAt(spec, "scopeSelector");
  if (!selector) return [];
  // Paths have no indexes here.
  const at = SPEC.child("scopeSelector", "matchExpressions");
  const expressions = objectsAt(selector, "matchExpressions");
  const shown = goStruct({
    MatchExpressions: expressions.map((each) =>
      goStruct({
        ScopeName: stringAt(each, "scopeName"),
        Operator: stringAt(each, "operator"),
        Values: each.values ?? null,
      }),
    ),
  });
  const errors = expressions.flatMap((expression) => {
    const scope = stringAt(expression, "scopeName");
    const operator = stringAt(expression, "operator");
    const unfit = invalidValue(at, shown, "unsupported scope applied to resource");
    return [
      ...(Object.hasOwn(SCOPES, scope) ? [] : [invalidValue(at.child("scopeName"), scope, "unsupported scope")]),
      ...Array<FieldError>(misfits(scope, hard)).fill(unfit),
      ...(BY_EXISTENCE.includes(scope) && operator !== "Exists"
        ? [invalidValue(at.child("operator"), operator, EXISTS_ONLY)]
        : []),
      ...validateOperator(at, operator, stringsAt(expression, "values")),
    ];
  });
  const scopes = expressions.map((expression) => stringAt(expression, "scopeName"));
  const clash = invalidValue(at, spec.scopes ?? null, "conflicting scopes");
  return [...errors, ...conflicts(scopes, clash)];
}

function validateOperator(path: FieldPath, operator: string, values: readonly string[]): FieldError[] {
  const at = path.child("values");
  switch (operator) {
    case "In":
    case "NotIn": {
      const why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      return values.length === 0 ? [required(at, why)] : [];
    }
    case "Exists":
    case "DoesNotExist": {
      const why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      return values.length === 0 ? [] : [invalidValue(at, [...values], why)];
    }
    default:
      return [invalidValue(path.child("operator"), operator, "not a valid selector operator")];
  }
}

function validateSpec(quota: KubeObject): FieldError[] {
  const spec = objectAt(quota, "spec") ?? {};
  const hard = Object.keys(stringMapAt(spec, "hard")).sort(compareUtf8);
  return [
    ...validateAmounts(SPEC.child("hard"), stringMapAt(spec, "hard")),
    ...validateScopes(spec, hard),
    ...validateSelector(spec, hard),
  ];
}

function validateStatus(quota: KubeObject): FieldError[] {
  return ["hard", "used"].flatMap((field) =>
    validateAmounts(FieldPath.of("status", field), stringMapAt(quota, "status", field)),
  );
}

function sameScopes(a: KubeObject, b: KubeObject): boolean {
  const texts = [a, b].map((quota) => JSON.stringify([...new Set(stringsAt(quota, "spec", "scopes"))].sort()));
  return texts[0] === texts[1];
}

export const resourceQuotaChecks: KindChecks = {
  validateCreate: (quota) => [
    ...validateCoreMeta(quota, true, isDns1123Subdomain),
    ...validateSpec(quota),
    ...validateStatus(quota),
  ],
  validateUpdate(quota, old) {
    const errors = [...validateCoreMetaUpdate(quota, old), ...validateSpec(quota)];
    if (sameScopes(quota, old)) return errors;
    return [...errors, invalidValue(SPEC.child("scopes"), quotaScopes(quota), IMMUTABLE)];
  },
  subresources: {
    status: { validateUpdate: (quota, old) => [...validateCoreMetaUpdate(quota, old), ...validateStatus(quota)] },
  },
};

const quotaScopes = (quota: KubeObject) => objectAt(quota, "spec")?.scopes ?? null;
