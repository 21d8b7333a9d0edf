import { compareUtf8 } from "../../../../kube/go-text.js";
import {
  CelError,
  CelList,
  CelMap,
  Duration,
  noOverload,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  typeNameOf,
  Uint,
  type Value,
} from "./values.js";

const KUBERNETES = /^(kubernetes|net)\./;

/**
 * Values of different types are not equal, but all numbers are of one kind. Throws {@link CelError} where an object's
 * value, or one of Kubernetes' own types, is compared with something unlike it.
 */
export function equal(a: Value, b: Value): boolean {
  return a === null || b === null ? a === b : same(a, b);
}

/** As values themselves see it, for most of which null is something unlike. */
export function same(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a === null) return false;
  const [left, right] = [numeric(a), numeric(b)];
  if (left !== undefined) return right !== undefined && left >= right && left <= right;
  if (a instanceof Opaque && KUBERNETES.test(a.typeName) && typeNameOf(a) !== typeNameOf(b)) throw noOverload();
  if (a instanceof CelList || a instanceof CelMap || a instanceof Opaque) return a.equals(b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof Optional) return b instanceof Optional && sameContent(a, b);
  return false;
}

/** Where it is not said that it failed, `otherwise`. */
export function settledly(compared: () => boolean, otherwise: boolean): boolean {
  try {
    return compared();
  } catch (error) {
    if (error instanceof CelError) return otherwise;
    throw error;
  }
}

function sameContent(a: Optional, b: Optional): boolean {
  return a.value === undefined || b.value === undefined ? a.value === b.value : same(a.value, b.value);
}

function numeric(value: Value): number | bigint | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof Uint ? value.value : undefined;
}

/** -1, 0, 1; undefined: there is no order between the two. Throws {@link CelError} for NaN. */
export function compare(a: Value, b: Value): number | undefined {
  const [left, right] = [numeric(a), numeric(b)];
  if (left !== undefined && right !== undefined) {
    if (Number.isNaN(left) || Number.isNaN(right)) throw new CelError("NaN values cannot be ordered");
    return order(left, right);
  }
  if (typeof a === "string" && typeof b === "string") return compareUtf8(a, b);
  if (typeof a === "boolean" && typeof b === "boolean") return order(Number(a), Number(b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.nanos, b.nanos);
  if (a instanceof Duration && b instanceof Duration) return order(a.nanos, b.nanos);
  return undefined;
}

function order(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
