import type { Json } from "../../kube/json.js";
import type { StructType, TypeRef } from "../../schema/model.js";
import { isSchemaUnion, isVerbatim, type Leaf, leafOf, type SchemaUnion } from "./leaf.js";

/** A type made ready for decoding. */
export type Node =
  | { readonly kind: "leaf"; readonly leaf: Leaf }
  /** The text is kept as it is. */
  | { readonly kind: "verbatim" }
  | { readonly kind: "union"; readonly union: SchemaUnion; readonly plan: Plan }
  | { readonly kind: "struct"; readonly plan: Plan }
  | { readonly kind: "list"; readonly of: Node; readonly goType: string }
  | { readonly kind: "map"; readonly of: Node; readonly goType: string };

export interface PlannedField {
  readonly name: string;
  /** Position among the struct's fields. */
  readonly index: number;
  /** null sets the field to nil, where otherwise it changes nothing. */
  readonly nillable: boolean;
  readonly node: Node;
}

/** A struct made ready for decoding, its fields when they are first met. */
export class Plan {
  readonly goType: string;
  /** The name without its package. */
  readonly name: string;
  readonly size: number;
  readonly #type: StructType;
  readonly #fields = new Map<string, PlannedField>();

  private constructor(type: StructType) {
    this.#type = type;
    this.goType = type.goName;
    this.name = type.goName.slice(type.goName.lastIndexOf(".") + 1);
    this.size = type.byJsonName.size;
  }

  static of(type: StructType): Plan {
    let plan = plans.get(type);
    if (!plan) {
      plan = new Plan(type);
      plans.set(type, plan);
    }
    return plan;
  }

  field(name: string): PlannedField | undefined {
    return this.#fields.get(name) ?? this.#prepare(name);
  }

  #prepare(name: string): PlannedField | undefined {
    const def = this.#type.byJsonName.get(name)?.at(-1);
    if (!def) return undefined;
    const { kind } = def.type;
    const field: PlannedField = {
      name,
      index: this.#fields.size,
      nillable: def.pointer || kind === "list" || kind === "map",
      node: nodeOf(def.type, this, def.goType),
    };
    this.#fields.set(name, field);
    return field;
  }
}

const plans = new WeakMap<StructType, Plan>();

/** `goType`: the type's name in Go where it has one of its own. */
function nodeOf(ref: TypeRef, owner: Plan, goType: string | undefined): Node {
  switch (ref.kind) {
    case "struct":
      return { kind: "struct", plan: Plan.of(ref.struct) };
    case "list":
    case "map": {
      const element = goType === undefined ? undefined : /^(?:\[\]|map\[[^\]]*\])(.+)/.exec(goType)?.[1];
      return { kind: ref.kind, of: nodeOf(ref.of, owner, element), goType: goType ?? goTypeOf(ref) };
    }
    case "scalar":
      if (isSchemaUnion(ref.scalar)) return { kind: "union", union: ref.scalar, plan: owner };
      return isVerbatim(ref.scalar) ? { kind: "verbatim" } : { kind: "leaf", leaf: leafOf(ref.scalar, goType) };
  }
}

/** The type as Go's messages show it. */
function goTypeOf(ref: TypeRef): string {
  switch (ref.kind) {
    case "struct":
      return ref.struct.goName;
    case "list":
      return `[]${goTypeOf(ref.of)}`;
    case "map":
      return `map[string]${goTypeOf(ref.of)}`;
    case "scalar":
      return SCALAR_TYPES[ref.scalar] ?? ref.scalar;
  }
}

const SCALAR_TYPES: Readonly<Record<string, string>> = {
  bytes: "[]uint8",
  time: "v1.Time",
  microtime: "v1.MicroTime",
  duration: "v1.Duration",
  quantity: "resource.Quantity",
  intOrString: "intstr.IntOrString",
  rawExtension: "runtime.RawExtension",
  fieldsV1: "v1.FieldsV1",
  json: "v1.JSON",
  jsonSchemaPropsOrBool: "v1.JSONSchemaPropsOrBool",
  jsonSchemaPropsOrArray: "v1.JSONSchemaPropsOrArray",
  jsonSchemaPropsOrStringArray: "v1.JSONSchemaPropsOrStringArray",
};

/** What null becomes in a list or a map. */
export function zeroOf(node: Node): Json {
  if (node.kind === "leaf") return node.leaf.zero;
  return node.kind === "struct" ? {} : null;
}

/** Which fields of one struct have been met. */
export class Seen {
  #low = 0;
  #more: Set<number> | undefined;

  /** True if the field was there before. */
  mark(index: number): boolean {
    if (index < 31) {
      const bit = 1 << index;
      const before = (this.#low & bit) !== 0;
      this.#low |= bit;
      return before;
    }
    this.#more ??= new Set();
    const before = this.#more.has(index);
    this.#more.add(index);
    return before;
  }
}
