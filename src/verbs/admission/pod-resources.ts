import { objectAt, objectsAt, stringAt, stringMapAt } from "../../kube/access.js";
import type { JsonObject } from "../../kube/json.js";
import { parseQuantity, type Quantity } from "../../kube/quantity.js";

export type Amounts = Map<string, Quantity>;

export function amountsOf(list: JsonObject | undefined, field: string): Amounts {
  return new Map(Object.entries(stringMapAt(list, field)).map(([name, text]) => [name, parseQuantity(text)]));
}

export function addAmounts(total: Amounts, more: Amounts): void {
  for (const [name, amount] of more) total.set(name, total.get(name)?.add(amount) ?? amount);
}

function raiseTo(total: Amounts, floor: Amounts): void {
  for (const [name, amount] of floor) {
    const own = total.get(name);
    if (!own || amount.compare(own) > 0) total.set(name, amount);
  }
}

/**
 * What a pod needs at most at any time: init containers run one after another, sidecars go on beside the rest;
 * upstream: component-helpers/resource/helpers.go.
 */
export function podAmounts(spec: JsonObject | undefined, kind: "requests" | "limits"): Amounts {
  const total: Amounts = new Map();
  const sidecars: Amounts = new Map();
  const starting: Amounts = new Map();
  for (const container of objectsAt(spec, "containers")) {
    addAmounts(total, amountsOf(objectAt(container, "resources"), kind));
  }
  for (const container of objectsAt(spec, "initContainers")) {
    const own = amountsOf(objectAt(container, "resources"), kind);
    if (stringAt(container, "restartPolicy") === "Always") {
      addAmounts(total, own);
      addAmounts(sidecars, own);
      raiseTo(starting, sidecars);
    } else {
      addAmounts(own, sidecars);
      raiseTo(starting, own);
    }
  }
  raiseTo(total, starting);
  for (const [name, amount] of amountsOf(objectAt(spec, "resources"), kind)) {
    if (name === "cpu" || name === "memory") total.set(name, amount);
  }
  return total;
}
