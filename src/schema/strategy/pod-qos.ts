import { objectAt, objectsAt, stringMapAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { parseQuantity, type Quantity } from "../../kube/quantity.js";

type Totals = Map<string, Quantity>;

/** Guaranteed, Burstable or BestEffort; upstream: apis/core/helper/qos/qos.go. */
export function podQosClass(pod: KubeObject): string {
  const requests: Totals = new Map();
  const limits: Totals = new Map();
  let guaranteed = true;
  for (const resources of resourcesOf(pod)) {
    addTo(requests, resources, "requests");
    const limited = addTo(limits, resources, "limits");
    if (!limited.has("cpu") || !limited.has("memory")) guaranteed = false;
  }
  if (requests.size === 0 && limits.size === 0) return "BestEffort";
  if (!guaranteed || requests.size !== limits.size) return "Burstable";
  const equal = [...requests].every(([name, amount]) => limits.get(name)?.compare(amount) === 0);
  return equal ? "Guaranteed" : "Burstable";
}

/** Resources of the pod as a whole stand for those of its containers. */
function resourcesOf(pod: KubeObject): JsonObject[] {
  const whole = objectAt(pod, "spec", "resources");
  if (whole) return [whole];
  const containers = ["containers", "initContainers"].flatMap((list) => objectsAt(pod, "spec", list));
  return containers.map((container) => objectAt(container, "resources") ?? {});
}

/** Adds up cpu and memory; answers which of them are more than zero here. */
function addTo(totals: Totals, resources: JsonObject, kind: "requests" | "limits"): Set<string> {
  const present = new Set<string>();
  for (const [name, text] of Object.entries(stringMapAt(resources, kind))) {
    if (name !== "cpu" && name !== "memory") continue;
    const amount = parseQuantity(text);
    if (amount.unscaled <= 0n) continue;
    present.add(name);
    totals.set(name, totals.get(name)?.add(amount) ?? amount);
  }
  return present;
}
