import { goQuote } from "../../../../kube/go-text.js";
import { CelError, CelList, CelMap, Duration, Timestamp, typeNameOf, Uint, type Value } from "../lang/values.js";
import { textOf } from "./conversions.js";

/** One `%…` of a format and what it may be given; upstream: cel-go/ext/formatting.go. */
export interface Clause {
  readonly verb: string;
  readonly precision: number;
}

/** What each verb takes, and what is said about anything else. */
export const VERBS: Readonly<Record<string, { readonly types: readonly string[]; readonly wrong: string }>> = {
  s: {
    types: ["list", "map", "int", "uint", "double", "bool", "string", "bytes", "type", "null_type"].concat(
      "google.protobuf.Timestamp",
      "google.protobuf.Duration",
    ),
    wrong:
      "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given",
  },
  d: { types: ["int", "uint"], wrong: "decimal clause can only be used on integers, was given" },
  f: { types: ["double", "string"], wrong: "fixed-point clause can only be used on doubles, was given" },
  e: { types: ["double", "string"], wrong: "scientific clause can only be used on doubles, was given" },
  b: { types: ["int", "uint", "bool"], wrong: "only integers and bools can be formatted as binary, was given" },
  x: {
    types: ["int", "uint", "string", "bytes"],
    wrong: "only integers, byte buffers, and strings can be formatted as hex, was given",
  },
  o: { types: ["int", "uint"], wrong: "octal clause can only be used on integers, was given" },
};

/** The parts of a format: text, and clauses. Throws {@link CelError}; `has`: whether there is an argument so far on. */
export function* formatParts(format: string, has: (index: number) => boolean): Generator<string | Clause> {
  let index = 0;
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf("%", at);
    if (percent < 0) return yield format.slice(at);
    if (percent > at) yield format.slice(at, percent);
    if (format[percent + 1] === "%") {
      yield "%";
      at = percent + 2;
      continue;
    }
    if (!has(index)) throw new CelError(`index ${index} out of range`);
    if (percent + 1 >= format.length) throw new CelError("unexpected end of string");
    const { clause, end } = readClause(format, percent + 1);
    yield clause;
    at = end;
    index++;
  }
}

function readClause(format: string, start: number): { clause: Clause; end: number } {
  const bad = (why: string) => new CelError(`could not parse formatting clause: ${why}`);
  const [, dot, digits] = /^(\.(\d*))?/.exec(format.slice(start))!;
  const end = start + (dot?.length ?? 0);
  if (dot !== undefined && end >= format.length) {
    throw bad("error while parsing precision: could not find end of precision specifier");
  }
  if (digits === "") {
    const why = 'error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax';
    throw bad(`error while parsing precision: ${why}`);
  }
  const verb = format[end]!;
  if (!/[sdfebxXo]/.test(verb)) throw bad(`unrecognized formatting clause "${verb}"`);
  return { clause: { verb, precision: digits === undefined ? 6 : Number(digits) }, end: end + 1 };
}

export function formatText(format: string, args: CelList): string {
  let [text, index] = ["", 0];
  for (const part of formatParts(format, (at) => at < args.size)) {
    text += typeof part === "string" ? part : formatted(part, args.at(index++));
  }
  return text;
}

export function wrongArgument(verb: string, typeName: string): string {
  return `error during formatting: ${VERBS[verb.toLowerCase()]!.wrong} ${typeName}`;
}

const WORDS: ReadonlySet<Value> = new Set(["NaN", "Infinity", "-Infinity"]);

function formatted({ verb, precision }: Clause, value: Value): string {
  const whole = value instanceof Uint ? value.value : typeof value === "bigint" ? value : undefined;
  const wrong = () => new CelError(wrongArgument(verb, typeNameOf(value)));
  switch (verb) {
    case "s":
      return shown(value) ?? fail(wrong());
    case "d":
      return whole?.toString() ?? fail(wrong());
    case "b":
      return typeof value === "boolean" ? (value ? "1" : "0") : (whole?.toString(2) ?? fail(wrong()));
    case "o":
      return whole?.toString(8) ?? fail(wrong());
    case "x":
    case "X": {
      const bytes =
        typeof value === "string" ? Buffer.from(value) : value instanceof Uint8Array ? Buffer.from(value) : undefined;
      const hex = whole?.toString(16) ?? bytes?.toString("hex") ?? fail(wrong());
      return verb === "X" ? hex.toUpperCase() : hex;
    }
    default: {
      if (typeof value !== "number" && !WORDS.has(value)) throw wrong();
      return number(Number(value), verb, precision);
    }
  }
}

function fail(error: CelError): never {
  throw error;
}

/** As the American English that upstream asks for: commas between thousands, powers of ten written out. */
function number(value: number, verb: string, precision: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-∞" : "∞";
  if (verb === "f") {
    const [whole, fraction] = fixed(value, Math.min(precision, 100)).split(".");
    const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ",");
    return fraction === undefined ? grouped : `${grouped}.${fraction}`;
  }
  // The precision counts for nothing here.
  const [mantissa, exponent] = value.toExponential(6).split("e");
  const power = String(Math.abs(Number(exponent))).padStart(2, "0");
  const raised = [...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
  return `${mantissa}×10${exponent!.startsWith("-") ? "⁻" : ""}${raised}`;
}

/** Rounds to even where two texts are as near as each other, unlike toFixed(). */
function fixed(value: number, precision: number): string {
  const text = value.toFixed(precision);
  if (precision >= 20) return text;
  const exact = value.toFixed(Math.min(precision + 30, 100));
  const rest = exact.slice(exact.indexOf(".") + 1 + precision);
  if (!/^50*$/.test(rest)) return text;
  const kept = exact.slice(0, exact.indexOf(".") + (precision === 0 ? 0 : 1 + precision));
  return /[02468]$/.test(kept) ? kept : text;
}

function shown(value: Value): string | undefined {
  if (value === null) return "null";
  if (value instanceof CelList) return `[${[...value].map(literal).join(", ")}]`;
  if (value instanceof CelMap) {
    const pairs = [...value.keys()].map((key) => `${literal(key)}:${literal(value.get(key)!)}`);
    return `{${pairs.sort().join(", ")}}`;
  }
  return textOf(value);
}

/** Inside of lists and maps values look as in a source. */
function literal(value: Value): string {
  const text = shown(value);
  if (text === undefined)
    throw new CelError(`error during formatting: no formatting function for ${typeNameOf(value)}`);
  if (typeof value === "string") return goQuote(value);
  if (value instanceof Uint8Array) return `b${goQuote(text)}`;
  if (value instanceof Timestamp) return `timestamp(${goQuote(text)})`;
  if (value instanceof Duration) return `duration(${goQuote(text)})`;
  if (typeof value === "number") return Number.isFinite(value) ? value.toFixed(6) : goQuote(text);
  return text;
}
