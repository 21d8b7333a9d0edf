import { objectAt, objectsAt, stringAt } from "../../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue } from "../../../kube/field-errors.js";
import { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../../kube/json.js";
import { semanticEqual } from "../../strategy/equality.js";
import { podQosClass } from "../../strategy/pod-qos.js";
import { validateCoreMetaUpdate } from "../core-meta.js";
import { MIRROR } from "./annotations.js";

const SPEC = FieldPath.of("spec");
const CONTAINER = "io.k8s.api.core.v1.Container";
const LISTS = ["containers", "initContainers"] as const;

/** /resize: cpu and memory of running containers; upstream: apis/core/validation (ValidatePodResize). */
export function validateResize(pod: KubeObject, old: KubeObject, whole: FieldError[]): FieldError[] {
  if (hasPodResources(pod) || hasPodResources(old)) {
    return [forbiddenField("[]", "pods with pod-level resources cannot be resized")];
  }
  if (old.metadata.annotations?.[MIRROR] !== undefined) return [forbiddenField("[]", "static pods cannot be resized")];
  if (stringAt(old, "spec", "os", "name") === "windows")
    return [forbiddenField("[]", "windows pods cannot be resized")];
  const errors = [...validateCoreMetaUpdate(pod, old), ...whole];
  const before = stringAt(old, "status", "qosClass") || podQosClass(old);
  if (before !== podQosClass(pod)) {
    const why = "Pod QOS Class may not change as a result of resizing";
    errors.push(invalidValue(SPEC, stringAt(pod, "status", "qosClass"), why));
  }
  if (!isSupported(old)) errors.push(forbiddenField(SPEC, "Pod running on node without support for resize"));
  const order = validateOrder(pod, old);
  if (order.length > 0) return [...errors, ...order];
  return [...errors, ...validateChanges(pod, old)];
}

function hasPodResources(pod: KubeObject): boolean {
  const resources = objectAt(pod, "spec", "resources");
  return ["requests", "limits"].some((kind) => Object.keys(objectAt(resources, kind) ?? {}).length > 0);
}

/** A node that resizes reports the resources of what runs. */
function isSupported(pod: KubeObject): boolean {
  const running = objectsAt(pod, "status", "containerStatuses").find((status) => objectAt(status, "state", "running"));
  return !running || objectAt(running, "resources") !== undefined;
}

function validateOrder(pod: KubeObject, old: KubeObject): FieldError[] {
  return LISTS.flatMap((list) => {
    const [now, before] = [objectsAt(pod, "spec", list), objectsAt(old, "spec", list)];
    const at = SPEC.child(list);
    if (now.length !== before.length) return [forbiddenField(at, `${list} may not be added or removed on resize`)];
    return before.flatMap((container, index) => {
      if (container.name === now[index]?.name) return [];
      return [forbiddenField(at.index(index).child("name"), `${list} may not be renamed or reordered on resize`)];
    });
  });
}

const IMMUTABLE = {
  containers: "only cpu and memory resources are mutable",
  initContainers: "only cpu and memory resources for sidecar containers are mutable",
};

function validateChanges(pod: KubeObject, old: KubeObject): FieldError[] {
  const removed: FieldError[] = [];
  const changed: FieldError[] = [];
  for (const list of LISTS) {
    for (const [index, before] of objectsAt(old, "spec", list).entries()) {
      const now = objectsAt(pod, "spec", list)[index] ?? {};
      if (list === "initContainers" && before.restartPolicy !== "Always") {
        const why = "resources for non-sidecar init containers are immutable";
        if (!semanticEqual(now, before, CONTAINER)) changed.push(forbiddenField(SPEC, why));
        continue;
      }
      removed.push(...validateRemoved(SPEC.child(list).index(index).child("resources"), now, before));
      if (!semanticEqual(withResourcesOf(now, before), before, CONTAINER))
        changed.push(forbiddenField(SPEC, IMMUTABLE[list]));
    }
  }
  return [...removed, ...changed];
}

function validateRemoved(path: FieldPath, now: JsonObject, before: JsonObject): FieldError[] {
  return ["requests", "limits"].flatMap((kind) => {
    const left = objectAt(now, "resources", kind) ?? {};
    const gone = Object.keys(objectAt(before, "resources", kind) ?? {}).some((name) => !Object.hasOwn(left, name));
    return gone ? [forbiddenField(path.child(kind), `resource ${kind} cannot be removed`)] : [];
  });
}

/** The container with cpu and memory as they were; upstream loses its claims, so that one which has any can't be resized. */
function withResourcesOf(now: JsonObject, before: JsonObject): JsonObject {
  const resources: JsonObject = {};
  for (const kind of ["requests", "limits"]) {
    const old = objectAt(before, "resources", kind);
    if (!old) continue;
    const { cpu: _cpu, memory: _memory, ...rest } = objectAt(now, "resources", kind) ?? {};
    const kept = Object.entries(old).filter(([name]) => name === "cpu" || name === "memory");
    resources[kind] = { ...rest, ...Object.fromEntries(kept) } as JsonObject;
  }
  return { ...now, resources };
}
