import { type Attributes, resourceAttributes } from "../../auth/authorize.js";
import { objectAt, stringAt, stringsAt } from "../../kube/access.js";
import { invalid } from "../../kube/errors.js";
import { type FieldError, invalidValue } from "../../kube/field-errors.js";
import type { UserInfo } from "../../kube/handler.js";
import { isObject, type JsonObject, type KubeObject } from "../../kube/json.js";
import type { Scope } from "../scope.js";
import { selectorErrors } from "./selectors.js";
import { validateMetadata, validateSpec } from "./validation.js";

const GROUP = "authorization.k8s.io";

/** Upstream: pkg/registry/authorization/subjectaccessreview/rest.go. @throws ApiError 422 */
export function subjectAccessReview(scope: Scope, object: KubeObject): JsonObject {
  check([...validateSpec(specOf(object), true), ...validateMetadata(scope, object, "must be empty")]);
  return decided(scope, object, subjectOf(specOf(object)));
}

export function selfSubjectAccessReview(scope: Scope, object: KubeObject): JsonObject {
  check([...validateSpec(specOf(object), false), ...validateMetadata(scope, object, "must be empty")]);
  return decided(scope, object, scope.request.user);
}

export function localSubjectAccessReview(scope: Scope, object: KubeObject): JsonObject {
  const spec = specOf(object);
  check([
    ...validateSpec(spec, true),
    ...validateMetadata(scope, object, "must be empty except for namespace"),
    ...validateLocal(spec, scope.namespace),
  ]);
  return decided(scope, object, subjectOf(spec));
}

function validateLocal(spec: JsonObject, namespace: string): FieldError[] {
  const errors: FieldError[] = [];
  const [resource, path] = [objectAt(spec, "resourceAttributes"), objectAt(spec, "nonResourceAttributes")];
  const asked = stringAt(resource, "namespace");
  if (resource && asked !== namespace) {
    errors.push(invalidValue("spec.resourceAttributes.namespace", asked, "must match metadata.namespace"));
  }
  if (path) {
    const shown = { Path: stringAt(path, "path"), Verb: stringAt(path, "verb") };
    errors.push(invalidValue("spec.nonResourceAttributes", shown, "disallowed on this kind of request"));
  }
  return errors;
}

/** Upstream takes the kind from an object that has lost it by then. */
function check(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: GROUP, kind: "" }, "", errors);
}

function specOf(object: KubeObject): JsonObject {
  return isObject(object.spec) ? object.spec : {};
}

/** A group that authentication would have given is not added. */
function subjectOf(spec: JsonObject): UserInfo {
  return { name: stringAt(spec, "user"), groups: stringsAt(spec, "groups") };
}

function decided({ deps }: Scope, object: KubeObject, user: UserInfo): JsonObject {
  const spec = specOf(object);
  const { allowed, reason } = deps.access.authorize(user, attributesOf(spec));
  const status: JsonObject = { allowed };
  if (reason !== "") status.reason = reason;
  const problems = selectorErrors(objectAt(spec, "resourceAttributes"));
  if (problems.length > 0) status.evaluationError = problems.join("; ");
  return { ...object, status };
}

function attributesOf(spec: JsonObject): Attributes {
  const asked = objectAt(spec, "resourceAttributes");
  if (!asked) {
    const { verb, path } = {
      verb: stringAt(spec, "nonResourceAttributes", "verb"),
      path: stringAt(spec, "nonResourceAttributes", "path"),
    };
    return { ...resourceAttributes({ verb, resource: "" }), isResourceRequest: false, path };
  }
  const field = (name: string) => stringAt(asked, name);
  return resourceAttributes({
    verb: field("verb"),
    group: field("group"),
    resource: field("resource"),
    subresource: field("subresource"),
    namespace: field("namespace"),
    name: field("name"),
  });
}
