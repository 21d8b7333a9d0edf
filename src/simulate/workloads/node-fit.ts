import { objectAt, objectsAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import { parseInt64 } from "../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";

/** Why a pod can't be on a node, in kube-scheduler's words; undefined: it can. */
export function misfit(pod: JsonObject, node: KubeObject): string | undefined {
  if (!selected(pod, node)) return "node(s) didn't match Pod's node affinity/selector";
  const taint = untolerated(objectsAt(pod, "spec", "tolerations"), node, ["NoSchedule", "NoExecute"]);
  if (taint === undefined) return undefined;
  const { key, value } = taint;
  if (key === "node.kubernetes.io/unschedulable") return "node(s) were unschedulable";
  return `node(s) had untolerated taint {${String(key)}: ${String(value ?? "")}}`;
}

/** spec.nodeSelector and required node affinity. */
export function selected(pod: JsonObject, node: KubeObject): boolean {
  const labels = stringMapAt(node, "metadata", "labels");
  const wanted = Object.entries(stringMapAt(pod, "spec", "nodeSelector"));
  if (!wanted.every(([key, value]) => labels[key] === value)) return false;
  const path = ["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
  if (objectAt(pod, ...path) === undefined) return true;
  const fields = { "metadata.name": node.metadata.name ?? "" };
  return objectsAt(pod, ...path, "nodeSelectorTerms").some((term) => {
    const [expressions, matches] = [objectsAt(term, "matchExpressions"), objectsAt(term, "matchFields")];
    if (expressions.length + matches.length === 0) return false;
    return expressions.every((each) => holds(each, labels)) && matches.every((each) => holds(each, fields));
  });
}

function holds(requirement: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[stringAt(requirement, "key")];
  const values = stringsAt(requirement, "values");
  switch (stringAt(requirement, "operator")) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return compared(value, values[0], (a, b) => a > b);
    default:
      return compared(value, values[0], (a, b) => a < b);
  }
}

function compared(a: string | undefined, b: string | undefined, check: (a: bigint, b: bigint) => boolean): boolean {
  const [left, right] = [parseInt64(a ?? ""), parseInt64(b ?? "")];
  return "value" in left && "value" in right && check(left.value, right.value);
}

/** The first taint with one of these effects that is not tolerated. A node that is cordoned counts as tainted. */
export function untolerated(
  tolerations: readonly JsonObject[],
  node: KubeObject,
  effects: readonly string[],
): JsonObject | undefined {
  const cordoned = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
  const taints = objectsAt(node, "spec", "taints");
  const all = objectAt(node, "spec")?.unschedulable === true ? [...taints, cordoned] : taints;
  return all.find((taint) => {
    if (!effects.includes(String(taint.effect))) return false;
    return !tolerations.some((each) => tolerates(each, taint));
  });
}

function tolerates(toleration: JsonObject, taint: JsonObject): boolean {
  const { key, operator, value, effect } = toleration;
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  return operator === "Exists" || (Boolean(key) && (value ?? "") === (taint.value ?? ""));
}
