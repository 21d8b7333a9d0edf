import { ensureList, ensureObject, objectsAt } from "../../kube/access.js";
import { type AdmissionPlugin, isFor } from "./attributes.js";

const NOT_READY = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

/** A new node is not ready until the node controller says so; upstream: plugin/pkg/admission/nodetaint. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: "TaintNodesByCondition",
  operations: ["CREATE"],
  mutate(attributes) {
    if (!isFor(attributes, "", "nodes") || !attributes.object) return;
    const spec = ensureObject(attributes.object, "spec");
    const taints = objectsAt(spec, "taints");
    if (taints.some((taint) => taint.key === NOT_READY.key && taint.effect === NOT_READY.effect)) return;
    ensureList(spec, "taints").push({ ...NOT_READY });
  },
};
