import { objectsAt } from "../kube/access.js";
import { compareUtf8 } from "../kube/go-text.js";
import type { Handler, KubeRequest } from "../kube/handler.js";
import type { Json, JsonObject, KubeObject } from "../kube/json.js";
import { SelectorSyntaxError } from "../kube/label-requirement.js";
import { LabelSelector, labelSelectorOf } from "../kube/label-selector.js";
import { parseRequestInfo } from "../kube/request-info.js";
import { ApiError } from "../kube/status.js";
import { CompactedError, type Store, type WatchCursor } from "../store/store.js";

const PREFIX = "clusterroles/";
const MANAGER = "clusterrole-aggregation-controller";
const USER = {
  name: `system:serviceaccount:kube-system:${MANAGER}`,
  groups: ["system:masters", "system:authenticated"],
};

/** What a simulated controller works with. */
export interface ClusterParts {
  readonly handler: Handler;
  readonly store: Store;
  /** Aborted when the cluster is reset or stopped. */
  readonly signal: AbortSignal;
}

/**
 * Keeps the rules of aggregated ClusterRoles (admin, edit, view and whoever has an aggregationRule) what the roles
 * that they gather hold, as kube-controller-manager does. Resolves when they are. Upstream:
 * pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
 */
export async function aggregateRoles({ handler, store, signal }: ClusterParts): Promise<void> {
  let cursor = store.watch(PREFIX, store.revision);
  const again = async (): Promise<void> => {
    if (signal.aborted) return cursor.close();
    cursor = caughtUp(cursor, store);
    await settle(handler, store);
    cursor.onReady(() => void again());
  };
  signal.addEventListener("abort", () => cursor.close(), { once: true });
  await again();
}

/** The same cursor after all that has happened, or a new one where it fell behind. */
function caughtUp(cursor: WatchCursor, store: Store): WatchCursor {
  try {
    while (cursor.next());
    return cursor;
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    cursor.close();
    return store.watch(PREFIX, store.revision);
  }
}

/** Roles gather roles that gather roles: each round is one step further, and rules only ever come from somewhere. */
async function settle(handler: Handler, store: Store): Promise<void> {
  const roles = [...store.snapshot()!.range(PREFIX)].map(({ bytes }) => JSON.parse(bytes.toString()) as KubeObject);
  for (let round = 0; round < roles.length; round++) {
    let changed = false;
    for (const role of roles) {
      const selectors = objectsAt(role, "aggregationRule", "clusterRoleSelectors");
      if (selectors.length === 0) continue;
      const rules = gathered(role, roles);
      if (JSON.stringify(rules) === JSON.stringify(objectsAt(role, "rules"))) continue;
      role.rules = rules;
      changed = true;
      await apply(handler, role.metadata.name ?? "", rules);
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
async function apply(handler: Handler, name: string, rules: readonly Json[]): Promise<void> {
  const query = new URLSearchParams({ fieldManager: MANAGER, force: "true" });
  const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`;
  const body = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules };
  const request: KubeRequest = {
    method: "PATCH",
    path,
    query,
    headers: { "content-type": "application/apply-patch+yaml", accept: "application/json" },
    body: Buffer.from(JSON.stringify(body)),
    info: parseRequestInfo("PATCH", path, query),
    user: USER,
    signal: new AbortController().signal,
  };
  try {
    await handler(request);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}
