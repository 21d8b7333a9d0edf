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

export const TYPE_NAMES: ReadonlyMap<string, CelType> = new Map(TYPES.map(([name, type]) => [name, typeOf(type)]));

export const TYPE_VALUES: ReadonlyMap<string, TypeValue> = new Map(TYPES.map(([name]) => [name, new TypeValue(name)]));
