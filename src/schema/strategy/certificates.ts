import { assign, ensureObject, objectsAt } from "../../kube/access.js";
import { timestamp } from "../../kube/clock.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { NOTHING } from "./generic.js";
import type { StrategyContext, UpdateStrategy } from "./strategy.js";

/** A request records who made it, whatever the client wrote there; upstream: registry/certificates/certificates/strategy.go. */
export function recordRequester(csr: KubeObject, ctx: StrategyContext): void {
  const spec = ensureObject(csr, "spec");
  const user = ctx.user;
  const extra = Object.entries(user?.extra ?? {}).map(([key, values]) => [key, [...values]] as const);
  assign(spec, "username", user?.name || undefined);
  assign(spec, "uid", user?.uid || undefined);
  assign(spec, "groups", user && user.groups.length > 0 ? [...user.groups] : undefined);
  assign(spec, "extra", extra.length > 0 ? (Object.fromEntries(extra) as JsonObject) : undefined);
}

/** Only the subresources change a request. */
export function keepRequest(csr: KubeObject, old: KubeObject): void {
  assign(csr, "spec", old.spec);
}

/** /status can't touch approvals and denials that exist. */
export function keepDecisions(csr: KubeObject, old: KubeObject, ctx: StrategyContext): void {
  const conditions = objectsAt(csr, "status", "conditions");
  const before = objectsAt(old, "status", "conditions");
  for (const type of ["Approved", "Denied"]) {
    const oldOnes = before.filter((condition) => condition.type === type);
    const newOnes = conditions.flatMap((condition, index) => (condition.type === type ? [index] : []));
    if (oldOnes.length !== newOnes.length) continue;
    newOnes.forEach((index, nth) => {
      conditions[index] = oldOnes[nth]!;
    });
  }
  if (conditions.length > 0) ensureObject(csr, "status").conditions = conditions;
  stampConditions(csr, old, ctx);
}

function stampConditions(csr: KubeObject, old: KubeObject, ctx: StrategyContext): void {
  const now = timestamp(ctx.now);
  for (const condition of objectsAt(csr, "status", "conditions")) {
    condition.lastUpdateTime ??= now;
    if (condition.lastTransitionTime !== undefined) continue;
    const same = objectsAt(old, "status", "conditions").find(
      (other) => other.type === condition.type && other.status === condition.status && other.lastTransitionTime,
    );
    condition.lastTransitionTime = same?.lastTransitionTime ?? now;
  }
}

/** /approval changes conditions and nothing else of spec and status. */
export const approval: UpdateStrategy = {
  prepareForUpdate(csr, old, ctx) {
    stampConditions(csr, old, ctx);
    const conditions = objectsAt(csr, "status", "conditions");
    assign(csr, "spec", old.spec);
    csr.status = { ...((old.status as JsonObject | undefined) ?? {}) };
    assign(ensureObject(csr, "status"), "conditions", conditions.length > 0 ? conditions : undefined);
  },
  validateUpdate: NOTHING,
};
