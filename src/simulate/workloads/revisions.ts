import { numberAt, objectAt, optionalNumberAt, stringMapAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { templateHash } from "./pods.js";
import { ownedBy, same, type Workspace } from "./workspace.js";

export const REVISION_LABEL = "controller-revision-hash";

/** What is kept of each template that a StatefulSet or DaemonSet has had. Upstream: pkg/controller/history. */
export async function currentRevision(space: Workspace, owner: KubeObject, kind: string): Promise<KubeObject> {
  const known = revisionsOf(space, owner);
  const data = { spec: { template: { ...objectAt(owner, "spec", "template"), $patch: "replace" } } };
  const found = known.find((each) => same(objectAt(each, "data"), data));
  const next = Math.max(0, ...known.map((each) => numberAt(each, "revision"))) + 1;
  if (found !== undefined) {
    if (numberAt(found, "revision") === next - 1) return found;
    return (await space.patch(revisionPath(found), { revision: next })) ?? found;
  }
  const { name, namespace } = owner.metadata;
  const hash = templateHash(data);
  const labels = { ...stringMapAt(owner, "spec", "template", "metadata", "labels"), [REVISION_LABEL]: hash };
  return space.create(`/apis/apps/v1/namespaces/${namespace}/controllerrevisions`, {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: { name: `${name}-${hash}`, labels, ownerReferences: ownedBy(owner, "apps/v1", kind) },
    data,
    revision: next,
  });
}

/** Removes the oldest of those that no pod has any more. */
export async function forgetRevisions(space: Workspace, owner: KubeObject, used: ReadonlySet<string>): Promise<void> {
  const limit = optionalNumberAt(owner, "spec", "revisionHistoryLimit") ?? 10;
  const idle = revisionsOf(space, owner).filter(({ metadata }) => !used.has(metadata.name ?? ""));
  idle.sort((a, b) => numberAt(a, "revision") - numberAt(b, "revision"));
  for (const each of idle.slice(0, Math.max(0, idle.length - limit))) await space.delete(revisionPath(each), each);
}

export function templateOf(revision: KubeObject | undefined): JsonObject | undefined {
  return objectAt(revision, "data", "spec", "template");
}

function revisionsOf(space: Workspace, owner: KubeObject): KubeObject[] {
  return space.owned("controllerrevisions", owner);
}

function revisionPath({ metadata }: KubeObject): string {
  return `/apis/apps/v1/namespaces/${metadata.namespace}/controllerrevisions/${metadata.name}`;
}
