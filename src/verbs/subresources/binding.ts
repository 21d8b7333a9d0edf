import { ensureObject, objectAt, objectsAt, stringAt } from "../../kube/access.js";
import { timestamp } from "../../kube/clock.js";
import { badRequest, conflict } from "../../kube/errors.js";
import type { Answer } from "../../kube/handler.js";
import type { KubeObject } from "../../kube/json.js";
import { ApiError } from "../../kube/status.js";
import { answerSuccess } from "../answers.js";
import { decodeVersioned } from "../decode.js";
import { guaranteedUpdate } from "../guaranteed-update.js";
import { type WriteOptions, writeOptions } from "../options.js";
import { representation } from "../representation.js";
import type { Scope } from "../scope.js";
import { checkUid } from "../update.js";

/** POST pods/<name>/binding: what a scheduler does. */
export function bind(scope: Scope): Promise<Answer> {
  const options = writeOptions(scope.request.query, "CreateOptions");
  const { object } = decodeVersioned(scope, options);
  if ((object.metadata.name ?? "") !== scope.name) {
    throw badRequest("name in URL does not match name in Binding object");
  }
  return bindPod(scope, object, options);
}

/** @throws ApiError 404, 409 for a pod that can't be bound any more */
export async function bindPod(scope: Scope, binding: KubeObject, options: WriteOptions): Promise<Answer> {
  const { deps } = scope;
  const wanted = representation(scope);
  const node = stringAt(binding, "target", "name");
  checkTarget(binding, node);
  const name = binding.metadata.name ?? "";
  const pods = deps.registry.lookup("", "v1", "pods")!;
  const target = { ...scope, def: pods, subresource: undefined, name };
  await guaranteedUpdate(target, options.dryRun, (pod) => {
    if (binding.metadata.uid) checkUid(target, binding.metadata.uid, pod);
    assign(pod, node, name, timestamp(deps.sources.now()));
    const annotations = { ...pod.metadata.annotations, ...binding.metadata.annotations };
    if (Object.keys(annotations).length > 0) pod.metadata.annotations = annotations;
    return { next: pod };
  });
  return answerSuccess(scope, 201, { code: 201 }, wanted);
}

function checkTarget(binding: KubeObject, node: string): void {
  const kind = stringAt(binding, "target", "kind");
  const problems: string[] = [];
  if (kind !== "" && kind !== "Node")
    problems.push(`target.kind: Unsupported value: "${kind}": supported values: "Node", "<empty>"`);
  if (node === "") problems.push("target.name: Required value");
  if (problems.length === 0) return;
  const message = problems.length === 1 ? problems[0]! : `[${problems.join(", ")}]`;
  throw new ApiError({ code: 500, reason: "", message });
}

function assign(pod: KubeObject, node: string, name: string, lastTransitionTime: string): void {
  const refuse = (why: string) => conflict({ group: "", resource: "pods/binding" }, name, `pod ${name} ${why}`);
  const spec = objectAt(pod, "spec") ?? {};
  if (pod.metadata.deletionTimestamp) throw refuse("is being deleted, cannot be assigned to a host");
  const taken = stringAt(spec, "nodeName");
  if (taken !== "") throw refuse(`is already assigned to node ${JSON.stringify(taken)}`);
  if (objectsAt(spec, "schedulingGates").length > 0) throw refuse("has non-empty .spec.schedulingGates");
  spec.nodeName = node;
  const status = ensureObject(pod, "status");
  const conditions = objectsAt(status, "conditions").filter(({ type }) => type !== "PodScheduled");
  conditions.push({ type: "PodScheduled", status: "True", lastTransitionTime });
  status.conditions = conditions;
}
