import type { Json } from "../../kube/json.js";
import type { FieldDef, Scalar, StructType, TypeRef } from "../../schema/model.js";
import {
  type Atom,
  DEDUCED,
  type FieldAtom,
  type ListAtom,
  type MapAtom,
  mapAtom,
  type ScalarAtom,
  scalarAtom,
  UNTYPED_ATOMIC,
} from "./atom.js";
import { PathElement } from "./path-element.js";

const atoms = new WeakMap<StructType, Atom>();

/**
 * The merge schema of a Go type, as upstream derives it from the type's OpenAPI v3 definition
 * (kube-openapi pkg/schemaconv/openapi.go).
 */
export function atomOf(type: StructType): Atom {
  let atom = atoms.get(type);
  if (!atom) {
    atom = { map: new StructMap(type, type.mapType === "atomic") };
    atoms.set(type, atom);
  }
  return atom;
}

/** A struct's fields are looked at when they are first met: types refer to each other, and to themselves. */
class StructMap implements MapAtom {
  readonly #type: StructType;
  #fields: ReadonlyMap<string, FieldAtom> | undefined;

  constructor(
    type: StructType,
    readonly atomic: boolean,
  ) {
    this.#type = type;
  }

  get fields(): ReadonlyMap<string, FieldAtom> {
    this.#fields ??= new Map(
      [...this.#type.byJsonName].map(([name, path]) => [name, fieldAtom(name, path.at(-1)!, this.#type)]),
    );
    return this.#fields;
  }

  /** An object without any properties is free in form. */
  get element(): Atom | undefined {
    return this.fields.size === 0 ? DEDUCED : undefined;
  }
}

function fieldAtom(name: string, field: FieldDef, owner: StructType): FieldAtom {
  return {
    element: PathElement.field(name),
    atom: ofField(field, owner),
    default: field.default as Json | undefined,
  };
}

function ofField(field: FieldDef, owner: StructType): Atom {
  const { type, mapType } = field;
  switch (type.kind) {
    case "struct":
      return mapType === undefined ? atomOf(type.struct) : { map: new StructMap(type.struct, mapType === "atomic") };
    case "list":
      return { list: new FieldList(field, type.of, owner) };
    case "map":
      return mapAtom(ofType(type.of, owner), mapType === "atomic");
    case "scalar":
      if (type.scalar === "string" && field.format && field.format !== "byte") return scalarAtom("untyped");
      return ofScalar(type.scalar);
  }
}

class FieldList implements ListAtom {
  readonly associative: boolean;
  readonly keys: readonly string[];
  readonly element: Atom;

  constructor(field: FieldDef, of: TypeRef, owner: StructType) {
    const { listType, listMapKeys, patchStrategy, patchMergeKey } = field;
    // Where the type does not say, the strategic merge patch does.
    const merges = listType === undefined && (patchStrategy?.includes("merge") ?? false);
    this.associative = listType === "map" || listType === "set" || merges;
    this.keys = merges ? (patchMergeKey === undefined ? [] : [patchMergeKey]) : (listMapKeys ?? []);
    this.element = ofType(of, owner);
  }
}

function ofType(type: TypeRef, owner: StructType): Atom {
  switch (type.kind) {
    case "struct":
      return atomOf(type.struct);
    case "list":
      return { list: { associative: false, keys: [], element: ofType(type.of, owner) } };
    case "map":
      return mapAtom(ofType(type.of, owner), false);
    case "scalar":
      return ofScalar(type.scalar);
  }
}

/** Types with a JSON form of their own; unions have no type in OpenAPI v3. */
const SPECIAL: Readonly<Partial<Record<Scalar, Atom>>> = {
  intOrString: DEDUCED,
  rawExtension: UNTYPED_ATOMIC,
  fieldsV1: mapAtom(DEDUCED, false),
  json: DEDUCED,
  jsonSchemaPropsOrBool: DEDUCED,
  jsonSchemaPropsOrArray: DEDUCED,
  jsonSchemaPropsOrStringArray: DEDUCED,
};

const PLAIN: Readonly<Partial<Record<Scalar, ScalarAtom>>> = {
  string: "string",
  bytes: "string",
  duration: "string",
  bool: "boolean",
  time: "untyped",
  microtime: "untyped",
  quantity: "untyped",
};

function ofScalar(scalar: Scalar): Atom {
  return SPECIAL[scalar] ?? scalarAtom(PLAIN[scalar] ?? "numeric");
}
