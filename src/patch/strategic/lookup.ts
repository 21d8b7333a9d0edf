import { goQuote } from "../../kube/go-text.js";
import type { FieldDef, Scalar, StructType, TypeRef } from "../../schema/model.js";
import { strategicFailure } from "../errors.js";

/** What the type tables say about a field that a patch reaches. */
export interface PatchField {
  /** The schema of the field's value, or of its items for a list. */
  readonly schema: PatchSchema;
  /** "merge", "replace" or "" for none; retainKeys is left out, because applying goes by the patch's directive. */
  readonly strategy: string;
  /** "" for none. */
  readonly mergeKey: string;
}

/** A Go type as strategic merge walks it; upstream: apimachinery/pkg/util/strategicpatch/meta.go. */
export class PatchSchema {
  readonly #type: TypeRef;
  readonly #pointer: boolean;

  private constructor(type: TypeRef, pointer: boolean) {
    this.#type = type;
    this.#pointer = pointer;
  }

  static of(struct: StructType): PatchSchema {
    return new PatchSchema({ kind: "struct", struct }, false);
  }

  /** Go's reflect kind; a pointer is one. */
  get kind(): string {
    return this.#pointer ? "ptr" : kindOf(this.#type);
  }

  /** @throws ApiError 500 when the type has no such field */
  field(name: string): PatchField {
    const def = this.#find(name);
    return {
      schema: new PatchSchema(def.type, def.pointer),
      strategy: mergeStrategy(def.patchStrategy ?? []),
      mergeKey: def.patchMergeKey ?? "",
    };
  }

  /** @throws ApiError 500 when the type has no such field or it is no list */
  listField(name: string): PatchField {
    const field = this.field(name);
    const type = field.schema.#type;
    if (type.kind === "list") {
      if (type.of.kind === "list") throw strategicFailure("unexpected slice of slice");
      return { ...field, schema: new PatchSchema(type.of, false) };
    }
    // Upstream takes any pointer for one to a list.
    if (field.schema.#pointer) return { ...field, schema: new PatchSchema(type, false) };
    if (kindOf(type) === "slice") return field;
    throw strategicFailure(`expected slice or array type, but got: ${this.kind}`);
  }

  #find(name: string): FieldDef {
    const type = this.#type;
    if (type.kind !== "struct" && kindOf(type) !== "struct") {
      throw strategicFailure(`merging an object in json but data type is not struct, instead is: ${kindOf(type)}`);
    }
    const found = type.kind === "struct" ? findField(type.struct, name) : undefined;
    if (found === undefined) {
      const struct =
        type.kind === "struct" ? shortName(type.struct.goName) : SPECIAL_STRUCTS[(type as ScalarRef).scalar];
      throw strategicFailure(`unable to find api field in struct ${struct} for the json field ${goQuote(name)}`);
    }
    return found;
  }
}

type ScalarRef = Extract<TypeRef, { kind: "scalar" }>;

/** Scalars of the tables that are structs in Go, by their Go names. */
const SPECIAL_STRUCTS: Readonly<Partial<Record<Scalar, string>>> = {
  time: "Time",
  microtime: "MicroTime",
  duration: "Duration",
  quantity: "Quantity",
  intOrString: "IntOrString",
  rawExtension: "RawExtension",
  fieldsV1: "FieldsV1",
  json: "JSON",
  jsonSchemaPropsOrBool: "JSONSchemaPropsOrBool",
  jsonSchemaPropsOrArray: "JSONSchemaPropsOrArray",
  jsonSchemaPropsOrStringArray: "JSONSchemaPropsOrStringArray",
};

function kindOf(type: TypeRef): string {
  if (type.kind === "list") return "slice";
  if (type.kind !== "scalar") return type.kind;
  if (type.scalar === "bytes") return "slice";
  return type.scalar in SPECIAL_STRUCTS ? "struct" : type.scalar;
}

/** An exact name first, else one that differs in case only, as Go's JSON decoding once chose. */
function findField(struct: StructType, name: string): FieldDef | undefined {
  const exact = struct.byJsonName.get(name);
  if (exact) return exact.at(-1);
  const folded = name.toLowerCase();
  for (const [candidate, path] of struct.byJsonName) {
    if (candidate.toLowerCase() === folded) return path.at(-1);
  }
  return undefined;
}

function mergeStrategy(strategies: readonly string[]): string {
  return strategies.find((strategy) => strategy !== "retainKeys") ?? "";
}

function shortName(goName: string): string {
  return goName.slice(goName.lastIndexOf(".") + 1);
}
