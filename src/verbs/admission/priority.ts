import { boolAt, ensureObject, numberAt, optionalNumberAt, optionalStringAt, stringAt } from "../../kube/access.js";
import type { KubeObject } from "../../kube/json.js";
import { type AdmissionPlugin, type AdmissionView, type Attributes, isFor, refuse } from "./attributes.js";

const GROUP = "scheduling.k8s.io";

/** Turns a pod's priority class into numbers; upstream: plugin/pkg/admission/priority. */
export const priority: AdmissionPlugin = {
  name: "Priority",
  operations: ["CREATE", "UPDATE", "DELETE"],
  mutate(attributes, view) {
    if (!isFor(attributes, "", "pods") || !attributes.object) return;
    if (attributes.operation === "CREATE") resolve(attributes, attributes.object, view);
    else if (attributes.old) keep(attributes.object, attributes.old);
  },
  validate(attributes, view) {
    const { object, operation } = attributes;
    if (!isFor(attributes, GROUP, "priorityclasses") || !object || object.globalDefault !== true) return;
    const current = defaultClass(view);
    if (!current || (operation === "UPDATE" && current.metadata.name === object.metadata.name)) return;
    const name = current.metadata.name;
    throw refuse(attributes, `PriorityClass ${name} is already marked as default. Only one default can exist`);
  },
};

function keep(pod: KubeObject, old: KubeObject): void {
  const spec = ensureObject(pod, "spec");
  const before = ensureObject(old, "spec");
  for (const field of ["priority", "preemptionPolicy"]) {
    if (spec[field] === undefined && before[field] !== undefined) spec[field] = before[field];
  }
}

function resolve(attributes: Attributes, pod: KubeObject, view: AdmissionView): void {
  const spec = ensureObject(pod, "spec");
  const asked = stringAt(spec, "priorityClassName");
  const found = asked === "" ? defaultClass(view) : view.get(GROUP, "priorityclasses", "", asked);
  if (asked !== "" && !found) throw refuse(attributes, `no PriorityClass with name ${asked} was found`);
  if (asked === "" && found) spec.priorityClassName = found.metadata.name ?? "";
  const value = numberAt(found, "value");
  const policy = found ? optionalStringAt(found, "preemptionPolicy") : "PreemptLowerPriority";
  const given = optionalNumberAt(spec, "priority");
  if (given !== undefined && given !== value) {
    throw refuse(
      attributes,
      `the integer value of priority (${given}) must not be provided in pod spec; ` +
        `priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  spec.priority = value;
  if (policy === undefined) return;
  const givenPolicy = optionalStringAt(spec, "preemptionPolicy");
  if (givenPolicy !== undefined && givenPolicy !== policy) {
    throw refuse(
      attributes,
      `the string value of PreemptionPolicy (${givenPolicy}) must not be provided in pod spec; ` +
        `priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  }
  spec.preemptionPolicy = policy;
}

/** Of several default classes, the lowest counts. */
function defaultClass(view: AdmissionView): KubeObject | undefined {
  let found: KubeObject | undefined;
  for (const candidate of view.list(GROUP, "priorityclasses", "")) {
    if (!boolAt(candidate, "globalDefault")) continue;
    if (!found || numberAt(found, "value") > numberAt(candidate, "value")) found = candidate;
  }
  return found;
}
