import { objectAt, stringAt } from "../../kube/access.js";
import type { KubeObject } from "../../kube/json.js";
import { ApiError } from "../../kube/status.js";
import { type Condition, setCondition } from "../../schema/crd/conditions.js";
import { storageVersion } from "../../schema/crd/definition.js";
import type { ResourceDef } from "../../schema/model.js";
import type { StoredObject } from "../../store/store.js";
import { deleteObject } from "../delete.js";
import type { ApiDeps } from "../deps.js";
import { deleteOptions } from "../options.js";
import { collectionPrefix } from "../scope.js";
import { internalScope } from "./internal-request.js";
import { CLEANUP } from "./stored-definition.js";

/**
 * Deletes the instances of a definition. Answers the definition as it is to be written last, without its finalizer; or
 * undefined while instances wait for finalizers of theirs. Upstream: controller/finalizer/crd_finalizer.go.
 */
export async function finishDefinition(
  deps: ApiDeps,
  crd: KubeObject,
  established: boolean,
): Promise<KubeObject | undefined> {
  let condition: Condition = {
    type: "Terminating",
    status: "False",
    reason: "NeverEstablished",
    message: "resource was never established",
  };
  if (established) {
    if (!(await deleteInstances(deps, crd))) return undefined;
    condition = { ...condition, reason: "InstanceDeletionCompleted", message: "removed all instances" };
  }
  const last = { ...crd, metadata: { ...crd.metadata }, status: { ...objectAt(crd, "status") } } as KubeObject;
  setCondition(last, condition, deps.sources.now());
  const finalizers = (crd.metadata.finalizers ?? []).filter((name) => name !== CLEANUP);
  if (finalizers.length > 0) last.metadata.finalizers = finalizers;
  else delete last.metadata.finalizers;
  return last;
}

/** Whether none is left. */
async function deleteInstances(deps: ApiDeps, crd: KubeObject): Promise<boolean> {
  const def = storedRow(deps, crd);
  if (!def) return true;
  for (const instance of instancesOf(deps, def)) {
    const { namespace, name } = instance.index;
    await deleteIfThere(deps, def, namespace, name);
  }
  return instancesOf(deps, def).length === 0;
}

async function deleteIfThere(deps: ApiDeps, def: ResourceDef, namespace: string, name: string): Promise<void> {
  try {
    await deleteObject(internalScope(deps, def, { namespace, name }), deleteOptions(new URLSearchParams(), undefined));
  } catch (error) {
    if (error instanceof ApiError && error.status.code === 404) return;
    throw error;
  }
}

function instancesOf(deps: ApiDeps, def: ResourceDef): StoredObject[] {
  return [...deps.store().snapshot()!.range(collectionPrefix(def, ""))];
}

/** A row of the resource, in any version that is served. */
function storedRow(deps: ApiDeps, crd: KubeObject): ResourceDef | undefined {
  const group = stringAt(crd, "spec", "group");
  const plural = stringAt(crd, "status", "acceptedNames", "plural");
  const rows = deps.registry.versionsOf(group, plural).filter((row) => row.served);
  return rows.find((row) => row.gvk.version === storageVersion(row.served!.definition).name) ?? rows[0];
}
