import { ensureList, ensureObject, objectAt, objectsAt, optionalStringAt, stringMapAt } from "../../kube/access.js";
import { goQuote } from "../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isPathSegmentName } from "../../kube/names.js";
import { ApiError } from "../../kube/status.js";
import { semanticEqual } from "../../schema/strategy/index.js";
import { type AdmissionPlugin, type AdmissionView, type Attributes, isFor, refuse } from "./attributes.js";

/** A pod takes overhead and scheduling of its runtime class; upstream: plugin/pkg/admission/runtimeclass. */
export const runtimeClass: AdmissionPlugin = {
  name: "RuntimeClass",
  operations: ["CREATE"],
  mutate(attributes, view) {
    const found = classOf(attributes, view);
    if (!found || !attributes.object) return;
    const spec = ensureObject(attributes.object, "spec");
    const fixed = objectAt(found, "overhead", "podFixed");
    if (objectAt(found, "overhead")) {
      if (objectAt(spec, "overhead") && !semanticEqual(spec.overhead, fixed)) throw mismatch(attributes);
      if (fixed) spec.overhead = { ...fixed };
    }
    const scheduling = objectAt(found, "scheduling");
    if (scheduling) schedule(attributes, spec, scheduling);
  },
  validate(attributes, view) {
    const found = classOf(attributes, view);
    if (!isFor(attributes, "", "pods")) return;
    const overhead = objectAt(attributes.object, "spec", "overhead");
    if (objectAt(found, "overhead")) {
      if (!semanticEqual(overhead, objectAt(found, "overhead", "podFixed"))) throw mismatch(attributes);
    } else if (overhead) {
      throw refuse(attributes, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
    }
  },
};

function mismatch(attributes: Attributes): Error {
  return refuse(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
}

function classOf(attributes: Attributes, view: AdmissionView): KubeObject | undefined {
  if (!isFor(attributes, "", "pods")) return undefined;
  const name = optionalStringAt(attributes.object, "spec", "runtimeClassName");
  if (name === undefined) return undefined;
  const found = view.get("node.k8s.io", "runtimeclasses", "", name);
  if (!found) checkName(name);
  if (!found) throw refuse(attributes, `pod rejected: RuntimeClass ${goQuote(name)} not found`);
  return found;
}

/** A class that is not in the cache is asked for, by a client that refuses names that fit in no path. */
function checkName(name: string): void {
  const reasons = isPathSegmentName(name);
  if (name !== "" && reasons.length === 0) return;
  const why = `invalid resource name ${goQuote(name)}: [${reasons.join(" ")}]`;
  throw new ApiError({ code: 500, reason: "", message: name === "" ? "resource name may not be empty" : why });
}

function schedule(attributes: Attributes, spec: JsonObject, scheduling: JsonObject): void {
  const wanted = stringMapAt(scheduling, "nodeSelector");
  const given = stringMapAt(spec, "nodeSelector");
  for (const [key, value] of Object.entries(wanted)) {
    const own = Object.hasOwn(given, key) ? given[key] : value;
    if (own === value) continue;
    const conflict = `runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`;
    throw refuse(attributes, `conflict: ${conflict}`);
  }
  if (Object.keys(wanted).length > 0) spec.nodeSelector = { ...given, ...wanted };
  const tolerations = objectsAt(spec, "tolerations");
  for (const toleration of objectsAt(scheduling, "tolerations")) {
    if (!tolerations.some((own) => semanticEqual(own, toleration))) ensureList(spec, "tolerations").push(toleration);
  }
}
