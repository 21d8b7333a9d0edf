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
