import { EMPTY, ENTRY, SHAPES } from "../messages/shapes.js";
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  parseType,
  STRING,
  TIMESTAMP,
  typeOf,
  UINT,
} from "./types.js";
import { TypeValue } from "./values.js";

/** Types can be compared with: `type(x) == int`. */
const TYPES: readonly (readonly [string, CelType])[] = [
  ["bool", BOOL],
  ["bytes", BYTES],
  ["double", DOUBLE],
  ["google.protobuf.Duration", DURATION],
  ["int", INT],
  ["list", listOf(DYN)],
  ["map", mapOf(DYN, DYN)],
  ["null_type", NULL],
  ["string", STRING],
  ["google.protobuf.Timestamp", TIMESTAMP],
  ["type", typeOf(DYN)],
  ["uint", UINT],
  ["optional_type", optionalOf(DYN)],
  ["net.IP", parseType("net.IP")],
  ["net.CIDR", parseType("net.CIDR")],
];

const MESSAGES = [...SHAPES].map(([name, { type }]) => [name, type] as const);

/** Types that can be spoken of, also in vain. */
const NAMED: readonly (readonly [string, CelType])[] = [
  ...MESSAGES,
  ...TYPES,
  ["duration", DURATION],
  ["timestamp", TIMESTAMP],
];

export const TYPE_NAMES: ReadonlyMap<string, CelType> = new Map(NAMED.map(([name, type]) => [name, typeOf(type)]));

/** Those of messages that become values of other types are no values themselves. */
export const TYPE_VALUES: ReadonlyMap<string, TypeValue> = new Map(
  [...TYPES.map(([name]) => name), EMPTY, ENTRY].map((name) => [name, new TypeValue(name)]),
);

/** Names of types whose values can be asked for; most of these then turn out to be no messages. */
const SCALARS = [
  "bool",
  "bytes",
  "double",
  "duration",
  "int",
  "list",
  "map",
  "null_type",
  "string",
  "timestamp",
  "uint",
];
export const MESSAGE_NAMES: ReadonlySet<string> = new Set([...SHAPES.keys(), ...SCALARS]);

/** Names of enumerations' values. */
export const CONSTANTS: ReadonlyMap<string, bigint> = new Map([["google.protobuf.NullValue.NULL_VALUE", 0n]]);
