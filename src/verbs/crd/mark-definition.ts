import { objectAt } from "../../kube/access.js";
import { timestamp } from "../../kube/clock.js";
import { conflict } from "../../kube/errors.js";
import type { KubeObject } from "../../kube/json.js";
import { setCondition } from "../../schema/crd/conditions.js";
import type { StoredObject } from "../../store/store.js";
import { admitDelete } from "../admit.js";
import { guaranteedUpdate } from "../guaranteed-update.js";
import { readStored } from "../objects.js";
import type { DeleteOptions } from "../options.js";
import { type Scope, storageOf } from "../scope.js";
import { CLEANUP } from "./stored-definition.js";

/**
 * The first delete of a definition only marks it: its instances go first. Undefined for one that is marked already.
 * Upstream: registry/customresourcedefinition/etcd.go (Delete). @throws ApiError 409
 */
export async function markDefinition(
  scope: Scope,
  stored: StoredObject,
  options: DeleteOptions,
): Promise<StoredObject | undefined> {
  checkPreconditions(scope, stored, options);
  const before = readStored(stored, storageOf(scope));
  if (before.metadata.deletionTimestamp) return undefined;
  admitDelete(scope, before, options);
  const { object } = await guaranteedUpdate(scope, options.dryRun, (current) => ({ next: mark(scope, current) }));
  return object;
}

function mark(scope: Scope, crd: KubeObject): KubeObject {
  const now = scope.deps.sources.now();
  const { metadata } = crd;
  metadata.deletionTimestamp ??= timestamp(now);
  if (!metadata.finalizers?.includes(CLEANUP)) metadata.finalizers = [...(metadata.finalizers ?? []), CLEANUP];
  const next = { ...crd, status: { ...objectAt(crd, "status") } } as KubeObject;
  const message = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
  setCondition(next, { type: "Terminating", status: "True", reason: "InstanceDeletionPending", message }, now);
  return next;
}

function checkPreconditions(scope: Scope, stored: StoredObject, options: DeleteOptions): void {
  const { preconditionUid: uid, preconditionResourceVersion: version } = options;
  const check = (what: string, wanted: string | undefined, found: string) => {
    if (wanted === undefined || wanted === found) return;
    const why = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`;
    throw conflict(scope.def.gvr, scope.name, why);
  };
  check("UID", uid, stored.index.uid);
  check("ResourceVersion", version, String(stored.revision));
}
