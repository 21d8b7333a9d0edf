import { FloatLiteral } from "../../kube/json.js";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** More digits than any integer type has; JSON has no leading zeros. */
const MAX_DIGITS = 64;
const BEYOND = 10n ** BigInt(MAX_DIGITS);

/** A whole number in its usual form: `number` where exact, else `bigint`. */
export function wholeNumber(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** The integer that a literal stands for (one out of every range may stand for another such), or undefined where it has a fraction or an exponent. */
export function integerOf(literal: string): number | bigint | undefined {
  if (literal.length < 16) {
    // Nearly every number is short digits; Number also takes "1e3" and "1.0", so look at the characters first.
    for (let i = 0; i < literal.length; i++) {
      const code = literal.charCodeAt(i);
      if (code > 57 || code === 46 || code === 43) return undefined;
    }
    return Number(literal) + 0;
  }
  if (!/^-?[0-9]+$/.test(literal)) return undefined;
  // A megabyte of digits would keep BigInt busy for seconds, and what has more than a few fits no type anyway.
  if (literal.length > MAX_DIGITS) return literal.startsWith("-") ? -BEYOND : BEYOND;
  return wholeNumber(BigInt(literal));
}

/**
 * A literal where nothing says what type it has: int64 if it is an integer that fits, else float64. Undefined where
 * it exceeds float64. Upstream: sigs.k8s.io/json, convertNumber with PreserveInts.
 */
export function untypedNumber(literal: string): number | bigint | FloatLiteral | undefined {
  const integer = integerOf(literal);
  if (typeof integer === "number") return integer;
  if (integer !== undefined && integer >= INT64_MIN && integer <= INT64_MAX) return integer;
  const value = Number(literal);
  if (!Number.isFinite(value)) return undefined;
  return Number.isInteger(value) ? new FloatLiteral(value, literal) : value;
}

/** Whether an integer lies in the range of the Go type. */
export function fits(value: number | bigint, type: "int32" | "int64" | "uint32" | "uint64"): boolean {
  switch (type) {
    case "int32":
      return value >= -2147483648 && value <= 2147483647;
    case "uint32":
      return value >= 0 && value <= 4294967295;
    case "int64":
      return typeof value === "number" || (value >= INT64_MIN && value <= INT64_MAX);
    case "uint64":
      return value >= 0 && (typeof value === "number" || value < 2n ** 64n);
  }
}

/** A float64 as encoding/json writes it: exponents below 1e-6 and from 1e21 on, as JavaScript has them, too. */
export function floatText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
