import { ensureList, ensureObject, objectsAt, stringAt } from "../../kube/access.js";
import type { JsonObject } from "../../kube/json.js";
import { type AdmissionPlugin, isFor } from "./attributes.js";

const TAINTS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
const SECONDS = 300;

/** A pod stays five minutes on a node that fails; upstream: plugin/pkg/admission/defaulttolerationseconds. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",
  operations: ["CREATE", "UPDATE"],
  mutate(attributes) {
    if (!isFor(attributes, "", "pods") || !attributes.object) return;
    const spec = ensureObject(attributes.object, "spec");
    const given = objectsAt(spec, "tolerations");
    for (const key of TAINTS) {
      if (given.some((toleration) => tolerates(toleration, key))) continue;
      const added = { key, operator: "Exists", effect: "NoExecute", tolerationSeconds: SECONDS };
      ensureList(spec, "tolerations").push(added);
    }
  },
};

function tolerates(toleration: JsonObject, taint: string): boolean {
  const effect = stringAt(toleration, "effect");
  return ["", taint].includes(stringAt(toleration, "key")) && ["", "NoExecute"].includes(effect);
}
