import { ensureObject, objectAt, objectsAt, stringsAt } from "../../kube/access.js";
import { compareUtf8 } from "../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { cloneJson } from "../../kube/json-access.js";
import { type AdmissionPlugin, type Attributes, refuse } from "./attributes.js";
import { type Amounts, addAmounts, amountsOf } from "./pod-resources.js";
import { type Evaluator, evaluatorOf } from "./quota-usage.js";

/** Namespaced, but nothing of them is stored, or was ever limited; upstream: pkg/quota/v1/install/registry.go. */
const IGNORED = new Set(["bindings", "events", "localsubjectaccessreviews"]);

/**
 * Holds what is used of a quota to what its status allows: a quota that no controller has looked at limits nothing;
 * upstream: apiserver/pkg/admission/plugin/resourcequota.
 */
export const resourceQuota: AdmissionPlugin = {
  name: "ResourceQuota",
  operations: ["CREATE", "UPDATE"],
  validate(attributes, view) {
    const { namespace, resource, object } = attributes;
    if (!object || namespace === "" || resource.gvr.resource === "namespaces") return;
    if (IGNORED.has(resource.gvr.resource)) return;
    const evaluator = evaluatorOf(attributes);
    if (!evaluator.handles(attributes)) return;
    const pertinent = [...view.list("", "resourcequotas", namespace)].filter((quota) =>
      concerns(quota, object, evaluator),
    );
    for (const quota of pertinent) checkMeasurable(attributes, quota, object, evaluator);
    const charged = pertinent.flatMap((quota) => charge(attributes, quota, object, evaluator) ?? []);
    if (!attributes.dryRun) for (const quota of charged) view.updateStatus?.("", "resourcequotas", quota);
  },
};

function concerns(quota: KubeObject, object: KubeObject, evaluator: Evaluator): boolean {
  if (restricted(quota, evaluator).length === 0) return false;
  return scopesOf(quota).every((selector) => evaluator.inScope(selector, object));
}

function scopesOf(quota: KubeObject): JsonObject[] {
  const scopes = stringsAt(quota, "spec", "scopes").map((scopeName) => ({ scopeName, operator: "Exists" }));
  return [...scopes, ...objectsAt(quota, "spec", "scopeSelector", "matchExpressions")];
}

function restricted(quota: KubeObject, evaluator: Evaluator): string[] {
  const names = Object.keys(objectAt(quota, "status", "hard") ?? {});
  return names.filter((name) => evaluator.counts(name)).sort(compareUtf8);
}

function checkMeasurable(attributes: Attributes, quota: KubeObject, object: KubeObject, evaluator: Evaluator): void {
  const name = quota.metadata.name;
  const names = restricted(quota, evaluator);
  const why = evaluator.constraint(names, object);
  if (why !== undefined) throw refuse(attributes, `failed quota: ${name}: ${why}`);
  const used = objectAt(quota, "status", "used") ?? {};
  if (names.every((each) => Object.hasOwn(used, each))) return;
  throw refuse(attributes, `status unknown for quota: ${name}, resources: ${names.join(",")}`);
}

/** The quota with what the request uses added; undefined when it uses no more than before. */
function charge(
  attributes: Attributes,
  quota: KubeObject,
  object: KubeObject,
  evaluator: Evaluator,
): KubeObject | undefined {
  const hard = amountsOf(objectAt(quota, "status"), "hard");
  const used = amountsOf(objectAt(quota, "status"), "used");
  const requested = new Map(
    [...additional(attributes, quota, object, evaluator)].filter(([name, amount]) => hard.has(name) && !amount.isZero),
  );
  if (requested.size === 0) return undefined;
  const total: Amounts = new Map(used);
  addAmounts(total, requested);
  const exceeded = [...requested.keys()].filter((name) => total.get(name)!.compare(hard.get(name)!) > 0);
  if (exceeded.length > 0) {
    const shown = (amounts: Amounts): string => textOf(amounts, exceeded);
    const parts = `requested: ${shown(requested)}, used: ${shown(used)}, limited: ${shown(hard)}`;
    throw refuse(attributes, `exceeded quota: ${quota.metadata.name}, ${parts}`);
  }
  const changed = cloneJson(quota);
  const shown = Object.fromEntries([...total].map(([name, amount]) => [name, String(amount)]));
  ensureObject(changed, "status").used = shown;
  return changed;
}

/** What the object uses beyond what it used before under this quota; never less than nothing. */
function additional(attributes: Attributes, quota: KubeObject, object: KubeObject, evaluator: Evaluator): Amounts {
  const usage = evaluator.usage(object);
  const { old } = attributes;
  if (!old || !concerns(quota, old, evaluator)) return usage;
  const before = evaluator.usage(old);
  return new Map(
    [...usage].flatMap(([name, amount]) => {
      const more = before.has(name) ? amount.subtract(before.get(name)!) : amount;
      return more.unscaled > 0n ? [[name, more] as const] : [];
    }),
  );
}

function textOf(amounts: Amounts, names: readonly string[]): string {
  const known = names.filter((name) => amounts.has(name)).sort(compareUtf8);
  return known.map((name) => `${name}=${amounts.get(name)}`).join(",");
}
