import type { Schema } from "../../schema/crd/schema.js";
import type { StructType } from "../../schema/model.js";
import { type Atom, DEDUCED, type FieldAtom, type ListAtom, type MapAtom, scalarAtom, UNTYPED_ATOMIC } from "./atom.js";
import { PathElement } from "./path-element.js";
import { atomOf } from "./struct-atom.js";

/** What a definition says beside its schema. */
export interface SchemaContext {
  /** spec.preserveUnknownFields of an old definition. */
  readonly preserves: boolean;
  /** ObjectMeta, which every object has whatever its schema says. */
  readonly metadata: StructType;
}

/**
 * The merge schema of a custom resource, as upstream derives it from what it publishes as OpenAPI v3
 * (kube-openapi pkg/schemaconv/openapi.go, apiextensions' builder).
 */
export function customAtom(schema: Schema | undefined, context: SchemaContext): Atom {
  if (!schema) return { map: { atomic: false, fields: new Map(), element: DEDUCED } };
  return atomFor({ ...schema, embeddedResource: true }, context);
}

function atomFor(schema: Schema, outer: SchemaContext): Atom {
  const context = schema.preserveUnknownFields ? { ...outer, preserves: true } : outer;
  switch (schema.intOrString ? "" : schema.type) {
    case "":
      return { scalar: "untyped", list: new SchemaList(schema, context), map: new SchemaMap(schema, context) };
    case "object":
      return { map: new SchemaMap(schema, context) };
    case "array":
      return { list: new SchemaList(schema, context) };
    case "integer":
    case "number":
      return scalarAtom("numeric");
    case "boolean":
      return scalarAtom("boolean");
    default:
      return scalarAtom(schema.format === "" || schema.format === "byte" ? "string" : "untyped");
  }
}

class SchemaMap implements MapAtom {
  readonly atomic: boolean;
  readonly #schema: Schema;
  readonly #context: SchemaContext;
  #fields: ReadonlyMap<string, FieldAtom> | undefined;

  constructor(schema: Schema, context: SchemaContext) {
    this.atomic = schema.mapType === "atomic";
    this.#schema = schema;
    this.#context = context;
  }

  get fields(): ReadonlyMap<string, FieldAtom> {
    if (this.#fields) return this.#fields;
    const fields = new Map<string, FieldAtom>();
    for (const [name, property] of this.#schema.properties) {
      fields.set(name, fieldAtom(name, atomFor(property, this.#context), property));
    }
    if (this.#schema.embeddedResource) {
      for (const name of ["apiVersion", "kind"]) fields.set(name, fieldAtom(name, scalarAtom("string")));
      fields.set("metadata", fieldAtom("metadata", atomOf(this.#context.metadata)));
    }
    this.#fields = fields;
    return fields;
  }

  get element(): Atom | undefined {
    const more = this.#schema.additionalProperties;
    if (!more) return this.#context.preserves || this.fields.size === 0 ? DEDUCED : undefined;
    if (more.schema) return atomFor(more.schema, this.#context);
    return more.allows ? DEDUCED : undefined;
  }
}

function fieldAtom(name: string, atom: Atom, schema?: Schema): FieldAtom {
  return { element: PathElement.field(name), atom, default: schema?.default };
}

class SchemaList implements ListAtom {
  readonly associative: boolean;
  readonly keys: readonly string[];
  readonly #schema: Schema;
  readonly #context: SchemaContext;
  #element: Atom | undefined;

  constructor(schema: Schema, context: SchemaContext) {
    this.associative = schema.listType === "set" || schema.listType === "map";
    this.keys = schema.listType === "map" ? schema.listMapKeys : [];
    this.#schema = schema;
    this.#context = context;
  }

  get element(): Atom {
    const { items } = this.#schema;
    this.#element ??= items ? atomFor(items, this.#context) : UNTYPED_ATOMIC;
    return this.#element;
  }
}
