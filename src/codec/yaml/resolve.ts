import { boundedInteger } from "../../kube/digits.js";

/** What a plain scalar stands for; upstream: go.yaml.in/yaml/v2, resolve.go. */
export type Resolved =
  | { readonly tag: "!!null"; readonly value: null }
  | { readonly tag: "!!bool"; readonly value: boolean }
  | { readonly tag: "!!int"; readonly value: bigint }
  | { readonly tag: "!!float"; readonly value: number }
  /** Read like any string, but quoted when written. */
  | { readonly tag: "!!timestamp"; readonly value: string }
  | { readonly tag: "!!str"; readonly value: string };

const WORDS = new Map<string, Resolved>();
for (const word of ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]) {
  WORDS.set(word, { tag: "!!bool", value: true });
}
for (const word of ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]) {
  WORDS.set(word, { tag: "!!bool", value: false });
}
for (const word of ["", "~", "null", "Null", "NULL"]) WORDS.set(word, { tag: "!!null", value: null });
for (const word of [".nan", ".NaN", ".NAN"]) WORDS.set(word, { tag: "!!float", value: Number.NaN });
for (const word of [".inf", ".Inf", ".INF"]) {
  WORDS.set(word, { tag: "!!float", value: Number.POSITIVE_INFINITY });
  WORDS.set(`+${word}`, { tag: "!!float", value: Number.POSITIVE_INFINITY });
  WORDS.set(`-${word}`, { tag: "!!float", value: Number.NEGATIVE_INFINITY });
}

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
/** After a point Go's own parser decides, which takes underscores between digits. */
const FRACTION = /^\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?$/;
const TIME = "[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]+)?";
const TIMESTAMP = new RegExp(
  `^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]${TIME}(?:Z|[-+][0-9]{2}:[0-9]{2})| ${TIME})?$`,
);

export function resolvePlain(text: string): Resolved {
  const word = WORDS.get(text);
  if (word) return word;
  const first = text[0] ?? "";
  if (first === ".") {
    return FRACTION.test(text)
      ? { tag: "!!float", value: Number(text.replaceAll("_", "")) }
      : { tag: "!!str", value: text };
  }
  if (!/[-+0-9]/.test(first)) return { tag: "!!str", value: text };
  if (isTimestamp(text)) return { tag: "!!timestamp", value: text };
  const digits = text.replaceAll("_", "");
  const whole = integer(digits);
  if (whole !== undefined) return { tag: "!!int", value: whole };
  if (FLOAT.test(digits)) {
    const value = Number(digits);
    if (Number.isFinite(value)) return { tag: "!!float", value };
  }
  return { tag: "!!str", value: text };
}

/** With Go's prefixes: 0x, 0o, 0b, and 0 alone for octal; a sign; int64, or uint64 without a sign. */
function integer(text: string): bigint | undefined {
  const match = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))$/.exec(text);
  if (!match) return undefined;
  const [, sign = "", hex, binary, octal, decimal = "0"] = match;
  const size = hex
    ? boundedInteger(hex, "0x")
    : binary
      ? boundedInteger(binary, "0b")
      : octal
        ? boundedInteger(octal, "0o")
        : boundedInteger(decimal);
  const value = sign === "-" ? -size : size;
  if (BigInt.asIntN(64, value) === value) return value;
  return sign === "" && BigInt.asUintN(64, value) === value ? value : undefined;
}

function isTimestamp(text: string): boolean {
  const match = TIMESTAMP.exec(text);
  if (!match) return false;
  const [, year, month, day] = match.map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day ?? 0);
  const times = /[Tt ]([0-9]+):([0-9]+):([0-9]+)/.exec(text)?.slice(1).map(Number) ?? [0, 0, 0];
  const [hour = 0, minute = 0, second = 0] = times;
  return date.getUTCMonth() + 1 === month && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
}

/** A float as strconv.FormatFloat(value, 'g', -1, 64) writes it. */
export function shortFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  // Go decides as if it printed six digits, however many it then needs.
  if (exponent >= -4 && exponent < 6) return String(value);
  return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** The same for a float32: as few digits as tell it from its neighbours. */
export function shortFloat32(value: number): string {
  const single = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const text = single.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return shortFloat(Number(text));
  }
  return shortFloat(Number(single.toPrecision(9)));
}
