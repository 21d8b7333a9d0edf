import { objectAt, objectsAt } from "../../../kube/access.js";
import { type FieldError, invalidValue, notSupported, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { goJson } from "../../../kube/go-text.js";
import type { Json, JsonObject } from "../../../kube/json.js";
import { isDns1035Label, isDns1123Subdomain } from "../../../kube/names.js";
import { type DefinedVersion, type Definition, readDefinition } from "../definition.js";
import type { MetadataReader } from "../metadata.js";
import { schemasIn } from "../schema.js";
import { validateConversion } from "./conversion.js";
import { goVersion } from "./go-internal.js";
import { validateNames } from "./names.js";
import { validateRootSchema } from "./root.js";
import { deprecationProblems, validateColumn, validateScalePaths, validateSelectableFields } from "./version-parts.js";

/**
 * The spec of a definition; upstream: apis/apiextensions/validation/validation.go. Its paths are those of the internal
 * type, which keeps what all versions have alike in one place outside of them (v1/conversion.go).
 */
export function validateSpec(spec: JsonObject, path: FieldPath, reader: MetadataReader): FieldError[] {
  return new SpecCheck(spec, path, reader).run();
}

const PARTS = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] as const;

class SpecCheck {
  readonly #spec: JsonObject;
  readonly #path: FieldPath;
  readonly #reader: MetadataReader;
  readonly #definition: Definition;
  /** Parts of versions that are alike. */
  readonly #hoisted: ReadonlySet<string>;
  readonly #errors: FieldError[] = [];

  constructor(spec: JsonObject, path: FieldPath, reader: MetadataReader) {
    this.#spec = spec;
    this.#path = path;
    this.#reader = reader;
    this.#definition = readDefinition(spec);
    const versions = objectsAt(spec, "versions");
    const alike = (name: string) => new Set(versions.map((version) => goJson(comparable(version[name])))).size === 1;
    this.#hoisted = new Set(PARTS.filter(alike));
  }

  run(): FieldError[] {
    this.#group();
    this.#scope();
    this.#schemasExist();
    this.#preserveUnknownFields();
    const { versions } = this.#definition;
    for (const [index, version] of versions.entries()) this.#version(version, index);
    this.#versionList();
    this.#names();
    const [first] = versions;
    if (first) this.#shared(first);
    this.#errors.push(...validateConversion(objectAt(this.#spec, "conversion"), this.#path.child("conversion")));
    return this.#errors;
  }

  #group(): void {
    const { group } = this.#definition;
    const at = this.#path.child("group");
    const reasons = isDns1123Subdomain(group);
    if (group === "") this.#errors.push(required(at));
    else if (reasons.length > 0) this.#errors.push(invalidValue(at, group, reasons.join(",")));
    else if (!group.includes(".")) {
      this.#errors.push(invalidValue(at, group, "should be a domain with at least one dot"));
    }
  }

  #scope(): void {
    const { scope } = this.#definition;
    const at = this.#path.child("scope");
    if (scope === "") this.#errors.push(required(at));
    else if (scope !== "Cluster" && scope !== "Namespaced") {
      this.#errors.push(notSupported(at, scope, ["Cluster", "Namespaced"]));
    }
  }

  #schemasExist(): void {
    for (const [index, version] of this.#definition.versions.entries()) {
      if (version.schema) continue;
      this.#errors.push(required(this.#path.child("versions").index(index).child("schema", "openAPIV3Schema")));
    }
  }

  #preserveUnknownFields(): void {
    if (!this.#definition.preserveUnknownFields) return;
    const schemas = this.#definition.versions.flatMap(({ schema }) => (schema ? [...schemasIn(schema)] : []));
    if (!schemas.some((schema) => schema.default !== undefined)) return;
    const why = "must be false in order to use defaults in the schema";
    this.#errors.push(invalidValue(this.#path.child("preserveUnknownFields"), true, why));
  }

  #version(version: DefinedVersion, index: number): void {
    const path = this.#path.child("versions").index(index);
    const reasons = isDns1035Label(version.name);
    if (reasons.length > 0) this.#errors.push(invalidValue(path.child("name"), version.name, reasons.join(",")));
    for (const problem of deprecationProblems(version.deprecated, version.deprecationWarning)) {
      this.#errors.push(invalidValue(path.child("deprecationWarning"), version.deprecationWarning!, problem));
    }
    this.#parts(version, path, path.child("schema"), (name) => !this.#hoisted.has(name), version.status);
  }

  /** What stands outside of the versions because it is the same in all of them. */
  #shared(version: DefinedVersion): void {
    const hasStatus = this.#definition.versions.some((each) => each.status);
    this.#parts(version, this.#path, this.#path.child("validation"), (name) => this.#hoisted.has(name), hasStatus);
  }

  #parts(
    version: DefinedVersion,
    path: FieldPath,
    schemaPath: FieldPath,
    here: (name: string) => boolean,
    hasStatus: boolean,
  ): void {
    const { schema } = version;
    if (schema && here("schema")) {
      this.#errors.push(...validateRootSchema(schema, schemaPath.child("openAPIV3Schema"), hasStatus, this.#reader));
    }
    if (here("subresources")) this.#errors.push(...validateScalePaths(version.scale, path.child("subresources")));
    if (here("additionalPrinterColumns")) {
      for (const [index, column] of version.columns.entries()) {
        this.#errors.push(...validateColumn(column, path.child("additionalPrinterColumns").index(index)));
      }
    }
    if (version.selectableFields.length > 0 && here("selectableFields")) {
      const at = path.child("selectableFields");
      const why = path === this.#path ? "validations.schema is included" : NO_SCHEMA;
      if (schema && here("schema"))
        this.#errors.push(...validateSelectableFields(version.selectableFields, schema, at));
      else this.#errors.push(invalidValue(at, "", `may only be set when ${why}`));
    }
  }

  #versionList(): void {
    const { versions } = this.#definition;
    const at = this.#path.child("versions");
    const shown = (): Json =>
      this.#spec.versions === undefined
        ? null
        : objectsAt(this.#spec, "versions").map((version) => goVersion(version, this.#hoisted));
    const names = versions.map((version) => version.name);
    if (new Set(names).size < names.length) {
      this.#errors.push(invalidValue(at, shown(), "must contain unique version names"));
    }
    if (versions.filter((version) => version.storage).length !== 1) {
      this.#errors.push(invalidValue(at, shown(), "must have exactly one version marked as storage version"));
    }
    const [first = ""] = names;
    const reasons = first === "" ? [] : isDns1035Label(first);
    if (reasons.length > 0) this.#errors.push(invalidValue(this.#path.child("version"), first, reasons.join(",")));
  }

  #names(): void {
    const { names } = this.#definition;
    const path = this.#path.child("names");
    for (const field of ["plural", "singular", "kind", "listKind"] as const) {
      if (names[field] === "") this.#errors.push(required(path.child(field)));
    }
    this.#errors.push(...validateNames(names, path));
  }
}

/** Upstream says the opposite of what it means. */
const NO_SCHEMA = "`version.schema.openAPIV3Schema` is not included";

/** Absent and empty are alike. */
function comparable(value: Json | undefined): Json {
  return value === undefined || (Array.isArray(value) && value.length === 0) ? null : value;
}
