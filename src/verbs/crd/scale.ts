import { encodeTyped } from "../../codec/json/encode.js";
import { parseJson } from "../../codec/json/parse.js";
import { numberAt } from "../../kube/access.js";
import { badRequest, internalError } from "../../kube/errors.js";
import type { Answer } from "../../kube/handler.js";
import type { KubeObject } from "../../kube/json.js";
import { cloneJson } from "../../kube/json-access.js";
import { ApiError } from "../../kube/status.js";
import type { ScalePaths } from "../../schema/crd/definition.js";
import { type Found, integerAtPath, setAtPath, textAtPath } from "../../schema/crd/scale-paths.js";
import { answerValue } from "../answers.js";
import { APPLY_PATCH, applyRequest } from "../apply.js";
import { decodeVersioned } from "../decode.js";
import { readOne } from "../get.js";
import { guaranteedUpdate } from "../guaranteed-update.js";
import { readStored } from "../objects.js";
import { type WriteOptions, writeOptions } from "../options.js";
import { patchRequest, patchType } from "../patch.js";
import { representation } from "../representation.js";
import { type ScaleWrite, writeThroughScale } from "../scale-managers.js";
import { type Scope, storageOf } from "../scope.js";
import { prepareUpdate } from "../update.js";

/** Stands for replicas that nobody has set, so that a patch that leaves them so can be told; the smallest int32. */
const UNSET = -2147483648;

/** The scale subresource of custom resources; upstream: registry/customresource/etcd.go, ScaleREST. */
export function getCustomScale(scope: Scope): Answer {
  const wanted = representation(scope);
  const { scale, hasReplicas } = scaleOf(scope, readStored(readOne(scope), storageOf(scope)));
  if (!hasReplicas) throw internalError(`the spec replicas field "${paths(scope).spec}" does not exist`);
  return answerValue(scope, 200, scale, scope.subresource!.type, wanted);
}

export function updateCustomScale(scope: Scope): Promise<Answer> {
  const options = writeOptions(scope.request.query, "UpdateOptions");
  const { object: scale, warnings } = decodeVersioned(scope, options);
  const named = scale.metadata.name ?? "";
  if (named !== scope.name) {
    throw badRequest(`the name of the object (${named}) does not match the name on the URL (${scope.name})`);
  }
  return writeScale(scope, options, warnings, { options, tracked: false, next: () => cloneJson(scale) });
}

export function patchCustomScale(scope: Scope): Promise<Answer> {
  const warnings: string[] = [];
  if (patchType(scope) === APPLY_PATCH) {
    const { options, merge } = applyRequest(scope, warnings);
    return writeScale(scope, options, warnings, { options, tracked: true, next: merge });
  }
  const { options, apply } = patchRequest(scope, warnings);
  const next = (current: KubeObject) => apply(parseJson(encodeTyped(current, scope.subresource!.type)));
  return writeScale(scope, options, warnings, { options, tracked: false, next });
}

async function writeScale(scope: Scope, options: WriteOptions, warnings: string[], write: ScaleWrite): Promise<Answer> {
  const wanted = representation(scope);
  const parent = { ...scope, subresource: undefined };
  const { object: stored } = await guaranteedUpdate(parent, options.dryRun, (current, at) => {
    const before = scaleOf(scope, current);
    if (!before.hasReplicas) before.scale.spec = { replicas: UNSET };
    const parentAfter = cloneJson(current);
    const replicas = paths(scope).spec.replace(/^\./, "");
    const scale = writeThroughScale(scope, write, before.scale, parentAfter, replicas);
    const changed = withReplicas(scope, parentAfter, numberAt(scale, "spec", "replicas"));
    const version = scale.metadata.resourceVersion;
    changed.metadata.resourceVersion = version ? version : String(at.revision);
    return prepareUpdate(parent, changed, current, at, options, (message) => warnings.push(message));
  });
  const { scale } = scaleOf(scope, readStored(stored, storageOf(scope)));
  return answerValue(scope, 200, scale, scope.subresource!.type, wanted, warnings);
}

function withReplicas(scope: Scope, object: KubeObject, replicas: number): KubeObject {
  const { spec } = paths(scope);
  if (replicas === UNSET) throw badRequest(`the spec replicas field "${spec}" cannot be empty`);
  const problem = setAtPath(object, spec, replicas);
  if (problem !== undefined) throw plainError(problem);
  return object;
}

function scaleOf(scope: Scope, object: KubeObject): { scale: KubeObject; hasReplicas: boolean } {
  const { spec, status, selector } = paths(scope);
  const wanted = orThrow(integerAtPath(object, spec));
  const current = orThrow(integerAtPath(object, status));
  const labels = selector === "" ? "" : (orThrow(textAtPath(object, selector)) ?? "");
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp } as KubeObject["metadata"];
  const scale: KubeObject = {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata,
    spec: { replicas: asInt32(wanted) },
    status: { replicas: asInt32(current), selector: labels },
  };
  return { scale, hasReplicas: wanted !== undefined };
}

function asInt32(value: number | bigint | undefined): number {
  return Number(BigInt.asIntN(32, BigInt(value ?? 0)));
}

function orThrow<T>(found: Found<T>): T | undefined {
  if ("problem" in found) throw plainError(found.problem);
  return found.value;
}

/** An error that upstream does not wrap: a bare 500. */
function plainError(message: string): ApiError {
  return new ApiError({ code: 500, reason: "", message });
}

function paths(scope: Scope): ScalePaths {
  return scope.def.served!.version.scale!;
}
