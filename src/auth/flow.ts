import { boolAt, numberAt, objectsAt, stringAt, stringsAt } from "../kube/access.js";
import type { UserInfo } from "../kube/handler.js";
import type { JsonObject } from "../kube/json.js";
import type { RequestInfo } from "../kube/request-info.js";

/** The flow schema that a request falls under, by name, and its priority level. */
export interface Flow {
  readonly schema: string;
  readonly level: string;
}

/**
 * Finds the flow of a request among FlowSchema objects: the first match in order of precedence, then name.
 * Upstream: apiserver/pkg/util/flowcontrol/rule.go.
 */
export function flowClassifier(
  schemas: readonly JsonObject[],
): (user: UserInfo, info: RequestInfo) => Flow | undefined {
  const ordered = schemas
    .map((schema) => ({
      flow: {
        schema: stringAt(schema, "metadata", "name"),
        level: stringAt(schema, "spec", "priorityLevelConfiguration", "name"),
      },
      precedence: numberAt(schema, "spec", "matchingPrecedence"),
      rules: objectsAt(schema, "spec", "rules"),
    }))
    .sort((a, b) => a.precedence - b.precedence || (a.flow.schema < b.flow.schema ? -1 : 1));
  return (user, info) => ordered.find(({ rules }) => rules.some((rule) => matches(rule, user, info)))?.flow;
}

function matches(rule: JsonObject, user: UserInfo, info: RequestInfo): boolean {
  if (!objectsAt(rule, "subjects").some((subject) => matchesSubject(subject, user))) return false;
  return info.isResourceRequest
    ? objectsAt(rule, "resourceRules").some((resources) => matchesResource(resources, info))
    : objectsAt(rule, "nonResourceRules").some((paths) => matchesPath(paths, info));
}

function matchesSubject(subject: JsonObject, user: UserInfo): boolean {
  switch (stringAt(subject, "kind")) {
    case "User": {
      const name = stringAt(subject, "user", "name");
      return name === "*" || name === user.name;
    }
    case "Group": {
      const name = stringAt(subject, "group", "name");
      return name === "*" || user.groups.includes(name);
    }
    case "ServiceAccount": {
      const account = `system:serviceaccount:${stringAt(subject, "serviceAccount", "namespace")}:`;
      const name = stringAt(subject, "serviceAccount", "name");
      return name === "*" ? user.name.startsWith(account) : user.name === account + name;
    }
    default:
      return false;
  }
}

function matchesResource(rule: JsonObject, info: RequestInfo): boolean {
  const resource = info.subresource === "" ? info.resource : `${info.resource}/${info.subresource}`;
  if (!contains(rule, "verbs", info.verb) || !contains(rule, "resources", resource)) return false;
  if (!contains(rule, "apiGroups", info.group)) return false;
  return info.namespace === "" ? boolAt(rule, "clusterScope") : contains(rule, "namespaces", info.namespace);
}

function matchesPath(rule: JsonObject, info: RequestInfo): boolean {
  return (
    contains(rule, "verbs", info.verb) &&
    stringsAt(rule, "nonResourceURLs").some((path) => {
      if (path === "*" || path === info.path) return true;
      const prefix = path.replace(/\*$/, "");
      return info.path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`);
    })
  );
}

function contains(rule: JsonObject, key: string, value: string): boolean {
  const list = stringsAt(rule, key);
  return (list.length === 1 && list[0] === "*") || list.includes(value);
}
