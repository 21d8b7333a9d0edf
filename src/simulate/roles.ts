import { objectsAt } from "../kube/access.js";
import { compareUtf8 } from "../kube/go-text.js";
import type { Json, JsonObject, KubeObject } from "../kube/json.js";
import { SelectorSyntaxError } from "../kube/label-requirement.js";
import { LabelSelector, labelSelectorOf } from "../kube/label-selector.js";
import { LocalClient } from "../kube/local-client.js";
import { ApiError } from "../kube/status.js";
import type { Store } from "../store/store.js";
import { follow, type SimulatedCluster } from "./follow.js";
import { objectOf } from "./objects.js";

const PREFIX = "clusterroles/";
const MANAGER = "clusterrole-aggregation-controller";

/**
 * Keeps the rules of aggregated ClusterRoles (admin, edit, view and whoever has an aggregationRule) what the roles
 * that they gather hold, as kube-controller-manager does. Resolves when they are. Upstream:
 * pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
 */
export async function aggregateRoles(cluster: SimulatedCluster): Promise<void> {
  const client = new LocalClient(cluster.handler, `system:serviceaccount:kube-system:${MANAGER}`);
  await follow(cluster, {
    prefixes: [PREFIX],
    // Any role may be gathered by any other, so there is one thing to bring in order: all of them.
    keys: () => [PREFIX],
    reconcile: async () => {
      await settle(client, cluster.store);
      return undefined;
    },
  });
}

/** Roles gather roles that gather roles: each round is one step further, and rules only ever come from somewhere. */
async function settle(client: LocalClient, store: Store): Promise<void> {
  const roles = [...store.snapshot()!.range(PREFIX)].map(objectOf);
  for (let round = 0; round < roles.length; round++) {
    let changed = false;
    for (const role of roles) {
      const selectors = objectsAt(role, "aggregationRule", "clusterRoleSelectors");
      if (selectors.length === 0) continue;
      const rules = gathered(role, roles);
      if (JSON.stringify(rules) === JSON.stringify(objectsAt(role, "rules"))) continue;
      role.rules = rules;
      changed = true;
      await apply(client, role.metadata.name ?? "", rules);
    }
    if (!changed) return;
  }
}

function gathered(role: KubeObject, roles: readonly KubeObject[]): Json[] {
  const rules = new Map<string, Json>();
  for (const selector of objectsAt(role, "aggregationRule", "clusterRoleSelectors")) {
    const wanted = selects(selector);
    const found = roles.filter((other) => other !== role && wanted.matches(other.metadata.labels));
    for (const other of found.sort((a, b) => compareUtf8(a.metadata.name ?? "", b.metadata.name ?? ""))) {
      for (const rule of objectsAt(other, "rules")) rules.set(JSON.stringify(rule), rule);
    }
  }
  return [...rules.values()];
}

/** A selector that is none selects nothing. */
function selects(selector: JsonObject): LabelSelector {
  try {
    return labelSelectorOf(selector);
  } catch (error) {
    if (error instanceof SelectorSyntaxError) return LabelSelector.nothing;
    throw error;
  }
}

/** A role that is gone, or that nobody may change so, is left alone: the next event brings another try. */
async function apply(client: LocalClient, name: string, rules: Json[]): Promise<void> {
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules };
  try {
    await client.apply(`/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`, MANAGER, role);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}
