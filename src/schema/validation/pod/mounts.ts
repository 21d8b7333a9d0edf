import { objectAt, objectsAt, optionalStringAt, stringAt, valueAt } from "../../../kube/access.js";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
} from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { descendingPath } from "../paths.js";
import type { PodScope } from "./scope.js";

/** Where volumes are mounted; some paths lack the index, as upstream's do (ValidateVolumeMounts). */
export function validateMounts(path: FieldPath, container: JsonObject, scope: PodScope): FieldError[] {
  const devices = new Map(
    objectsAt(container, "volumeDevices").map((device) => [stringAt(device, "name"), stringAt(device, "devicePath")]),
  );
  const points = new Set<string>();
  return objectsAt(container, "volumeMounts").flatMap((mount, index) => {
    const at = path.index(index);
    const [name, point] = [stringAt(mount, "name"), stringAt(mount, "mountPath")];
    const errors: FieldError[] = [];
    if (name === "") errors.push(required(at.child("name")));
    if (!scope.volumes.has(name)) errors.push(notFoundValue(at.child("name"), name));
    if (point === "") errors.push(required(at.child("mountPath")));
    if (points.has(point)) errors.push(invalidValue(at.child("mountPath"), point, "must be unique"));
    points.add(point);
    if (devices.has(name)) {
      errors.push(invalidValue(at.child("name"), name, "must not already exist in volumeDevices"));
    }
    if ([...devices.values()].includes(point)) {
      errors.push(invalidValue(at.child("mountPath"), point, "must not already exist as a path in volumeDevices"));
    }
    errors.push(...validateSubPaths(path, at, mount));
    errors.push(...validatePropagation(path.child("mountPropagation"), mount, container));
    return [...errors, ...validateRecursive(path.child("recursiveReadOnly"), mount)];
  });
}

function validateSubPaths(path: FieldPath, at: FieldPath, mount: JsonObject): FieldError[] {
  const [subPath, expression] = [stringAt(mount, "subPath"), stringAt(mount, "subPathExpr")];
  const errors = subPath === "" ? [] : descendingPath(path.child("subPath"), subPath);
  if (expression === "") return errors;
  if (subPath !== "") {
    const why = "subPathExpr and subPath are mutually exclusive";
    errors.push(invalidValue(at.child("subPathExpr"), expression, why));
  }
  return [...errors, ...descendingPath(path.child("subPathExpr"), expression)];
}

const PROPAGATIONS = ["Bidirectional", "HostToContainer", "None"];

function validatePropagation(path: FieldPath, mount: JsonObject, container: JsonObject): FieldError[] {
  const propagation = optionalStringAt(mount, "mountPropagation");
  if (propagation === undefined) return [];
  if (!PROPAGATIONS.includes(propagation)) return [notSupported(path, propagation, PROPAGATIONS)];
  const privileged = valueAt(container, "securityContext", "privileged") === true;
  if (propagation !== "Bidirectional" || privileged) return [];
  return [forbiddenField(path, "Bidirectional mount propagation is available only to privileged containers")];
}

const RECURSIVE = ["Disabled", "Enabled", "IfPossible"];

function validateRecursive(path: FieldPath, mount: JsonObject): FieldError[] {
  const mode = optionalStringAt(mount, "recursiveReadOnly");
  if (mode === undefined || mode === "Disabled") return [];
  if (!RECURSIVE.includes(mode)) return [notSupported(path, mode, RECURSIVE)];
  const errors: FieldError[] = [];
  if (mount.readOnly !== true) errors.push(forbiddenField(path, "may only be specified when readOnly is true"));
  if (!["None", undefined].includes(optionalStringAt(mount, "mountPropagation"))) {
    errors.push(forbiddenField(path, "may only be specified when mountPropagation is None or not specified"));
  }
  return errors;
}

/** Block devices; upstream: ValidateVolumeDevices. */
export function validateDevices(path: FieldPath, container: JsonObject, scope: PodScope): FieldError[] {
  const mounts = new Map(
    objectsAt(container, "volumeMounts").map((mount) => [stringAt(mount, "name"), stringAt(mount, "mountPath")]),
  );
  const [names, places] = [new Set<string>(), new Set<string>()];
  return objectsAt(container, "volumeDevices").flatMap((device, index) => {
    const [nameAt, placeAt] = [path.index(index).child("name"), path.index(index).child("devicePath")];
    const [name, place] = [stringAt(device, "name"), stringAt(device, "devicePath")];
    const volume = scope.volumes.get(name);
    const errors: FieldError[] = [];
    if (name === "") errors.push(required(nameAt));
    if (names.has(name)) errors.push(invalidValue(nameAt, name, "must be unique"));
    if (volume && !objectAt(volume, "persistentVolumeClaim") && !objectAt(volume, "ephemeral")) {
      const why = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
      errors.push(invalidValue(nameAt, name, why));
    }
    if (!volume) errors.push(notFoundValue(nameAt, name));
    if (place === "") errors.push(required(placeAt));
    if (places.has(place)) errors.push(invalidValue(placeAt, place, "must be unique"));
    if (place.split("/").includes("..")) {
      errors.push(invalidValue(placeAt, place, "can not contain backsteps ('..')"));
    } else places.add(place);
    if (mounts.has(name)) errors.push(invalidValue(nameAt, name, "must not already exist in volumeMounts"));
    if ([...mounts.values()].includes(place)) {
      errors.push(invalidValue(placeAt, place, "must not already exist as a path in volumeMounts"));
    }
    if (name !== "") names.add(name);
    return errors;
  });
}
