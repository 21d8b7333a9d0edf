import { parseQuantity, Quantity } from "../../../../kube/quantity.js";
import { QuantityError } from "../../../../kube/quantity-text.js";
import { CelError, Opaque, type Value } from "../lang/values.js";
import { fitsInt } from "./bounds.js";
import { define, type FunctionDef, overload } from "./declare.js";

class QuantityValue extends Opaque {
  readonly typeName = "kubernetes.Quantity";

  /** `large`: upstream keeps it as a decimal number, of which no integer is made. */
  constructor(
    readonly quantity: Quantity,
    readonly large = false,
  ) {
    super();
  }

  override get text(): string {
    return this.quantity.toString();
  }

  equals(other: Value): boolean {
    return other instanceof QuantityValue && this.quantity.compare(other.quantity) === 0;
  }
}

function read(text: string): QuantityValue {
  try {
    return new QuantityValue(parseQuantity(text), isLarge(text));
  } catch (error) {
    if (error instanceof QuantityError) throw new CelError(error.message);
    throw error;
  }
}

const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/** Upstream: apimachinery/pkg/api/resource/quantity.go, ParseQuantity. */
function isLarge(text: string): boolean {
  const [, whole = "", fraction = "", suffix = ""] = /^[-+]?0*(\d*)\.?(\d*)(.*)$/.exec(text) ?? [];
  const exponent = BINARY[suffix];
  if (exponent === undefined) return whole.length + fraction.length > 18;
  return fraction !== "" || 15 - whole.length - Math.floor((exponent * 3) / 10) - 1 < 0;
}

function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch (error) {
    if (error instanceof QuantityError) return false;
    throw error;
  }
}

/** Only what was written without a fraction counts: "1000m" does not. */
function integerOf({ quantity, large }: QuantityValue): bigint | undefined {
  const value = large || quantity.scale < 0 ? undefined : quantity.scaled(0);
  return value !== undefined && fitsInt(value) ? value : undefined;
}

function asInteger(value: QuantityValue): bigint {
  const integer = integerOf(value);
  if (integer === undefined) throw new CelError("cannot convert value to integer");
  return integer;
}

const order = (a: QuantityValue, b: QuantityValue) => a.quantity.compare(b.quantity);
const whole = (value: bigint) => new QuantityValue(new Quantity(value, 0, "DecimalExponent"));
const add = (a: QuantityValue, b: QuantityValue) => new QuantityValue(a.quantity.add(b.quantity), a.large || b.large);
const subtract = (a: QuantityValue, b: QuantityValue) =>
  new QuantityValue(a.quantity.subtract(b.quantity), a.large || b.large);
const Q = "kubernetes.Quantity";

/** Upstream: apiserver/pkg/cel/library/quantity.go. */
export const QUANTITIES: readonly FunctionDef[] = [
  define("quantity", overload("string_to_quantity", `(string) -> ${Q}`, read)),
  define("isQuantity", overload("is_quantity_string", "(string) -> bool", isQuantity)),
  define(
    "sign",
    overload("quantity_sign", `(${Q}) -> int`, (value: QuantityValue) => BigInt(value.quantity.compare(Quantity.zero))),
  ),
  define(
    "isGreaterThan",
    overload("quantity_is_greater_than", `${Q}.(${Q}) -> bool`, (a, b) => order(a, b) > 0),
  ),
  define(
    "isLessThan",
    overload("quantity_is_less_than", `${Q}.(${Q}) -> bool`, (a, b) => order(a, b) < 0),
  ),
  define(
    "compareTo",
    overload("quantity_compare_to", `${Q}.(${Q}) -> int`, (a, b) => BigInt(order(a, b))),
  ),
  define(
    "asApproximateFloat",
    overload("quantity_get_float", `${Q}.() -> double`, ({ quantity }: QuantityValue) =>
      Number(`${quantity.unscaled}e${quantity.scale}`),
    ),
  ),
  define("asInteger", overload("quantity_get_int", `${Q}.() -> int`, asInteger)),
  define(
    "isInteger",
    overload("quantity_is_integer", `${Q}.() -> bool`, (value: QuantityValue) => integerOf(value) !== undefined),
  ),
  define(
    "add",
    overload("quantity_add", `${Q}.(${Q}) -> ${Q}`, add),
    overload("quantity_add_int", `${Q}.(int) -> ${Q}`, (a: QuantityValue, b: bigint) => add(a, whole(b))),
  ),
  define(
    "sub",
    overload("quantity_sub", `${Q}.(${Q}) -> ${Q}`, subtract),
    overload("quantity_sub_int", `${Q}.(int) -> ${Q}`, (a: QuantityValue, b: bigint) => subtract(a, whole(b))),
  ),
];
