import { boolAt, numberAt, objectAt, objectsAt, stringAt, stringsAt } from "../kube/access.js";
import type { UserInfo } from "../kube/handler.js";
import type { JsonObject } from "../kube/json.js";
import type { RequestInfo } from "../kube/request-info.js";

/** What of a request decides its flow. */
export type FlowAttributes = Pick<
  RequestInfo,
  "isResourceRequest" | "verb" | "path" | "group" | "resource" | "subresource" | "namespace"
>;

type Matches = (user: UserInfo, asked: FlowAttributes) => boolean;

/** A FlowSchema, read once. Upstream: apiserver/pkg/util/flowcontrol/rule.go. */
export interface FlowRule {
  readonly name: string;
  /** The name of its priority level. */
  readonly level: string;
  readonly precedence: number;
  readonly matches: Matches;
}

export function flowRule(schema: JsonObject): FlowRule {
  const rules = objectsAt(schema, "spec", "rules").map(policyRule);
  return {
    name: stringAt(schema, "metadata", "name"),
    level: stringAt(schema, "spec", "priorityLevelConfiguration", "name"),
    precedence: numberAt(schema, "spec", "matchingPrecedence"),
    matches: (user, asked) => rules.some((matches) => matches(user, asked)),
  };
}

/** The order in which flow schemas are tried. */
export function byPrecedence(a: FlowRule, b: FlowRule): number {
  return a.precedence - b.precedence || (a.name < b.name ? -1 : 1);
}

function policyRule(rule: JsonObject): Matches {
  const subjects = objectsAt(rule, "subjects").map(subjectTest);
  const resources = objectsAt(rule, "resourceRules").map(resourceTest);
  const paths = objectsAt(rule, "nonResourceRules").map(pathTest);
  return (user, asked) =>
    subjects.some((test) => test(user)) && (asked.isResourceRequest ? resources : paths).some((test) => test(asked));
}

function subjectTest(subject: JsonObject): (user: UserInfo) => boolean {
  const of = (key: string) => stringAt(objectAt(subject, key), "name");
  switch (stringAt(subject, "kind")) {
    case "User": {
      const name = of("user");
      return objectAt(subject, "user") ? (user) => name === "*" || name === user.name : never;
    }
    case "Group": {
      const name = of("group");
      return objectAt(subject, "group") ? (user) => name === "*" || user.groups.includes(name) : never;
    }
    case "ServiceAccount": {
      const prefix = `system:serviceaccount:${stringAt(subject, "serviceAccount", "namespace")}:`;
      const name = of("serviceAccount");
      if (!objectAt(subject, "serviceAccount")) return never;
      return name === "*" ? (user) => user.name.startsWith(prefix) : (user) => user.name === prefix + name;
    }
    default:
      return never;
  }
}

const never = () => false;

function resourceTest(rule: JsonObject): (asked: FlowAttributes) => boolean {
  const [verb, group, resource, namespace] = ["verbs", "apiGroups", "resources", "namespaces"].map((key) =>
    oneOf(stringsAt(rule, key)),
  ) as [Contains, Contains, Contains, Contains];
  const clusterScope = boolAt(rule, "clusterScope");
  return (asked) =>
    verb(asked.verb) &&
    resource(asked.subresource === "" ? asked.resource : `${asked.resource}/${asked.subresource}`) &&
    group(asked.group) &&
    (asked.namespace === "" ? clusterScope : namespace(asked.namespace));
}

function pathTest(rule: JsonObject): (asked: FlowAttributes) => boolean {
  const verb = oneOf(stringsAt(rule, "verbs"));
  const urls = stringsAt(rule, "nonResourceURLs").map((url) => {
    const stem = url.replace(/\*$/, "");
    return { url, prefix: stem.endsWith("/") ? stem : `${stem}/` };
  });
  return ({ verb: asked, path }) =>
    verb(asked) && urls.some(({ url, prefix }) => url === "*" || url === path || path.startsWith(prefix));
}

type Contains = (value: string) => boolean;

/** An asterisk counts only where it stands alone, as validation wants it. */
function oneOf(list: readonly string[]): Contains {
  return list.length === 1 && list[0] === "*" ? () => true : (value) => list.includes(value);
}
