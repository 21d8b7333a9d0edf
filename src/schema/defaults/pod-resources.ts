import { ensureObject, objectAt, objectsAt, stringAt } from "../../kube/access.js";
import type { Json, JsonObject } from "../../kube/json.js";
import { type Quantity, quantityOf } from "../../kube/quantity.js";

type Amounts = Map<string, Quantity>;

const HUGE_PAGES = "hugepages-";

/**
 * Pod-level resources that follow from those of the containers (feature PodLevelResources). Only pods that name some
 * themselves have any. Upstream: core/v1/defaults.go, defaultHugePagePodLimits and defaultPodRequests.
 */
export function defaultPodResources(spec: JsonObject): void {
  const resources = objectAt(spec, "resources");
  if (!resources) return;
  const requests = amountsOf(resources, "requests");
  const limits = amountsOf(resources, "limits");
  if (requests.size > 0 || limits.size > 0) {
    for (const [name, amount] of aggregate(spec, "limits")) {
      if (name.startsWith(HUGE_PAGES) && !requests.has(name)) add(resources, "limits", limits, name, amount);
    }
  }
  if (limits.size === 0) return;
  for (const [name, amount] of aggregate(spec, "requests")) {
    if (name === "cpu" || name === "memory") add(resources, "requests", requests, name, amount);
  }
  for (const [name, amount] of limits) {
    if (isPodLevel(name)) add(resources, "requests", requests, name, amount);
  }
}

function isPodLevel(name: string): boolean {
  return name === "cpu" || name === "memory" || name.startsWith(HUGE_PAGES);
}

function add(resources: JsonObject, list: string, known: Amounts, name: string, amount: Quantity): void {
  if (known.has(name)) return;
  known.set(name, amount);
  ensureObject(resources, list)[name] = amount.toString();
}

function amountsOf(resources: JsonObject | undefined, list: string): Amounts {
  const amounts: [string, Json | undefined][] = Object.entries(objectAt(resources, list) ?? {});
  return new Map(amounts.map(([name, amount]) => [name, quantityOf(amount ?? null)]));
}

/**
 * What a pod's containers come to: all that run together, or the dearest step of initialization if that is more.
 * Upstream: component-helpers/resource/helpers.go.
 */
function aggregate(spec: JsonObject, list: "requests" | "limits"): Amounts {
  const total: Amounts = new Map();
  for (const container of objectsAt(spec, "containers"))
    addAll(total, amountsOf(objectAt(container, "resources"), list));
  const sidecars: Amounts = new Map();
  const steps: Amounts[] = [];
  for (const container of objectsAt(spec, "initContainers")) {
    const own = amountsOf(objectAt(container, "resources"), list);
    if (stringAt(container, "restartPolicy") === "Always") {
      addAll(total, own);
      addAll(sidecars, own);
      steps.push(new Map(sidecars));
    } else {
      steps.push(addAll(new Map(own), sidecars));
    }
  }
  for (const step of steps) raise(total, step);
  return total;
}

function addAll(total: Amounts, more: Amounts): Amounts {
  for (const [name, amount] of more) total.set(name, total.get(name)?.add(amount) ?? amount);
  return total;
}

function raise(total: Amounts, step: Amounts): void {
  for (const [name, amount] of step) {
    const known = total.get(name);
    if (known === undefined || amount.compare(known) > 0) total.set(name, amount);
  }
}
