import { boolAt, numberAt, objectAt, objectsAt, stringAt, stringsAt } from "../../kube/access.js";
import type { JsonObject } from "../../kube/json.js";
import { readSchema, type Schema } from "./schema.js";

export interface Names {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly jsonPath: string;
}

export interface ScalePaths {
  readonly spec: string;
  readonly status: string;
  /** "": none. */
  readonly selector: string;
}

/** One version of a CustomResourceDefinition's spec. */
export interface DefinedVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated: boolean;
  readonly deprecationWarning: string | undefined;
  readonly schema: Schema | undefined;
  readonly status: boolean;
  readonly scale: ScalePaths | undefined;
  readonly columns: readonly PrinterColumn[];
  /** JSON paths with their leading dot. */
  readonly selectableFields: readonly string[];
}

/** The spec of a CustomResourceDefinition (apiextensions.k8s.io/v1) as the server works with it. */
export interface Definition {
  readonly group: string;
  readonly scope: string;
  readonly names: Names;
  readonly preserveUnknownFields: boolean;
  readonly conversion: string;
  readonly versions: readonly DefinedVersion[];
}

export function readDefinition(spec: JsonObject): Definition {
  return {
    group: stringAt(spec, "group"),
    scope: stringAt(spec, "scope"),
    names: readNames(objectAt(spec, "names")),
    preserveUnknownFields: boolAt(spec, "preserveUnknownFields"),
    conversion: stringAt(spec, "conversion", "strategy"),
    versions: objectsAt(spec, "versions").map(readVersion),
  };
}

export function readNames(names: JsonObject | undefined): Names {
  return {
    plural: stringAt(names, "plural"),
    singular: stringAt(names, "singular"),
    kind: stringAt(names, "kind"),
    listKind: stringAt(names, "listKind"),
    shortNames: stringsAt(names, "shortNames"),
    categories: stringsAt(names, "categories"),
  };
}

function readVersion(version: JsonObject): DefinedVersion {
  const schema = objectAt(version, "schema", "openAPIV3Schema");
  return {
    name: stringAt(version, "name"),
    served: boolAt(version, "served"),
    storage: boolAt(version, "storage"),
    deprecated: boolAt(version, "deprecated"),
    deprecationWarning: version.deprecationWarning as string | undefined,
    schema: schema && readSchema(schema),
    status: objectAt(version, "subresources", "status") !== undefined,
    scale: readScale(objectAt(version, "subresources", "scale")),
    columns: objectsAt(version, "additionalPrinterColumns").map(readColumn),
    selectableFields: objectsAt(version, "selectableFields").map((field) => stringAt(field, "jsonPath")),
  };
}

function readScale(scale: JsonObject | undefined): ScalePaths | undefined {
  if (!scale) return undefined;
  const path = (name: string) => stringAt(scale, name);
  return {
    spec: path("specReplicasPath"),
    status: path("statusReplicasPath"),
    selector: path("labelSelectorPath"),
  };
}

function readColumn(column: JsonObject): PrinterColumn {
  const text = (name: string) => stringAt(column, name);
  return {
    name: text("name"),
    type: text("type"),
    format: text("format"),
    description: text("description"),
    priority: numberAt(column, "priority"),
    jsonPath: text("jsonPath"),
  };
}

/** The version that objects are kept in. A definition that passed validation has one. */
export function storageVersion(definition: Definition): DefinedVersion {
  const found = definition.versions.find((version) => version.storage);
  if (!found) throw new Error(`${definition.names.plural}.${definition.group} has no storage version`);
  return found;
}
