import { assign } from "../kube/access.js";
import { apiVersionOf } from "../kube/gvr.js";
import type { KubeObject } from "../kube/json.js";
import { ScaleManagers } from "../patch/apply/scale.js";
import { trackWrite } from "./managed-fields.js";
import type { Scope } from "./scope.js";

/** A write of a Scale, whose fields are some of its parent's. `tracked`: the write has seen to managedFields itself. */
export interface ScaleWrite {
  readonly options: { readonly fieldManager: string };
  readonly tracked: boolean;
  next(before: KubeObject): KubeObject;
}

/**
 * Makes the new Scale of the old one, and gives `parent`, which is to be stored, the managedFields that follow.
 * @param replicas where the parent keeps them, as "spec.replicas"
 */
export function writeThroughScale(
  scope: Scope,
  write: ScaleWrite,
  before: KubeObject,
  parent: KubeObject,
  replicas: string,
): KubeObject {
  const managers = new ScaleManagers(parent.metadata.managedFields, apiVersionOf(scope.def.gvk), replicas);
  assign(before.metadata, "managedFields", managers.toScale());
  const scale = write.next(before);
  if (!write.tracked) trackWrite(scope, scale, before, write.options);
  assign(parent.metadata, "managedFields", managers.toParent(scale.metadata.managedFields));
  return scale;
}
