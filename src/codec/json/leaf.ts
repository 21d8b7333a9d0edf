import { type Json, RawJson } from "../../kube/json.js";
import { canonicalQuantity } from "../../kube/quantity.js";
import { QuantityError } from "../../kube/quantity-text.js";
import type { Scalar } from "../../schema/model.js";
import { canonicalBase64 } from "./base64.js";
import type { DecodeState, Found } from "./decode-state.js";
import { durationText, parseDuration } from "./duration.js";
import { DecodeError } from "./errors.js";
import { fits, integerOf } from "./numbers.js";
import { canonicalTime } from "./time.js";

/** How a scalar takes each kind of JSON value. Undefined: Go's zero, or an error that the state has noted. */
export interface Leaf {
  string(text: string, state: DecodeState): Json | undefined;
  number(literal: string, state: DecodeState): Json | undefined;
  bool(value: boolean, state: DecodeState): Json | undefined;
  /** An object or a list; `raw` makes its compacted text. */
  container(found: "array" | "object", raw: () => string, state: DecodeState): Json | undefined;
  /** Stands for null inside a list or a map, where nothing can be absent. */
  readonly zero: Json;
}

/** Leaves of the scalars that Go decodes by itself: what does not fit is noted and left out. */
function plain(goType: string, zero: Json, takes: Partial<Leaf>): Leaf {
  return {
    string: (_text, state) => state.mismatch("string", goType) as undefined,
    number: (_literal, state) => state.mismatch("number", goType) as undefined,
    bool: (_value, state) => state.mismatch("bool", goType) as undefined,
    container: (found, _raw, state) => state.mismatch(found, goType) as undefined,
    zero,
    ...takes,
  };
}

function integer(range: "int32" | "int64" | "uint32" | "uint64", goType: string = range): Leaf {
  return plain(goType, 0, {
    number(literal, state) {
      const value = integerOf(literal);
      if (value !== undefined && fits(value, range)) return value;
      return state.mismatch(`number ${literal}`, goType) as undefined;
    },
  });
}

/** Types whose UnmarshalJSON expects a string. */
function textual(zero: Json, canonical: (text: string) => string | undefined): Leaf {
  const refuse = (found: Found, state: DecodeState) => state.fatalMismatch(found, "string") as undefined;
  return {
    string: (text, state) => attempt(state, () => canonical(text)),
    number: (_literal, state) => refuse("number", state),
    bool: (_value, state) => refuse("bool", state),
    container: (found, _raw, state) => refuse(found, state),
    zero,
  };
}

function attempt(state: DecodeState, make: () => string | undefined): string | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof QuantityError)) throw error;
    return state.fatal(error.message) as undefined;
  }
}

const int32 = integer("int32");

const intOrString: Leaf = {
  string: (text) => text,
  number(literal, state) {
    const value = integerOf(literal);
    if (value !== undefined && fits(value, "int32")) return value;
    return state.fatalMismatch(`number ${literal}`, "int32") as undefined;
  },
  bool: (_value, state) => state.fatalMismatch("bool", "int32") as undefined,
  container: (found, _raw, state) => state.fatalMismatch(found, "int32") as undefined,
  zero: 0,
};

const quantity: Leaf = {
  string: (text, state) => attempt(state, () => canonicalQuantity(text)),
  number: (literal, state) => attempt(state, () => canonicalQuantity(literal)),
  bool: (value, state) => attempt(state, () => canonicalQuantity(String(value))),
  container: (_found, raw, state) => attempt(state, () => canonicalQuantity(raw())),
  zero: "0",
};

const bytes = plain("[]uint8", null, {
  string(text, state) {
    try {
      return canonicalBase64(text);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return state.save(error.message) as undefined;
    }
  },
  // Go takes a list of small numbers for a byte slice, too.
  container(found, raw, state) {
    if (found === "object") return state.mismatch(found, "[]uint8") as undefined;
    const items = JSON.parse(raw()) as unknown[];
    return Buffer.from(items.map((item) => byteOf(item, state))).toString("base64");
  },
});

function byteOf(item: unknown, state: DecodeState): number {
  if (item === null) return 0;
  if (typeof item === "number" && Number.isInteger(item) && item >= 0 && item <= 255) return item;
  const found = Array.isArray(item) ? "array" : typeof item === "boolean" ? "bool" : typeof item;
  state.mismatch(found === "number" ? `number ${item}` : found, "uint8");
  return 0;
}

/** Verbatim fields: the readers hand the text over before they come to a leaf; this is for values without one. */
const raw: Leaf = {
  string: (text) => new RawJson(JSON.stringify(text)),
  number: (literal) => new RawJson(literal),
  bool: (value) => new RawJson(String(value)),
  container: (_found, text) => new RawJson(text()),
  zero: null,
};

const LEAVES: Readonly<Record<Exclude<Scalar, SchemaUnion>, Leaf>> = {
  string: plain("string", "", { string: (text) => text }),
  bool: plain("bool", false, { bool: (value) => value }),
  int32,
  int64: integer("int64"),
  uint32: integer("uint32"),
  uint64: integer("uint64"),
  float64: plain("float64", 0, {
    number(literal, state) {
      const value = Number(literal);
      return Number.isFinite(value) ? value : (state.mismatch(`number ${literal}`, "float64") as undefined);
    },
  }),
  bytes,
  time: textual(null, (text) => canonicalTime(text, false)),
  microtime: textual(null, (text) => canonicalTime(text, true)),
  duration: textual("0s", (text) => durationText(parseDuration(text))),
  quantity,
  intOrString,
  rawExtension: raw,
  fieldsV1: raw,
  json: raw,
};

/** Unions that hold JSONSchemaProps again. */
export type SchemaUnion = "jsonSchemaPropsOrBool" | "jsonSchemaPropsOrArray" | "jsonSchemaPropsOrStringArray";

export function isSchemaUnion(scalar: Scalar): scalar is SchemaUnion {
  return scalar.startsWith("jsonSchemaPropsOr");
}

export function isVerbatim(scalar: Scalar): boolean {
  return scalar === "rawExtension" || scalar === "fieldsV1" || scalar === "json";
}

/** `goType`: the name that messages show, where the Go type has one of its own. */
export function leafOf(scalar: Exclude<Scalar, SchemaUnion>, goType?: string): Leaf {
  if (goType === undefined) return LEAVES[scalar];
  switch (scalar) {
    case "string":
      return plain(goType, "", { string: (text) => text });
    case "bool":
      return plain(goType, false, { bool: (value) => value });
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
      return integer(scalar, goType);
    default:
      return LEAVES[scalar];
  }
}
