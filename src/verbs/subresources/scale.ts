import { encodeTyped } from "../../codec/json/encode.js";
import { parseJson } from "../../codec/json/parse.js";
import { numberAt, objectAt, stringMapAt } from "../../kube/access.js";
import { invalid } from "../../kube/errors.js";
import { invalidValue } from "../../kube/field-errors.js";
import type { Answer } from "../../kube/handler.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { cloneJson } from "../../kube/json-access.js";
import { labelSelectorOf, selectorOfLabels } from "../../kube/label-selector.js";
import { matchNamespace } from "../../schema/strategy/lifecycle.js";
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
import { type Scope, storageOf, targetOf } from "../scope.js";
import { checkName, checkUid, prepareUpdate } from "../update.js";

export function getScale(scope: Scope): Answer {
  const wanted = representation(scope);
  const scale = scaleOf(readStored(readOne(scope), storageOf(scope)));
  return answerValue(scope, 200, scale, scope.subresource!.type, wanted);
}

export function updateScale(scope: Scope): Promise<Answer> {
  const options = writeOptions(scope.request.query, "UpdateOptions");
  const { object: scale, warnings } = decodeVersioned(scope, options);
  matchNamespace(targetOf(scope), scale);
  checkName(scope, scale);
  return writeScale(scope, options, warnings, { options, tracked: false, next: () => cloneJson(scale) });
}

export function patchScale(scope: Scope): Promise<Answer> {
  const warnings: string[] = [];
  if (patchType(scope) === APPLY_PATCH) {
    const { options, merge } = applyRequest(scope, warnings);
    return writeScale(scope, options, warnings, { options, tracked: true, next: merge });
  }
  const { options, apply } = patchRequest(scope, warnings);
  const next = (current: KubeObject) => apply(parseJson(encodeTyped(current, scope.subresource!.type)));
  return writeScale(scope, options, warnings, { options, tracked: false, next });
}

/** A Scale is a view: what is written is its parent's spec.replicas, by the parent's own rules. */
async function writeScale(scope: Scope, options: WriteOptions, warnings: string[], write: ScaleWrite): Promise<Answer> {
  const wanted = representation(scope);
  const parent = { ...scope, subresource: undefined };
  const { object: stored } = await guaranteedUpdate(parent, options.dryRun, (current, at) => {
    const changed: KubeObject = {
      ...current,
      metadata: { ...current.metadata },
      spec: { ...objectAt(current, "spec") },
    };
    const scale = writeThroughScale(scope, write, scaleOf(current), changed, "spec.replicas");
    checkScale(scope, scale, current);
    (changed.spec as JsonObject).replicas = numberAt(scale, "spec", "replicas");
    if (scale.metadata.resourceVersion === undefined) delete changed.metadata.resourceVersion;
    else changed.metadata.resourceVersion = scale.metadata.resourceVersion;
    return prepareUpdate(parent, changed, current, at, options, (message) => warnings.push(message));
  });
  const scale = scaleOf(readStored(stored, storageOf(scope)));
  return answerValue(scope, 200, scale, scope.subresource!.type, wanted, warnings);
}

function checkScale(scope: Scope, scale: KubeObject, current: KubeObject): void {
  const replicas = numberAt(scale, "spec", "replicas");
  if (replicas < 0) {
    const error = invalidValue("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid({ group: "autoscaling", kind: "Scale" }, scope.name, [error]);
  }
  const { uid } = scale.metadata;
  if (uid !== undefined) checkUid(scope, uid, current);
}

function scaleOf(parent: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = parent.metadata;
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp } as KubeObject["metadata"];
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata,
    spec: { replicas: numberAt(parent, "spec", "replicas") },
    status: { replicas: numberAt(parent, "status", "replicas"), selector: selectorText(parent) },
  };
}

function selectorText(parent: KubeObject): string {
  if (parent.kind === "ReplicationController")
    return selectorOfLabels(stringMapAt(parent, "spec", "selector")).toString();
  return labelSelectorOf(objectAt(parent, "spec", "selector")).toString();
}
