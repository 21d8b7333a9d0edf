/**
 * JSON as Kubernetes needs it: int64 exact, floats told from integers, raw parts kept verbatim.
 *
 * - `number`: any float that is not a whole number, or an integer literal within ±(2^53-1)
 * - `bigint`: an integer literal outside that range (still within int64 or uint64)
 * - {@link FloatLiteral}: a literal such as `1.0` or `1e3`, whose value is whole but whose Go type is float64
 * - {@link RawJson}: the compacted text of a RawExtension, FieldsV1 or JSON field
 */
export type Json = null | boolean | number | bigint | string | FloatLiteral | RawJson | Json[] | JsonObject;

/** A JSON object; an absent field reads as `undefined`. Keys keep the order in which they were read. */
export interface JsonObject {
  [key: string]: Json | undefined;
}

/** A number literal with a fraction or exponent whose value is whole. */
export class FloatLiteral {
  constructor(
    readonly value: number,
    readonly text: string,
  ) {}
}

/** JSON text that is stored and answered as it came, whitespace outside strings removed. */
export class RawJson {
  constructor(readonly text: string) {}
}

export function isObject(value: Json | undefined): value is JsonObject {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof RawJson) &&
    !(value instanceof FloatLiteral)
  );
}

/** A Kubernetes object in memory. `apiVersion` and `kind` are always present on decoded objects. */
export interface KubeObject extends JsonObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** The part of ObjectMeta that the generic code reads; other fields are reached as JSON. */
export interface ObjectMeta extends JsonObject {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number | bigint;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number | bigint;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: JsonObject[];
}
