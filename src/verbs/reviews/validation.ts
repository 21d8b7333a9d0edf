import { encodeTyped } from "../../codec/json/encode.js";
import { objectAt, objectsAt, stringAt, stringsAt } from "../../kube/access.js";
import { type FieldError, invalidValue, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { type JsonObject, type KubeObject, RawJson } from "../../kube/json.js";
import { checkLabelKey } from "../../kube/names.js";
import { validateOperator, validateValues } from "../../schema/validation/label-selectors.js";
import type { Scope } from "../scope.js";

const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** Upstream: pkg/apis/authorization/validation/validation.go. */
export function validateSpec(spec: JsonObject, namesSubject: boolean): FieldError[] {
  const [resource, path] = [objectAt(spec, "resourceAttributes"), objectAt(spec, "nonResourceAttributes")];
  const errors: FieldError[] = [];
  if (resource && path) {
    const shown = { Path: stringAt(path, "path"), Verb: stringAt(path, "verb") };
    const why = "cannot be specified in combination with resourceAttributes";
    errors.push(invalidValue("spec.nonResourceAttributes", shown, why));
  }
  if (!resource && !path) {
    const why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    errors.push(invalidValue("spec.resourceAttributes", null, why));
  }
  if (namesSubject && stringAt(spec, "user") === "" && stringsAt(spec, "groups").length === 0) {
    errors.push(invalidValue("spec.user", "", "at least one of user or group must be specified"));
  }
  return [...errors, ...validateSelectors(resource)];
}

/** Reviews have no metadata of their own but what the server adds. */
export function validateMetadata({ deps, def }: Scope, { metadata }: KubeObject, why: string): FieldError[] {
  const { managedFields: _, ...own } = metadata;
  if (def.namespaced) delete own.namespace;
  const empty = Object.values(own).every((value) => isEmpty(value));
  if (empty) return [];
  return [invalidValue("metadata", new RawJson(encodeTyped(metadata, deps.tables.struct(OBJECT_META))), why)];
}

function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === "" || value === 0;
}

function validateSelectors(resource: JsonObject | undefined): FieldError[] {
  const at = FieldPath.of("spec").child("resourceAttributes");
  const [fields, labels] = [objectAt(resource, "fieldSelector"), objectAt(resource, "labelSelector")];
  return [
    ...validateSelector(at.child("fieldSelector"), fields, validateFieldRequirement),
    ...validateSelector(at.child("labelSelector"), labels, validateLabelRequirement),
  ];
}

type RequirementCheck = (path: FieldPath, requirement: JsonObject) => FieldError[];

function validateSelector(at: FieldPath, selector: JsonObject | undefined, check: RequirementCheck): FieldError[] {
  if (!selector) return [];
  const raw = stringAt(selector, "rawSelector");
  const requirements = objectsAt(selector, "requirements");
  const errors: FieldError[] = [];
  if (raw !== "" && requirements.length > 0) {
    errors.push(invalidValue(at.child("rawSelector"), raw, "may not specified at the same time as requirements"));
  }
  if (raw === "" && requirements.length === 0) {
    errors.push(required(at.child("requirements"), `when ${at} is specified, requirements or rawSelector is required`));
  }
  return [...errors, ...requirements.flatMap((each, index) => check(at.child("requirements").index(index), each))];
}

const OPERATORS: ReadonlySet<string> = new Set(["In", "NotIn", "Exists", "DoesNotExist"]);

/** Newer clients may know more operators: those are ignored when the question is answered. */
function validateKnownOperator(path: FieldPath, requirement: JsonObject): FieldError[] {
  const operator = stringAt(requirement, "operator");
  if (!OPERATORS.has(operator)) return [];
  return validateOperator(path, operator, stringsAt(requirement, "values").length, false);
}

const validateFieldRequirement: RequirementCheck = (path, requirement) => [
  ...(stringAt(requirement, "key") === "" ? [required(path.child("key"), "must be specified")] : []),
  ...validateKnownOperator(path, requirement),
];

const validateLabelRequirement: RequirementCheck = (path, requirement) => [
  ...validateKnownOperator(path, requirement),
  ...checkLabelKey(stringAt(requirement, "key"), path.child("key")),
  ...validateValues(path.child("values"), stringsAt(requirement, "values")),
];
