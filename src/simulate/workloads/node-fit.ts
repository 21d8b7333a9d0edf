import { objectAt, objectsAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { type LabelOperator, LabelSelector } from "../../kube/label-selector.js";

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
    return selectorOf(expressions).matches(labels) && selectorOf(matches).matches(fields);
  });
}

const OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
  Gt: "gt",
  Lt: "lt",
};

function selectorOf(requirements: readonly JsonObject[]): LabelSelector {
  return new LabelSelector(
    requirements.map((requirement) => ({
      key: stringAt(requirement, "key"),
      operator: OPERATORS[stringAt(requirement, "operator")]!, // the API lets no other through
      values: stringsAt(requirement, "values"),
    })),
  );
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
