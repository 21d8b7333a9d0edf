import { boolAt, numberAt, objectAt, objectsAt, stringAt, stringsAt } from "../../kube/access.js";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Label, isDns1123Subdomain } from "../../kube/names.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta } from "./core-meta.js";
import { internalJson } from "./internal-json.js";
import { checked, goStruct } from "./words.js";

/** upstream: apis/flowcontrol/validation (ValidateFlowSchema and below). */

const SPEC = FieldPath.of("spec");
const SPEC_TYPE = "io.k8s.api.flowcontrol.v1.FlowSchemaSpec";
const MAX_PRECEDENCE = 10_000;
const METHODS = ["ByNamespace", "ByUser"];
const KINDS = ["Group", "ServiceAccount", "User"];
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];

const everything = (...groups: string[]): JsonObject => ({
  subjects: groups.map((name) => ({ kind: "Group", group: { name } })),
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] }],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
});

/** Those that must be as they are; upstream: apis/flowcontrol/bootstrap/default.go. */
const FIXED: Readonly<Record<string, JsonObject>> = {
  exempt: {
    priorityLevelConfiguration: { name: "exempt" },
    matchingPrecedence: 1,
    rules: [everything("system:masters")],
  },
  "catch-all": {
    priorityLevelConfiguration: { name: "catch-all" },
    matchingPrecedence: MAX_PRECEDENCE,
    distinguisherMethod: { type: "ByUser" },
    rules: [everything("system:unauthenticated", "system:authenticated")],
  },
};

function validateSchema(schema: KubeObject): FieldError[] {
  const spec = objectAt(schema, "spec") ?? {};
  const name = schema.metadata.name ?? "";
  const errors = [...validateCoreMeta(schema, false, isDns1123Subdomain), ...validateSpec(spec, name)];
  const fixed = FIXED[name];
  if (fixed && !semanticEqual(spec, fixed)) {
    errors.push(invalidValue(SPEC, internalJson(spec, SPEC_TYPE), `spec of '${name}' must equal the fixed value`));
  }
  return [...errors, ...validateConditions(schema)];
}

function validateSpec(spec: JsonObject, name: string): FieldError[] {
  const precedence = numberAt(spec, "matchingPrecedence");
  const at = SPEC.child("matchingPrecedence");
  const errors: FieldError[] = [];
  if (precedence <= 0) errors.push(invalidValue(at, precedence, "must be a positive value"));
  if (precedence > MAX_PRECEDENCE) {
    errors.push(invalidValue(at, precedence, `must not be greater than ${MAX_PRECEDENCE}`));
  }
  if (precedence === 1 && name !== "exempt") {
    errors.push(invalidValue(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  }
  const method = objectAt(spec, "distinguisherMethod");
  const type = stringAt(method, "type");
  if (method && !METHODS.includes(type)) {
    errors.push(notSupported(SPEC.child("distinguisherMethod", "type"), goStruct({ Type: type }), METHODS));
  }
  const level = stringAt(spec, "priorityLevelConfiguration", "name");
  const levelAt = SPEC.child("priorityLevelConfiguration", "name");
  if (level === "") errors.push(required(levelAt, "must reference a priority level"));
  else errors.push(...checked(levelAt, level, isDns1123Subdomain));
  for (const [index, rule] of objectsAt(spec, "rules").entries()) {
    errors.push(...validateRule(SPEC.child("rules").index(index), rule));
  }
  return errors;
}

function validateRule(path: FieldPath, rule: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const subjects = objectsAt(rule, "subjects");
  const subjectsAt = path.child("subjects");
  if (subjects.length === 0) errors.push(required(subjectsAt, "subjects must contain at least one value"));
  errors.push(...subjects.flatMap((subject, index) => validateSubject(subjectsAt.index(index), subject)));
  const [resources, others] = [objectsAt(rule, "resourceRules"), objectsAt(rule, "nonResourceRules")];
  if (resources.length === 0 && others.length === 0) {
    errors.push(required(path, "at least one of resourceRules and nonResourceRules has to be non-empty"));
  }
  const resourcesAt = path.child("resourceRules");
  errors.push(...resources.flatMap((each, index) => validateResourceRule(resourcesAt.index(index), each)));
  const othersAt = path.child("nonResourceRules");
  return [...errors, ...others.flatMap((each, index) => validateNonResourceRule(othersAt.index(index), each))];
}

const MEMBERS = { ServiceAccount: "serviceAccount", User: "user", Group: "group" } as const;

function validateSubject(path: FieldPath, subject: JsonObject): FieldError[] {
  const kind = stringAt(subject, "kind");
  if (!KINDS.includes(kind)) return [notSupported(path.child("kind"), kind, KINDS)];
  const errors: FieldError[] = [];
  const own = MEMBERS[kind as keyof typeof MEMBERS];
  const member = objectAt(subject, own);
  const at = path.child(own);
  if (!member) errors.push(required(at, `${own} is required when subject kind is '${kind}'`));
  else errors.push(...validateMember(at, kind, member));
  for (const [other, field] of Object.entries(MEMBERS)) {
    if (other === kind || !objectAt(subject, field)) continue;
    errors.push(forbiddenField(path.child(field), `${field} is forbidden when subject kind is not '${other}'`));
  }
  return errors;
}

function validateMember(path: FieldPath, kind: string, member: JsonObject): FieldError[] {
  const name = stringAt(member, "name");
  const at = path.child("name");
  const errors = name === "" ? [required(at)] : [];
  if (kind !== "ServiceAccount") return errors;
  if (name !== "" && name !== "*") errors.push(...checked(at, name, isDns1123Subdomain));
  const namespace = stringAt(member, "namespace");
  const namespaceAt = path.child("namespace");
  if (namespace === "") return [...errors, required(namespaceAt, "must specify namespace for service account")];
  return [...errors, ...checked(namespaceAt, namespace, isDns1123Label)];
}

function validateVerbs(path: FieldPath, verbs: readonly string[]): FieldError[] {
  if (verbs.length === 0) return [required(path, "verbs must contain at least one value")];
  if (verbs.includes("*")) return alone(path, verbs, "verbs");
  return verbs.every((verb) => VERBS.includes(verb)) ? [] : [notSupported(path, [...verbs], VERBS)];
}

/** "*" stands for all, so nothing may stand beside it. */
function alone(path: FieldPath, values: readonly string[], what: string): FieldError[] {
  if (values.length < 2 || !values.includes("*")) return [];
  return [invalidValue(path, [...values], `if '*' is present, must not specify other ${what}`)];
}

function validateResourceRule(path: FieldPath, rule: JsonObject): FieldError[] {
  const errors = validateVerbs(path.child("verbs"), stringsAt(rule, "verbs"));
  for (const [field, one, many] of [
    ["apiGroups", "api group", "api groups"],
    ["resources", "resource", "resources"],
  ] as const) {
    const values = stringsAt(rule, field);
    const at = path.child(field);
    if (values.length > 0) errors.push(...alone(at, values, many));
    else errors.push(required(at, `resource rules must supply at least one ${one}`));
  }
  const namespaces = stringsAt(rule, "namespaces");
  const at = path.child("namespaces");
  if (namespaces.length === 0 && !boolAt(rule, "clusterScope")) {
    const why = "resource rules that are not cluster scoped must supply at least one namespace";
    return [...errors, required(at, why)];
  }
  if (namespaces.includes("*")) return [...errors, ...alone(at, namespaces, "namespaces")];
  const rules = "each member of this list must be '*' or a DNS-1123 label; ";
  const wrong = namespaces.flatMap((name, index) =>
    isDns1123Label(name).map((why) => invalidValue(at.index(index), name, rules + why)),
  );
  return [...errors, ...wrong];
}

function validateNonResourceRule(path: FieldPath, rule: JsonObject): FieldError[] {
  const errors = validateVerbs(path.child("verbs"), stringsAt(rule, "verbs"));
  const urls = stringsAt(rule, "nonResourceURLs");
  const at = path.child("nonResourceURLs");
  if (urls.length === 0) return [...errors, required(at, "nonResourceURLs must contain at least one value")];
  if (urls.includes("*")) return [...errors, ...alone(at, urls, "non-resource URLs")];
  const wrong = urls.flatMap((url, index) => {
    const why = urlProblem(url);
    return why === undefined ? [] : [invalidValue(at.index(index), url, why)];
  });
  return [...errors, ...wrong];
}

function urlProblem(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (url === "/") return undefined;
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes(" ")) return "must not contain white-space";
  if (url.includes("//")) return "must not contain double slash";
  const stars = url.split("*").length - 1;
  return stars > 1 || (stars === 1 && !url.endsWith("/*")) ? "wildcard can only do suffix matching" : undefined;
}

/** Each condition once; priority levels have the same rule. */
export function validateConditions(object: KubeObject): FieldError[] {
  const types = objectsAt(object, "status", "conditions").map((condition) => stringAt(condition, "type"));
  return types.flatMap((type, index) => {
    const at = FieldPath.of("status", "conditions").index(index).child("type");
    const again = types.indexOf(type) < index ? [duplicate(at, type)] : [];
    return type === "" ? [...again, required(at)] : again;
  });
}

export const flowSchemaChecks: KindChecks = {
  validateCreate: validateSchema,
  validateUpdate: validateSchema,
  subresources: { status: { validateUpdate: validateConditions } },
};
