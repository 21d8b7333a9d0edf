import { objectsAt, stringAt } from "../kube/access.js";
import { timestamp } from "../kube/clock.js";
import { goQuote } from "../kube/go-text.js";
import type { JsonObject, KubeObject } from "../kube/json.js";
import type { ResourceDef } from "../schema/model.js";
import { APPLY_PATCH, apply } from "./apply.js";
import { internalScope } from "./crd/internal-request.js";
import type { ApiDeps } from "./deps.js";
import { readStored } from "./objects.js";
import { collectionPrefix, type Scope, storageKey } from "./scope.js";

const GROUP = "flowcontrol.apiserver.k8s.io";
const MANAGER = "api-priority-and-fairness-config-consumer-v1";
const WRITES = new Set(["create", "update", "patch", "delete", "deletecollection"]);

/**
 * After a write of a flow schema or priority level: tells each flow schema whether its level is there, as the server's
 * own controller does; upstream: apiserver/pkg/util/flowcontrol/apf_controller.go.
 */
export async function followFlows({ deps, def, request }: Scope): Promise<void> {
  if (def.gvr.group !== GROUP || !WRITES.has(request.info.verb)) return;
  const schemas = deps.registry.lookup(GROUP, "v1", "flowschemas");
  const levels = deps.registry.lookup(GROUP, "v1", "prioritylevelconfigurations");
  if (!schemas?.storage || !levels) return;
  for (const stored of [...deps.store().snapshot()!.range(collectionPrefix(schemas, ""))]) {
    const schema = readStored(stored, schemas.storage);
    const level = stringAt(schema, "spec", "priorityLevelConfiguration", "name");
    const exists = deps.store().get(storageKey(levels, "", level)) !== undefined;
    await tell(deps, schemas, schema, dangling(level, exists));
  }
}

function dangling(level: string, exists: boolean) {
  const references = `This FlowSchema references the PriorityLevelConfiguration object named ${goQuote(level)}`;
  return exists
    ? { status: "False", reason: "Found", message: `${references} and it exists` }
    : { status: "True", reason: "NotFound", message: `${references} but there is no such object` };
}

async function tell(
  deps: ApiDeps,
  def: ResourceDef,
  schema: KubeObject,
  condition: ReturnType<typeof dangling>,
): Promise<void> {
  const told = objectsAt(schema, "status", "conditions").find(({ type }) => type === "Dangling");
  if (told && isSame(told, condition)) return;
  const name = schema.metadata.name ?? "";
  const conditions = [{ type: "Dangling", lastTransitionTime: timestamp(deps.sources.now()), ...condition }];
  const { kind, group, version } = def.gvk;
  const config = { kind, apiVersion: `${group}/${version}`, metadata: { name }, status: { conditions } };
  const scope = internalScope(deps, def, { namespace: "", name, subresource: "status" });
  const headers = { ...scope.request.headers, "content-type": APPLY_PATCH };
  const query = new URLSearchParams({ fieldManager: MANAGER, force: "true" });
  await apply({ ...scope, request: { ...scope.request, query, headers, body: Buffer.from(JSON.stringify(config)) } });
}

function isSame(told: JsonObject, condition: ReturnType<typeof dangling>): boolean {
  const { status, reason, message } = condition;
  return told.status === status && told.reason === reason && told.message === message;
}
