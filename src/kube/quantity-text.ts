import { boundedInteger } from "./digits.js";
import { Quantity, type QuantityFormat } from "./quantity.js";

/** A text that is no quantity; the message is upstream's. */
export class QuantityError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "QuantityError";
  }
}

const RULE = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$";
/** Matches every text, in one way: what is no quantity has a rest. */
const GRAMMAR = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)(.?)/s;
/** Upstream's digits are limited by its time and memory alone; see gaps.md. */
const MAX_DIGITS = 4096;
const EXPONENTS: Readonly<Record<string, readonly [base: 2 | 10, exponent: number]>> = {
  n: [10, -9],
  u: [10, -6],
  m: [10, -3],
  "": [10, 0],
  k: [10, 3],
  M: [10, 6],
  G: [10, 9],
  T: [10, 12],
  P: [10, 15],
  E: [10, 18],
  Ki: [2, 10],
  Mi: [2, 20],
  Gi: [2, 30],
  Ti: [2, 40],
  Pi: [2, 50],
  Ei: [2, 60],
};
const MAX_INT64 = 2n ** 63n - 1n;
const NANO = -9;

interface Parts {
  readonly text: string;
  readonly negative: boolean;
  /** Digits before and after the point; those before without leading zeros. */
  readonly whole: string;
  readonly fraction: string;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

/** Upstream: ParseQuantity, which knows a quick way for few digits and an exact one for the others. */
export function readQuantity(text: string): Quantity {
  if (text === "0") return new Quantity(0n, 0, "DecimalSI", text);
  const [, sign, written = "", fraction = "", suffix = "", rest] = GRAMMAR.exec(text)!;
  if (text === "" || rest !== "") throw new QuantityError(`quantities must match the regular expression '${RULE}'`);
  const digits = written.replace(/^0+/, "");
  if (suffix === "" && digits === "" && !text.includes(".")) return Quantity.zero;
  const { exponent, format } = interpretSuffix(suffix);
  if (digits.length + fraction.length > MAX_DIGITS) {
    throw new QuantityError(`quantities of more than ${MAX_DIGITS} digits are not supported`);
  }
  const parts = { text, negative: sign === "-", whole: digits || "0", fraction, exponent, format };
  const quick = precisionLeft(parts) >= 0 ? readQuickly(parts) : undefined;
  if (quick !== undefined) return quick;
  if (!/[0-9]/.test(text.slice(0, text.length - suffix.length))) {
    throw new QuantityError("unable to parse numeric part of quantity");
  }
  return readExactly(parts);
}

function interpretSuffix(suffix: string): { exponent: number; format: QuantityFormat } {
  const known = Object.hasOwn(EXPONENTS, suffix) ? EXPONENTS[suffix] : undefined;
  if (known) return { exponent: known[1], format: known[0] === 2 ? "BinarySI" : "DecimalSI" };
  const [, sign, number] = /^[eE]([+-]?)([0-9]+)$/.exec(suffix) ?? [];
  const size = number === undefined ? undefined : boundedInteger(number);
  const value = size === undefined ? undefined : sign === "-" ? -size : size;
  if (value === undefined || BigInt.asIntN(64, value) !== value) {
    throw new QuantityError("unable to parse quantity's suffix");
  }
  // Upstream narrows the exponent to 32 bits without looking.
  return { exponent: Number(BigInt.asIntN(32, value)), format: "DecimalExponent" };
}

/** How many more digits an int64 surely holds; negative: take the exact way. */
function precisionLeft({ whole, fraction, exponent, format }: Parts): number {
  if (format !== "BinarySI") return 18 - whole.length - fraction.length;
  return fraction === "" ? 14 - whole.length - Math.trunc((exponent * 3) / 10) : -1;
}

function readQuickly(parts: Parts): Quantity | undefined {
  const { text, negative, whole, fraction, exponent, format } = parts;
  const binary = format === "BinarySI";
  const scale = (binary ? 0 : exponent) - fraction.length;
  if (scale < NANO) return undefined;
  const digits = whole + fraction;
  const value = BigInt(digits) * (negative ? -1n : 1n);
  const unscaled = binary ? value << BigInt(exponent) : value;
  const kept = binary ? (value & 7n) !== 0n : scale % 3 === 0 && !digits.endsWith("000") && !digits.startsWith("0");
  return kept ? new Quantity(unscaled, scale, format, text) : new Quantity(unscaled, scale, format);
}

function readExactly({ negative, whole, fraction, exponent, format }: Parts): Quantity {
  const binary = format === "BinarySI";
  const digits = BigInt(whole + fraction) << BigInt(binary ? exponent : 0);
  const scale = (binary ? 0 : exponent) - fraction.length;
  let size = new Quantity(digits, scale, format).roundUp(NANO);
  const one = new Quantity(1n, 0, format);
  const most = new Quantity(MAX_INT64, 0, format);
  if (binary && size.compare(most) > 0) size = most;
  const shown = binary && !size.isZero && size.compare(one) < 0 ? "DecimalSI" : format;
  return new Quantity(negative ? -size.unscaled : size.unscaled, size.scale, shown);
}
