import { boundedFraction, boundedInteger } from "../../kube/digits.js";
import { DecodeError } from "./errors.js";
import { timeQuote } from "./time.js";

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const LIMIT = 2n ** 63n;
const PART = /([0-9]*)(?:\.([0-9]*))?([^.0-9]*)/y;

/** Nanoseconds. Throws DecodeError with Go's message; upstream: time.ParseDuration. */
export function parseDuration(text: string): bigint {
  const refuse = (why: string): never => {
    throw new DecodeError(`time: ${why} ${timeQuote(text)}`);
  };
  const negative = text.startsWith("-");
  const parts = /^[-+]/.test(text) ? text.slice(1) : text;
  if (parts === "0") return 0n;
  if (parts === "") refuse("invalid duration");
  let total = 0n;
  PART.lastIndex = 0;
  while (PART.lastIndex < parts.length) {
    const [, whole = "", fraction = "", unit = ""] = PART.exec(parts) ?? [];
    if (whole === "" && fraction === "") refuse("invalid duration");
    const count = boundedInteger(whole || "0");
    if (count > LIMIT) refuse("invalid duration");
    if (unit === "") refuse("missing unit in duration");
    const size = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (size === undefined) return refuse(`unknown unit ${timeQuote(unit)} in duration`);
    total += count * size + fractionOf(boundedFraction(fraction), size);
    if (total > LIMIT) refuse("invalid duration");
  }
  if (!negative && total === LIMIT) refuse("invalid duration");
  return negative ? -total : total;
}

function fractionOf(digits: string, size: bigint): bigint {
  return digits === "" ? 0n : (BigInt(digits) * size) / 10n ** BigInt(digits.length);
}

/** As Go's Duration.String writes it: "1h0m0s", "1.5s", "300ms", "0s". */
export function durationText(nanoseconds: bigint): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const sign = nanoseconds < 0n ? "-" : "";
  if (size === 0n) return "0s";
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}\u00b5s`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, places: number): string {
  const digits = String(value).padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return fraction === "" ? digits.slice(0, -places) : `${digits.slice(0, -places)}.${fraction}`;
}
