import { objectAt, stringAt } from "../../../kube/access.js";
import { duplicate, type FieldError, forbiddenField, invalidValue, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { goQuote } from "../../../kube/go-text.js";
import type { JsonObject } from "../../../kube/json.js";
import { isDns1123Label, isDns1123Subdomain } from "../../../kube/names.js";
import { checked } from "../words.js";
import { sourcePath, VOLUME_SOURCES, validateSource } from "./volume-sources.js";

export interface CheckedVolumes {
  /** Those without an error, by name: what mounts may refer to. */
  readonly byName: ReadonlyMap<string, JsonObject>;
  readonly errors: FieldError[];
}

/** Volumes of a pod; upstream: apis/core/validation (ValidateVolumes). `podName` is "" for a template. */
export function validateVolumes(
  path: FieldPath,
  volumes: readonly JsonObject[],
  podName: string,
  isPod: boolean,
): CheckedVolumes {
  const byName = new Map<string, JsonObject>();
  const all: FieldError[] = [];
  const created = new Set(
    volumes.filter((volume) => podName !== "" && volume.ephemeral).map((volume) => `${podName}-${volume.name}`),
  );
  for (const [index, volume] of volumes.entries()) {
    const at = path.index(index);
    const name = stringAt(volume, "name");
    const errors = validateVolumeSource(at, volume, podName, isPod);
    errors.push(...(name === "" ? [required(at.child("name"))] : checked(at.child("name"), name, isDns1123Label)));
    if (byName.has(name)) errors.push(duplicate(at.child("name"), name));
    if (errors.length === 0) byName.set(name, volume);
    all.push(...errors);
    const claim = stringAt(volume, "persistentVolumeClaim", "claimName");
    if (objectAt(volume, "persistentVolumeClaim") && created.has(claim)) {
      const why = "must not reference a PVC that gets created for an ephemeral volume";
      all.push(invalidValue(at.child("persistentVolumeClaim", "claimName"), claim, why));
    }
  }
  return { byName, errors: all };
}

/** Exactly one source. The first one given is looked into, the others are refused. */
function validateVolumeSource(path: FieldPath, volume: JsonObject, podName: string, isPod: boolean): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const source of VOLUME_SOURCES) {
    const value = objectAt(volume, source);
    if (!value) continue;
    if (count++ > 0) {
      errors.push(forbiddenField(sourcePath(path, source, true), "may not specify more than 1 volume type"));
      continue;
    }
    errors.push(...validateSource(source, sourcePath(path, source, false), value, isPod));
    const name = stringAt(volume, "name");
    if (source === "ephemeral" && podName !== "" && name !== "") {
      const claim = `${podName}-${name}`;
      for (const why of isDns1123Subdomain(claim)) {
        errors.push(invalidValue(path.child("name"), name, `PVC name ${goQuote(claim)}: ${why}`));
      }
    }
  }
  if (count === 0) errors.push(required(path, "must specify a volume type"));
  return errors;
}
