import { ensureObject, objectAt, objectsAt, stringAt } from "../../kube/access.js";
import { aggregateText } from "../../kube/field-errors.js";
import { compareUtf8 } from "../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { type AdmissionPlugin, type AdmissionView, type Attributes, refuse } from "./attributes.js";
import { maximum, maximumRequest, minimum, ratio } from "./limit-constraints.js";
import { type Amounts, amountsOf, podAmounts } from "./pod-resources.js";

const ANNOTATION = "kubernetes.io/limit-ranger";

/** Defaults and bounds of a namespace's LimitRanges; upstream: plugin/pkg/admission/limitranger. */
export const limitRanger: AdmissionPlugin = {
  name: "LimitRanger",
  operations: ["CREATE", "UPDATE"],
  mutate(attributes, view) {
    if (!applies(attributes) || attributes.resource.gvr.resource !== "pods") return;
    for (const range of rangesOf(attributes, view)) setDefaults(attributes.object!, range);
  },
  validate(attributes, view) {
    if (!applies(attributes)) return;
    const isPod = attributes.resource.gvr.resource === "pods";
    for (const range of rangesOf(attributes, view)) {
      const errors = objectsAt(range, "spec", "limits").flatMap((limit) =>
        isPod ? podErrors(attributes.object!, limit) : claimErrors(attributes.object!, limit),
      );
      if (errors.length > 0) throw refuse(attributes, aggregateText(errors));
    }
  },
};

/** Pods when they are made or resized, claims always, unless they are going already. */
function applies(attributes: Attributes): boolean {
  const { resource, subresource, operation, old, object } = attributes;
  const { group, resource: name } = resource.gvr;
  if (!object || group !== "" || old?.metadata.deletionTimestamp) return false;
  if (name === "pods") return operation === "UPDATE" ? subresource === "resize" : subresource === "";
  return name === "persistentvolumeclaims" && subresource === "";
}

function rangesOf(attributes: Attributes, view: AdmissionView): Iterable<KubeObject> {
  return view.list("", "limitranges", attributes.namespace);
}

function setDefaults(pod: KubeObject, range: KubeObject): void {
  const requests: JsonObject = {};
  const limits: JsonObject = {};
  for (const limit of objectsAt(range, "spec", "limits")) {
    if (limit.type !== "Container") continue;
    Object.assign(requests, objectAt(limit, "defaultRequest"));
    Object.assign(limits, objectAt(limit, "default"));
  }
  const notes: string[] = [];
  for (const [list, what] of [
    ["containers", "container"],
    ["initContainers", "init container"],
  ] as const) {
    for (const container of objectsAt(pod, "spec", list)) {
      const subject = `${what} ${stringAt(container, "name")}`;
      const setRequests = fill(container, "requests", requests);
      const setLimits = fill(container, "limits", limits);
      if (setRequests.length > 0) notes.push(`${setRequests.join(", ")} request for ${subject}`);
      if (setLimits.length > 0) notes.push(`${setLimits.join(", ")} limit for ${subject}`);
    }
  }
  if (notes.length === 0) return;
  ensureObject(pod.metadata, "annotations")[ANNOTATION] = `LimitRanger plugin set: ${notes.join("; ")}`;
}

function fill(container: JsonObject, kind: "requests" | "limits", defaults: JsonObject): string[] {
  const missing = Object.keys(defaults).filter((name) => {
    const own = objectAt(container, "resources", kind);
    return !own || !Object.hasOwn(own, name);
  });
  if (missing.length === 0) return [];
  const own = ensureObject(ensureObject(container, "resources"), kind);
  for (const name of missing) own[name] = defaults[name]!;
  return missing.sort(compareUtf8);
}

function podErrors(pod: KubeObject, limit: JsonObject): string[] {
  const type = stringAt(limit, "type");
  if (type === "Pod") {
    const spec = objectAt(pod, "spec");
    return boundErrors(limit, type, podAmounts(spec, "requests"), podAmounts(spec, "limits"));
  }
  if (type !== "Container") return [];
  return ["containers", "initContainers"].flatMap((list) =>
    objectsAt(pod, "spec", list).flatMap((container) => {
      const resources = objectAt(container, "resources");
      return boundErrors(limit, type, amountsOf(resources, "requests"), amountsOf(resources, "limits"));
    }),
  );
}

function boundErrors(limit: JsonObject, type: string, requests: Amounts, limits: Amounts): string[] {
  const errors: (string | undefined)[] = [];
  for (const [name, bound] of amountsOf(limit, "min")) errors.push(minimum(type, name, bound, requests, limits));
  for (const [name, bound] of amountsOf(limit, "max")) errors.push(maximum(type, name, bound, requests, limits));
  for (const [name, bound] of amountsOf(limit, "maxLimitRequestRatio")) {
    errors.push(ratio(type, name, bound, requests, limits));
  }
  return errors.filter((error) => error !== undefined);
}

function claimErrors(claim: KubeObject, limit: JsonObject): string[] {
  const type = "PersistentVolumeClaim";
  if (stringAt(limit, "type") !== type) return [];
  const requests = amountsOf(objectAt(claim, "spec", "resources"), "requests");
  const errors: (string | undefined)[] = [];
  for (const [name, bound] of amountsOf(limit, "min")) errors.push(minimum(type, name, bound, requests, new Map()));
  for (const [name, bound] of amountsOf(limit, "max")) errors.push(maximumRequest(type, name, bound, requests));
  return errors.filter((error) => error !== undefined);
}
