import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { objectAt, objectsAt, stringAt, stringsAt } from "../../../kube/access.js";
import { type FieldError, invalidValue } from "../../../kube/field-errors.js";
import { FieldPath } from "../../../kube/field-path.js";
import { goJson, goQuote } from "../../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../../kube/json.js";
import { isDns1123Subdomain } from "../../../kube/names.js";
import type { KindChecks } from "../../validation/checks.js";
import { immutable, validateObjectMeta, validateObjectMetaUpdate } from "../../validation/object-meta.js";
import { isTrue } from "../conditions.js";
import { readDefinition, readNames } from "../definition.js";
import type { MetadataReader } from "../metadata.js";
import { schemasIn } from "../schema.js";
import { validateApproval } from "./approval.js";
import { validateNames } from "./names.js";
import { validateSpec } from "./spec.js";

const SPEC = FieldPath.of("spec");
const STATUS = FieldPath.of("status");

/** What is refused of CustomResourceDefinitions, and warned of. */
export function definitionChecks(reader: MetadataReader): KindChecks {
  return {
    validateCreate(crd) {
      const named = `${stringAt(crd, "spec", "names", "plural")}.${stringAt(crd, "spec", "group")}`;
      const check = (name: string) => [
        ...isDns1123Subdomain(name),
        ...(name === named ? [] : ['must be spec.names.plural+"."+spec.group']),
      ];
      return [
        ...validateObjectMeta(crd, false, check),
        ...specErrors(objectAt(crd, "spec") ?? {}, reader),
        ...statusErrors(crd),
        ...validateApproval(crd, stringAt(crd, "spec", "group")),
        ...preserveErrors(crd),
      ];
    },
    validateUpdate(crd, old) {
      return [
        ...validateObjectMetaUpdate(crd, old),
        ...specErrors(objectAt(crd, "spec") ?? {}, reader),
        ...immutableErrors(crd, old),
        ...statusErrors(crd),
        ...validateApproval(crd, stringAt(crd, "spec", "group"), old),
        ...preserveErrors(crd, old),
      ];
    },
    createWarnings: (crd) => unknownFormats(crd).map(formatWarning),
    updateWarnings(crd, old) {
      const before = new Set(unknownFormats(old));
      return unknownFormats(crd)
        .filter((format) => !before.has(format))
        .map(formatWarning);
    },
    subresources: {
      status: {
        validateUpdate: (crd, old) => [
          ...validateObjectMetaUpdate(crd, old),
          ...validateNames(readNames(objectAt(crd, "status", "acceptedNames")), STATUS.child("acceptedNames")),
        ],
      },
    },
  };
}

/**
 * The specs that were found fine, by digest. They are long, and a fleet's clusters all get the same: one look at each
 * is enough.
 */
const fine = new LRUCache<string, true>({ max: 1000 });

function specErrors(spec: JsonObject, reader: MetadataReader): FieldError[] {
  const digest = createHash("sha256").update(goJson(spec)).digest("base64");
  if (fine.get(digest)) return [];
  const errors = validateSpec(spec, SPEC, reader);
  if (errors.length === 0) fine.set(digest, true);
  return errors;
}

function statusErrors(crd: KubeObject): FieldError[] {
  const names = readNames(objectAt(crd, "status", "acceptedNames"));
  return [...validateNames(names, STATUS.child("acceptedNames")), ...storedVersionErrors(crd)];
}

/** Versions that objects may still be stored in stay defined. */
function storedVersionErrors(crd: KubeObject): FieldError[] {
  const stored = stringsAt(crd, "status", "storedVersions");
  const at = STATUS.child("storedVersions");
  if (stored.length === 0) return [invalidValue(at, null, "must have at least one stored version")];
  const errors: FieldError[] = [];
  const open = new Map(stored.map((name, index) => [name, index]));
  for (const version of objectsAt(crd, "spec", "versions")) {
    const name = stringAt(version, "name");
    // Each is told once, which shows where two versions have one name.
    if (open.delete(name) || version.storage !== true) continue;
    errors.push(invalidValue(at, stored, `must have the storage version ${name}`));
  }
  for (const [name, index] of open) errors.push(invalidValue(at.index(index), name, lostMessage(name)));
  return errors;
}

function lostMessage(name: string): string {
  return (
    `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a ` +
    `storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`
  );
}

/** What storage depends on; the kind and the scope only once something may be stored. */
function immutableErrors(crd: KubeObject, old: KubeObject): FieldError[] {
  const fields: (readonly string[])[] = [["group"], ["names", "plural"]];
  if (isTrue(old, "Established")) fields.unshift(["scope"], ["names", "kind"]);
  return fields.flatMap((field) =>
    immutable(stringAt(crd, "spec", ...field), stringAt(old, "spec", ...field), SPEC.child(...field)),
  );
}

function preserveErrors(crd: KubeObject, old?: KubeObject): FieldError[] {
  const preserves = (each: KubeObject | undefined) => objectAt(each, "spec")?.preserveUnknownFields === true;
  if (!preserves(crd) || preserves(old)) return [];
  const why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
  return [invalidValue(SPEC.child("preserveUnknownFields"), true, why)];
}

/** Formats of strings that the server does not know. */
function unknownFormats(crd: KubeObject): string[] {
  const { versions } = readDefinition(objectAt(crd, "spec") ?? {});
  const schemas = versions.flatMap(({ schema }) => (schema ? [...schemasIn(schema)] : []));
  const unknown = schemas.filter((schema) => schema.type === "string" && schema.format !== schema.checkedFormat);
  return unknown.map((schema) => schema.format);
}

function formatWarning(format: string): string {
  return `unrecognized format ${goQuote(format)}`;
}
