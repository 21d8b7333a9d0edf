import { numberAt, objectAt, objectsAt, optionalStringAt, stringAt } from "../../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { nonReservedPath } from "../paths.js";
import { validateDownwardFile } from "./field-references.js";
import { validateKeyPaths } from "./volume-sources.js";

const SOURCES = ["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"];

/** Sources of a projected volume, no two of them at one path; upstream: validateProjectionSources. */
export function validateProjections(path: FieldPath, sources: readonly JsonObject[]): FieldError[] {
  const taken = new Set<string>();
  return sources.flatMap((source, index) => {
    const at = path.child("sources").index(index);
    const errors: FieldError[] = [];
    for (const name of ["secret", "configMap"]) {
      const value = objectAt(source, name);
      if (value) errors.push(...validateKeyed(path, at.child(name), value, taken));
    }
    for (const file of objectsAt(source, "downwardAPI", "items")) {
      errors.push(...validateDownwardFile(at.child("downwardAPI"), file));
      errors.push(...take(path, stringAt(file, "path"), stringAt(file, "path"), taken));
    }
    const token = objectAt(source, "serviceAccountToken");
    if (token) errors.push(...validateToken(path, at.child("serviceAccountToken"), token));
    const bundle = objectAt(source, "clusterTrustBundle");
    if (bundle) errors.push(...validateBundle(path, at.child("clusterTrustBundle"), bundle, taken));
    if (SOURCES.filter((name) => objectAt(source, name)).length > 1) {
      errors.push(forbiddenField(at, "may not specify more than 1 volume type per source"));
    }
    return errors;
  });
}

function validateKeyed(path: FieldPath, at: FieldPath, source: JsonObject, taken: Set<string>): FieldError[] {
  const name = stringAt(source, "name");
  const items = objectsAt(source, "items");
  return [
    ...(name === "" ? [required(at.child("name"))] : []),
    ...validateKeyPaths(at.child("items"), items),
    ...items.flatMap((item) => take(path, stringAt(item, "path"), name, taken)),
  ];
}

/** `shown` is what the message shows: the source's name rather than the path, where upstream has it so. */
function take(path: FieldPath, file: string, shown: string, taken: Set<string>): FieldError[] {
  if (file === "") return [];
  if (taken.has(file)) return [invalidValue(path, shown, "conflicting duplicate paths")];
  taken.add(file);
  return [];
}

/** The path of the token's file is told below the volume, not the source, as upstream does. */
function validateToken(path: FieldPath, at: FieldPath, token: JsonObject): FieldError[] {
  const seconds = numberAt(token, "expirationSeconds");
  const file = stringAt(token, "path");
  const errors: FieldError[] = [];
  const refuse = (why: string) => errors.push(invalidValue(at.child("expirationSeconds"), seconds, why));
  if (seconds < 600) refuse("may not specify a duration less than 10 minutes");
  if (seconds > 2 ** 32) refuse("may not specify a duration larger than 2^32 seconds");
  const fileAt = path.child("path");
  return [...errors, ...(file === "" ? [required(fileAt)] : nonReservedPath(fileAt, file))];
}

function validateBundle(path: FieldPath, at: FieldPath, bundle: JsonObject, taken: Set<string>): FieldError[] {
  const [name, signer] = [optionalStringAt(bundle, "name"), optionalStringAt(bundle, "signerName")];
  const file = stringAt(bundle, "path");
  const errors: FieldError[] = [];
  if (name !== undefined && signer !== undefined) {
    errors.push(invalidValue(at, bundle, "only one of name and signerName may be used"));
  } else if (name === undefined && signer === undefined) {
    errors.push(required(at, "either name or signerName must be specified"));
  } else if (name === "") errors.push(required(at.child("name"), "must be a valid object name"));
  else if (signer === "") errors.push(required(at.child("signerName"), "must be a valid signer name"));
  if (file === "") errors.push(required(at.child("path")));
  errors.push(...nonReservedPath(at.child("path"), file));
  return [...errors, ...take(path, file, file, taken)];
}
