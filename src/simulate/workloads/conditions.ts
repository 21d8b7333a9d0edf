import { objectsAt, stringAt } from "../../kube/access.js";
import { timestamp } from "../../kube/clock.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";

export interface Told {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message?: string;
}

/** The conditions of an object's status with others of these types; the times of those that say the same are kept. */
export function conditionsWith(object: KubeObject, told: readonly Told[], now: number, updates = false): JsonObject[] {
  const known = objectsAt(object, "status", "conditions");
  const time = timestamp(now);
  const next = told.map((each): JsonObject => {
    const before = known.find(({ type }) => type === each.type);
    if (before !== undefined && before.status === each.status && before.reason === each.reason) {
      if (stringAt(before, "message") === (each.message ?? "")) return before;
    }
    const since = before?.status === each.status ? (before.lastTransitionTime ?? time) : time;
    return { ...each, ...(updates && { lastUpdateTime: time }), lastTransitionTime: since };
  });
  return [...known.filter(({ type }) => !told.some((each) => each.type === type)), ...next];
}

export function saysTrue(object: KubeObject, wanted: string): boolean {
  return objectsAt(object, "status", "conditions").some(({ type, status }) => type === wanted && status === "True");
}
