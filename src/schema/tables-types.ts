import type { GroupVersionKind } from "../kube/gvr.js";
import type { FieldDef, Scalar, StructType, TypeRef, Union } from "./model.js";
import type { FieldRow, TypeRow } from "./tables-format.js";

/** Types of one table that refer to each other; each is built when first looked at, because a cluster uses few of them. */
export class TypeUniverse {
  readonly #rows: Readonly<Record<string, TypeRow>>;
  readonly #structs = new Map<string, StructType>();
  readonly #refs = new Map<string, TypeRef>();

  constructor(rows: Readonly<Record<string, TypeRow>>) {
    this.#rows = rows;
  }

  get names(): Iterable<string> {
    return Object.keys(this.#rows);
  }

  find(name: string): StructType | undefined {
    const built = this.#structs.get(name);
    if (built) return built;
    const row = Object.hasOwn(this.#rows, name) ? this.#rows[name] : undefined;
    if (!row) return undefined;
    const struct = new LazyStruct(this, name, row);
    this.#structs.set(name, struct);
    return struct;
  }

  *kinds(): Iterable<readonly [string, readonly [string, string, string]]> {
    for (const [name, row] of Object.entries(this.#rows)) {
      for (const gvk of row.gvks ?? []) yield [name, gvk];
    }
  }

  /** Parses a type expression; equal expressions give the same object. */
  ref(expression: string): TypeRef {
    let found = this.#refs.get(expression);
    if (!found) {
      found = this.#parse(expression);
      this.#refs.set(expression, found);
    }
    return found;
  }

  #parse(expression: string): TypeRef {
    if (expression.startsWith("[]")) return { kind: "list", of: this.ref(expression.slice(2)) };
    if (expression.startsWith("map:")) return { kind: "map", of: this.ref(expression.slice(4)) };
    if (expression.startsWith("ref:")) {
      const struct = this.find(expression.slice(4));
      if (!struct) throw new Error(`the type table refers to ${expression.slice(4)}, which it does not hold`);
      return { kind: "struct", struct };
    }
    return { kind: "scalar", scalar: expression as Scalar };
  }
}

class LazyStruct implements StructType {
  readonly name: string;
  readonly goName: string;
  readonly mapType: "atomic" | undefined;
  readonly unions: readonly Union[] | undefined;
  readonly #universe: TypeUniverse;
  readonly #row: TypeRow;
  #fields: readonly FieldDef[] | undefined;
  #byJsonName: ReadonlyMap<string, readonly FieldDef[]> | undefined;
  #gvks: readonly GroupVersionKind[] | undefined;

  constructor(universe: TypeUniverse, name: string, row: TypeRow) {
    this.#universe = universe;
    this.#row = row;
    this.name = name;
    this.goName = row.go;
    this.mapType = row.mapType;
    this.unions = row.unions;
  }

  get fields(): readonly FieldDef[] {
    this.#fields ??= (this.#row.fields ?? []).map((row) => fieldDef(row, this.#universe));
    return this.#fields;
  }

  get byJsonName(): ReadonlyMap<string, readonly FieldDef[]> {
    this.#byJsonName ??= pathsOf(this.fields);
    return this.#byJsonName;
  }

  get gvks(): readonly GroupVersionKind[] {
    this.#gvks ??= (this.#row.gvks ?? []).map(([group, version, kind]) => ({ group, version, kind }));
    return this.#gvks;
  }
}

/** All definitions have the same properties in the same order: the codec reads them on its hottest path. */
function fieldDef(row: FieldRow, universe: TypeUniverse): FieldDef {
  return {
    name: row.name,
    goName: row.go,
    type: universe.ref(row.type),
    goType: row.goType,
    number: row.num,
    pointer: row.ptr ?? false,
    omitempty: row.omitempty ?? false,
    omitzero: row.omitzero ?? false,
    inline: row.inline ?? false,
    required: row.required ?? false,
    wrapped: row.wrapped ?? false,
    default: row.default,
    enum: row.enum,
    format: row.format,
    listType: row.listType,
    listMapKeys: row.mapKeys,
    mapType: row.mapType,
    patchStrategy: typeof row.strategy === "string" ? row.strategy.split(",") : row.strategy,
    patchMergeKey: row.mergeKey,
  };
}

/** JSON name → fields to walk through. A name of the struct itself hides the same name of an inlined one, as in Go. */
function pathsOf(fields: readonly FieldDef[]): Map<string, readonly FieldDef[]> {
  const paths = new Map<string, readonly FieldDef[]>();
  for (const field of fields) {
    if (!field.inline) paths.set(field.name, [field]);
  }
  for (const field of fields) {
    if (!field.inline || field.type.kind !== "struct") continue;
    for (const [name, inner] of field.type.struct.byJsonName) {
      if (!paths.has(name)) paths.set(name, [field, ...inner]);
    }
  }
  return paths;
}
