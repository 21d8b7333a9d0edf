import type { Union } from "./model.js";

/** The files of fixtures/kubernetes/<minor>/ as the generator writes them; flags that are false and lists that are empty are left out. */

export interface TypesFile {
  /** The release the table was read from, e.g. "v1.34.4". */
  readonly version: string;
  readonly types: Readonly<Record<string, TypeRow>>;
}

export interface TypeRow {
  readonly go: string;
  /** [group, version, kind] triples. */
  readonly gvks?: readonly (readonly [string, string, string])[];
  readonly mapType?: "atomic";
  readonly unions?: readonly Union[];
  readonly fields?: readonly FieldRow[];
}

export interface FieldRow {
  readonly name: string;
  readonly go: string;
  /** A scalar, "ref:<type name>", "[]X" or "map:X". */
  readonly type: string;
  readonly goType?: string;
  readonly num?: number;
  readonly ptr?: boolean;
  readonly omitempty?: boolean;
  readonly omitzero?: boolean;
  readonly inline?: boolean;
  readonly required?: boolean;
  readonly wrapped?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly listType?: "atomic" | "set" | "map";
  readonly mapKeys?: readonly string[];
  readonly mapType?: "atomic" | "granular";
  readonly strategy?: string | readonly string[];
  readonly mergeKey?: string;
}

export interface ResourcesFile {
  readonly version: string;
  /** In the order of discovery: by group priority, version priority, name. */
  readonly resources: readonly ResourceRow[];
}

export interface ResourceRow {
  readonly group: string;
  readonly version: string;
  readonly name: string;
  readonly singular: string;
  readonly kind: string;
  /** Absent, as listType is, where the resource can't be listed. */
  readonly listKind?: string;
  readonly namespaced?: boolean;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly type: string;
  readonly listType?: string;
  readonly storageVersionHash?: string;
  readonly storage?: StorageRow;
  readonly selectableFields?: readonly string[];
  readonly subresources?: readonly SubresourceRow[];
}

export interface StorageRow {
  readonly prefix: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** "json" where a real server keeps JSON in etcd; protobuf otherwise. */
  readonly encoding?: "json";
}

export interface SubresourceRow {
  readonly name: string;
  /** [group, version, kind] */
  readonly gvk: readonly [string, string, string];
  readonly verbs: readonly string[];
  /** Absent for kinds that only ever are query parameters, such as PodExecOptions. */
  readonly type?: string;
}

export interface DescriptionsFile {
  readonly version: string;
  /** Type → fingerprints of its description and its fields', in the order of types.json; "-" where there is none. */
  readonly descriptions: Readonly<Record<string, string>>;
}

export interface ColumnsFile {
  readonly version: string;
  /** "group/version/resource" → columns. */
  readonly columns: Readonly<Record<string, readonly ColumnRow[]>>;
}

export interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  /** Its fingerprint. */
  readonly description?: string;
  readonly priority?: number;
}
