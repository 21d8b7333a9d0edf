import { FloatLiteral, type Json } from "./json.js";
import { readQuantity } from "./quantity-text.js";

export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

const SUFFIXES: Readonly<Record<"DecimalSI" | "BinarySI", Readonly<Record<number, string>>>> = {
  DecimalSI: { [-9]: "n", [-6]: "u", [-3]: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E" },
  BinarySI: { 0: "", 10: "Ki", 20: "Mi", 30: "Gi", 40: "Ti", 50: "Pi", 60: "Ei" },
};

/** A number of things: exact, immutable; upstream: apimachinery/pkg/api/resource/quantity.go. */
export class Quantity {
  static readonly zero = new Quantity(0n, 0, "DecimalSI");

  /** The value is `unscaled * 10 ** scale`. */
  constructor(
    readonly unscaled: bigint,
    readonly scale: number,
    readonly format: QuantityFormat,
    /** The text it was read from, where upstream keeps that as the canonical one although it may not be. */
    readonly text?: string,
  ) {}

  get isZero(): boolean {
    return this.unscaled === 0n;
  }

  compare(other: Quantity): -1 | 0 | 1 {
    const [left, right] = aligned(this, other);
    return left < right ? -1 : left > right ? 1 : 0;
  }

  add(other: Quantity): Quantity {
    const [left, right, scale] = aligned(this, other);
    return new Quantity(left + right, scale, this.isZero ? other.format : this.format);
  }

  subtract(other: Quantity): Quantity {
    return this.add(new Quantity(-other.unscaled, other.scale, other.format));
  }

  /** In units of `10 ** scale`, rounded away from zero: `scaled(0)` is Go's Value, `scaled(-3)` its MilliValue. */
  scaled(scale: number): bigint {
    return rescaled(this.unscaled, this.scale, scale).value;
  }

  /** Nothing smaller than `10 ** scale` is left; defaults round resource lists up to milli. */
  roundUp(scale: number): Quantity {
    return this.scale >= scale ? this : new Quantity(this.scaled(scale), scale, this.format);
  }

  /** The canonical form: an integer below the next suffix's, without a fraction. */
  toString(): string {
    return this.text ?? (this.isZero ? "0" : this.#canonical());
  }

  #canonical(): string {
    if (this.format === "BinarySI") {
      const whole = rescaled(this.unscaled, this.scale, 0);
      if (whole.exact && (whole.value <= -1024n || whole.value >= 1024n)) {
        const { value, times } = withoutFactors(whole.value, 1024n);
        return value + (SUFFIXES.BinarySI[times * 10] ?? "");
      }
    }
    const { value, times } = withoutFactors(this.unscaled, 10n);
    const exponent = this.scale + times;
    const rest = ((exponent % 3) + 3) % 3;
    const number = value * 10n ** BigInt(rest);
    const power = exponent - rest;
    if (this.format === "DecimalExponent") return power === 0 ? `${number}` : `${number}e${power}`;
    // Upstream has no suffix beyond E or below n, and says nothing then, which changes the value.
    return `${number}${SUFFIXES.DecimalSI[power] ?? ""}`;
  }
}

/** Both values in units of the finer scale. */
function aligned(a: Quantity, b: Quantity): [bigint, bigint, number] {
  const scale = Math.min(a.scale, b.scale);
  return [a.unscaled * power10(a.scale - scale), b.unscaled * power10(b.scale - scale), scale];
}

/** Bounded, so that "1e2000000000" costs nobody the memory of its digits; no amount of anything is near the bound. */
function power10(exponent: number): bigint {
  return 10n ** BigInt(Math.min(exponent, 4096));
}

function rescaled(value: bigint, from: number, to: number): { value: bigint; exact: boolean } {
  if (from >= to) return { value: value * power10(from - to), exact: true };
  const divisor = power10(to - from);
  const quotient = value / divisor;
  if (value % divisor === 0n) return { value: quotient, exact: true };
  return { value: quotient + (value < 0n ? -1n : 1n), exact: false };
}

function withoutFactors(value: bigint, factor: bigint): { value: bigint; times: number } {
  let times = 0;
  let rest = value;
  for (; rest !== 0n && rest % factor === 0n; times++) rest /= factor;
  return { value: rest, times };
}

/** Throws {@link QuantityError}. */
export function parseQuantity(text: string): Quantity {
  return readQuantity(text);
}

/** A quantity as JSON may carry it: a string, with blanks around it, or a number; null is zero. */
export function quantityOf(value: Json): Quantity {
  if (value === null) return Quantity.zero;
  if (value instanceof FloatLiteral) return readQuantity(value.text);
  return readQuantity((typeof value === "string" ? value : String(value)).trim());
}

/** The canonical text of a quantity in JSON. Throws {@link QuantityError}. */
export function canonicalQuantity(value: Json): string {
  return quantityOf(value).toString();
}
