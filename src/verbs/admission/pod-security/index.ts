import { objectAt, objectsAt, stringAt, stringMapAt } from "../../../kube/access.js";
import { forbidden, invalid } from "../../../kube/errors.js";
import { goQuote } from "../../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../../kube/json.js";
import { type AdmissionPlugin, type AdmissionView, type Attributes, isFor } from "../attributes.js";
import type { PodParts } from "./check.js";
import { compareLevels, detailOf, type LevelVersion, policyOf, shown, violations } from "./policy.js";

/** Where kinds that make pods keep the pod's template. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  "/podtemplates": ["template"],
  "/replicationcontrollers": ["spec", "template"],
  "apps/daemonsets": ["spec", "template"],
  "apps/deployments": ["spec", "template"],
  "apps/replicasets": ["spec", "template"],
  "apps/statefulsets": ["spec", "template"],
  "batch/cronjobs": ["spec", "jobTemplate", "spec", "template"],
  "batch/jobs": ["spec", "template"],
};
const IGNORED = new Set(["exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"]);

/** Pods, and what makes pods, under the levels that labels of their namespace name; upstream: plugin/pkg/admission/security/podsecurity. */
export const podSecurity: AdmissionPlugin = {
  name: "PodSecurity",
  operations: ["CREATE", "UPDATE"],
  validate(attributes, view) {
    const { resource, subresource, object } = attributes;
    if (!object) return;
    const { group, resource: name } = resource.gvr;
    if (isFor(attributes, "", "namespaces")) return judgeNamespace(attributes, object, view);
    if (group === "" && name === "pods") return judgePod(attributes, object, view);
    const template = TEMPLATES[`${group}/${name}`];
    if (template && subresource === "") judgeTemplate(attributes, objectAt(object, ...template), view);
  },
};

function policyIn(view: AdmissionView, namespace: string) {
  return policyOf(stringMapAt(view.get("", "namespaces", "", namespace), "metadata", "labels"));
}

const partsOf = (pod: JsonObject): PodParts => ({
  annotations: stringMapAt(pod, "metadata", "annotations"),
  spec: objectAt(pod, "spec") ?? {},
});

function judgePod(attributes: Attributes, pod: KubeObject, view: AdmissionView): void {
  if (IGNORED.has(attributes.subresource)) return;
  const { enforce, warn } = policyIn(view, attributes.namespace);
  if (enforce.level === "privileged" && warn.level === "privileged") return;
  if (attributes.old && !isSignificant(pod, attributes.old)) return;
  const found = violations(enforce, partsOf(pod));
  if (found.length > 0) {
    const why = `violates PodSecurity ${goQuote(shown(enforce))}: ${detailOf(found)}`;
    throw forbidden(attributes.resource.gvr, attributes.name, why);
  }
  warnOf(attributes, warn, partsOf(pod));
}

function judgeTemplate(attributes: Attributes, template: JsonObject | undefined, view: AdmissionView): void {
  if (template) warnOf(attributes, policyIn(view, attributes.namespace).warn, partsOf(template));
}

function warnOf({ warn }: Attributes, level: LevelVersion, pod: PodParts): void {
  const found = violations(level, pod);
  if (found.length > 0) warn?.(`would violate PodSecurity ${goQuote(shown(level))}: ${detailOf(found)}`);
}

/** Other images, or more containers: nothing else of a pod that is there can become worse. */
function isSignificant(pod: KubeObject, old: KubeObject): boolean {
  const images = (object: KubeObject, list: string) =>
    objectsAt(object, "spec", list).map((container) => stringAt(container, "image"));
  for (const list of ["containers", "initContainers"]) {
    const [now, before] = [images(pod, list), images(old, list)];
    if (now.length !== before.length || now.some((image, index) => image !== before[index])) return true;
  }
  const known = new Map(
    objectsAt(old, "spec", "ephemeralContainers").map((each) => [stringAt(each, "name"), stringAt(each, "image")]),
  );
  return objectsAt(pod, "spec", "ephemeralContainers").some(
    (each) => known.get(stringAt(each, "name")) !== stringAt(each, "image"),
  );
}

function judgeNamespace(attributes: Attributes, namespace: KubeObject, view: AdmissionView): void {
  const policy = policyOf(stringMapAt(namespace, "metadata", "labels"));
  const old = attributes.old && policyOf(stringMapAt(attributes.old, "metadata", "labels"));
  const same = old && JSON.stringify(old.errors) === JSON.stringify(policy.errors);
  if (policy.errors.length > 0 && !same) throw invalid(attributes.resource.gvk, attributes.name, [...policy.errors]);
  const { enforce } = policy;
  if (!old || shown(enforce) === shown(old.enforce) || enforce.level === "privileged") return;
  if (enforce.version === old.enforce.version && compareLevels(enforce, old.enforce) < 1) return;
  for (const warning of podWarnings(attributes.name, enforce, view)) attributes.warn?.(warning);
}

const MAX_PODS = 3000;

/** Pods that are there stay, but are told of; upstream: EvaluatePodsInNamespace. */
function podWarnings(namespace: string, level: LevelVersion, view: AdmissionView): string[] {
  const counted = new Map<string, { name: string; count: number }>();
  const pods = inPriority([...view.list("", "pods", namespace)]);
  for (const pod of pods.slice(0, MAX_PODS)) {
    const found = violations(level, partsOf(pod));
    if (found.length === 0) continue;
    const reason = found.map((each) => each.reason).join(", ");
    const name = pod.metadata.name ?? "";
    const entry = counted.get(reason);
    counted.set(reason, { name: entry && entry.name < name ? entry.name : name, count: (entry?.count ?? 0) + 1 });
  }
  const warnings: string[] = [];
  if (pods.length > MAX_PODS) {
    const part = `the first ${MAX_PODS} of ${pods.length} existing pods`;
    warnings.push(`new PodSecurity enforce level only checked against ${part}`);
  }
  if (counted.size === 0) return warnings;
  const which = `the new PodSecurity enforce level ${goQuote(shown(level))}`;
  warnings.push(`existing pods in namespace ${goQuote(namespace)} violate ${which}`);
  const lines = [...counted].map(([reason, { name, count }]) => {
    const others = count === 1 ? "" : ` (and ${count - 1} other ${count === 2 ? "pod" : "pods"})`;
    return `${name}${others}: ${reason}`;
  });
  return [...warnings, ...lines.sort()];
}

/** One pod of each controller comes before its siblings. */
function inPriority(pods: readonly KubeObject[]): KubeObject[] {
  const seen = new Set<string>();
  const siblings: KubeObject[] = [];
  const first = pods.filter((pod) => {
    const owner = objectsAt(pod, "metadata", "ownerReferences").find((each) => each.controller === true);
    if (!owner) return true;
    const uid = stringAt(owner, "uid");
    const again = seen.has(uid);
    seen.add(uid);
    if (again) siblings.push(pod);
    return !again;
  });
  return [...first, ...siblings];
}
