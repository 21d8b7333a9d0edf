import type { Schema } from "../../schema.js";
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  objectOf,
  STRING,
  TIMESTAMP,
} from "../lang/types.js";
import { escapeName } from "./escape.js";
import { withTypeAndObjectMeta } from "./resource.js";

/** The type of what a schema describes, and bounds on its size; upstream: apiserver/pkg/cel/common/schemas.go. */
export interface DeclaredType {
  readonly type: CelType;
  /** What the names of objects in it begin with. */
  readonly name: string;
  /** Bytes of JSON, at least. */
  readonly minSize: number;
  /** Characters, elements or entries, at most; 0 for everything that has none. */
  readonly maxElements: number;
  /** Of lists and maps. */
  readonly item?: DeclaredType;
  readonly key?: DeclaredType;
  /** Of objects, by escaped names. */
  readonly fields?: ReadonlyMap<string, DeclaredType>;
}

const MAX_REQUEST = 3 * 1024 * 1024;
const MAX_TEXT = MAX_REQUEST - 2;
const KEY: DeclaredType = { type: STRING, name: "", minSize: 2, maxElements: 0 };

/** Undefined: expressions can't see such values. `name` tells objects of one shape from others. */
export function declaredType(schema: Schema, isResource: boolean, name: string): DeclaredType | undefined {
  const shape = shapeOf(schema, isResource, name);
  return shape && { ...shape, name };
}

type Shape = Omit<DeclaredType, "name">;

function shapeOf(schema: Schema, isResource: boolean, name: string): Shape | undefined {
  if (schema.intOrString) return { type: DYN, minSize: 1, maxElements: textLength(schema, MAX_TEXT, 4) };
  const own = isResource ? withTypeAndObjectMeta(schema) : schema;
  switch (own.type) {
    case "array":
      return own.items && listType(own, own.items, name);
    case "object":
      return own.additionalProperties?.schema
        ? mapType(own, own.additionalProperties.schema, name)
        : objectType(own, name);
    case "string":
      return textType(own);
    case "boolean":
      return { type: BOOL, minSize: 4, maxElements: 0 };
    case "number":
      return { type: DOUBLE, minSize: 1, maxElements: 0 };
    case "integer":
      return { type: INT, minSize: 1, maxElements: 0 };
    default:
      return undefined;
  }
}

function listType(schema: Schema, items: Schema, name: string): Shape | undefined {
  const item = declaredType(items, items.embeddedResource, `${name}.@idx`);
  if (!item) return undefined;
  const maxElements = limit(schema.maxItems) ?? Math.floor(MAX_TEXT / (item.minSize + 1));
  return { type: listOf(item.type), minSize: 2, maxElements, item };
}

function mapType(schema: Schema, values: Schema, name: string): Shape | undefined {
  const item = declaredType(values, values.embeddedResource, `${name}.@elem`);
  if (!item) return undefined;
  const maxElements = limit(schema.maxProperties) ?? Math.floor(MAX_TEXT / (item.minSize + 6));
  return { type: mapOf(STRING, item.type), minSize: 2, maxElements, item, key: KEY };
}

function objectType(schema: Schema, name: string): Shape {
  const fields = new Map<string, DeclaredType>();
  let minSize = 2;
  for (const [property, child] of schema.properties) {
    const escaped = escapeName(property);
    const field = declaredType(child, child.embeddedResource, `${name}.${escaped ?? property}`);
    if (!field) continue;
    if (escaped !== undefined) fields.set(escaped, field);
    if (schema.required.includes(property) && child.default === undefined) {
      minSize += Buffer.byteLength(property) + field.minSize + 4;
    }
  }
  const types = new Map([...fields].map(([field, { type }]) => [field, type]));
  return { type: objectOf(name, types), minSize, maxElements: 0, fields };
}

function textType(schema: Schema): Shape {
  switch (schema.format) {
    case "byte":
      return { type: BYTES, minSize: 2, maxElements: limit(schema.maxLength) ?? MAX_TEXT };
    case "duration":
      return { type: DURATION, minSize: 3, maxElements: 32 };
    case "date":
      return { type: TIMESTAMP, minSize: 12, maxElements: 12 };
    case "date-time":
      return { type: TIMESTAMP, minSize: 21, maxElements: 32 };
    default: {
      const longest = schema.enum.map((value) => (typeof value === "string" ? Buffer.byteLength(value) : 0));
      const unbounded = longest.length > 0 ? Math.max(...longest) : MAX_TEXT;
      return { type: STRING, minSize: 2, maxElements: textLength(schema, unbounded, 4) };
    }
  }
}

/** Characters may have several bytes. */
function textLength({ maxLength }: Schema, unbounded: number, bytes: number): number {
  const max = limit(maxLength);
  return max === undefined ? unbounded : max * bytes;
}

function limit(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.max(value, 0);
}

/** How often something of this size fits into an object. */
export function maxCardinality({ minSize }: DeclaredType): number {
  return Math.floor(MAX_REQUEST / (minSize + 1));
}
