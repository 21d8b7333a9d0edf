import { floorDivide } from "../functions/bounds.js";
import { PlainList, PlainMap } from "../lang/containers.js";
import { CelError, CelList, CelMap, Duration, Timestamp, typeNameOf, Uint, type Value } from "../lang/values.js";
import { anyValue } from "./any.js";
import { Message } from "./message.js";
import { converted } from "./native.js";
import { EMPTY, ENTRY, type FieldShape, type Native, SHAPES } from "./shapes.js";

type Fields = ReadonlyMap<string, Value>;

/** What a message with the fields becomes; upstream: cel-go/common/types/provider.go. Throws {@link CelError}. */
export function newMessage(name: string, given: Fields): Value {
  const shape = SHAPES.get(name);
  if (!shape) throw new CelError(`unknown type '${name}'`);
  const fields = new Map<string, Value>();
  for (const [field, value] of given) {
    fields.set(field, fieldValue(`${name}.${field}`, shape.fields.get(field)!, value));
  }
  return unwrapped(name, fields);
}

function fieldValue(place: string, { native, many }: FieldShape, value: Value): Value {
  const each = (item: Value | (() => Value), to = native) => {
    try {
      return converted(typeof item === "function" ? item() : item, to);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      throw new CelError(`field type conversion error for ${place} value type: ${error.message}`);
    }
  };
  if (many === undefined) return each(value);
  if (many === "list") {
    if (!(value instanceof CelList)) throw unsupported(place, value);
    return new PlainList(Array.from({ length: value.size }, (_, index) => each(() => value.at(index))));
  }
  if (!(value instanceof CelMap)) throw unsupported(place, value);
  const entries = [...value.keys()].map((key) => [each(key, "string"), each(value.get(key)!)] as const);
  return PlainMap.literal(entries);
}

const PARAMETERS: Readonly<Record<string, string>> = { list: "(dyn)", map: "(dyn, dyn)" };

function unsupported(place: string, value: Value): CelError {
  const type = typeNameOf(value);
  return new CelError(`unsupported field type for ${place}: ${type}${PARAMETERS[type] ?? ""}`);
}

const DEFAULTS: Readonly<Partial<Record<Native, Value>>> = {
  ...{ bool: false, float32: 0, float64: 0, int32: 0n, int64: 0n, string: "" },
  ...{ uint32: new Uint(0n), uint64: new Uint(0n), "[]uint8": Buffer.alloc(0) },
};

function unwrapped(name: string, fields: Fields): Value {
  switch (name) {
    case EMPTY:
      return new Message(name, fields);
    case ENTRY:
      return new Message(name, new Map([...fields].filter(([field, value]) => field !== "key" || value !== "")));
    case "google.protobuf.Any":
      return anyValue(fields);
    case "google.protobuf.Duration":
      return duration(fields);
    case "google.protobuf.Timestamp":
      return timestamp(fields);
    case "google.protobuf.ListValue":
      return fields.get("values") ?? new PlainList([]);
    case "google.protobuf.Struct":
      return fields.get("fields") ?? PlainMap.literal([]);
    case "google.protobuf.Value":
      // Only one of the fields can be set: the last one.
      return lastOf(fields);
    default:
      return fields.get("value") ?? DEFAULTS[SHAPES.get(name)!.fields.get("value")!.native]!;
  }
}

function lastOf(fields: Fields): Value {
  const [name, value = null] = [...fields].at(-1) ?? [];
  return name === "null_value" ? null : value;
}

const SECOND = 1_000_000_000n;
const [MIN, MAX] = [-(2n ** 63n), 2n ** 63n - 1n];
/** From the year 1 on, which Go counts times from. */
const EPOCH = 62_135_596_800n;

function secondsAndNanos(fields: Fields): readonly [bigint, bigint] {
  return [(fields.get("seconds") as bigint) ?? 0n, (fields.get("nanos") as bigint) ?? 0n];
}

/** What is too long is as long as can be; upstream: protobuf-go/types/known/durationpb, AsDuration. */
function duration(fields: Fields): Duration {
  const [seconds, nanos] = secondsAndNanos(fields);
  const whole = seconds * SECOND;
  const sum = BigInt.asIntN(64, whole + nanos);
  const over = BigInt.asIntN(64, whole) !== whole;
  const wrapped = sum !== whole + nanos && seconds < 0n === nanos < 0n;
  return new Duration(over || wrapped ? (seconds < 0n ? MIN : MAX) : sum);
}

/** Any time; seconds are counted from the year 1 on in 64 bits. */
function timestamp(fields: Fields): Timestamp {
  const [seconds, nanos] = secondsAndNanos(fields);
  const carried = floorDivide(nanos, SECOND);
  const since = BigInt.asIntN(64, BigInt.asIntN(64, seconds + carried) + EPOCH) - EPOCH;
  return new Timestamp(since * SECOND + nanos - carried * SECOND);
}
