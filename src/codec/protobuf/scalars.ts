import { type Json, RawJson } from "../../kube/json.js";
import { canonicalQuantity } from "../../kube/quantity.js";
import { QuantityError } from "../../kube/quantity-text.js";
import type { Scalar } from "../../schema/model.js";
import { durationText } from "../json/duration.js";
import { DecodeError } from "../json/errors.js";
import type { SchemaUnion } from "../json/leaf.js";
import { jsonSyntaxMessage } from "../json/parse.js";
import { compact } from "../json/read.js";
import { documentText, wellFormed } from "../json/text.js";
import { inCalendar, timeText } from "../json/time.js";
import { type Member, readFields, readMessage, type WireReader } from "./reader.js";

const TIMESTAMP: readonly Member[] = [
  ["Seconds", 0],
  ["Nanos", 0],
];
const INT_OR_STRING: readonly Member[] = [
  ["Type", 0],
  ["IntVal", 0],
  ["StrVal", 2],
];
const QUANTITY: readonly Member[] = [["String_", 2]];
const DURATION: readonly Member[] = [["Duration", 0]];
const RAW: readonly Member[] = [["Raw", 2]];

/** Reads a scalar after its tag; undefined: Go's zero where that is no value. */
export function scalarReader(scalar: Exclude<Scalar, SchemaUnion>): (reader: WireReader) => Json | undefined {
  switch (scalar) {
    case "string":
      return (reader) => reader.string();
    case "bool":
      return (reader) => reader.bool();
    case "int32":
      return (reader) => reader.int32();
    case "uint32":
      return (reader) => reader.int32() >>> 0;
    case "int64":
      return (reader) => reader.int64();
    case "uint64":
      return (reader) => reader.uint64();
    case "float64":
      return (reader) => reader.double();
    case "bytes":
      return (reader) => reader.bytes().toString("base64");
    case "time":
      return (reader) => takeTime(reader, false);
    case "microtime":
      return (reader) => takeTime(reader, true);
    case "duration":
      return (reader) => takeDuration(reader);
    case "quantity":
      return (reader) => takeQuantity(reader);
    case "intOrString":
      return (reader) => takeIntOrString(reader);
    case "rawExtension":
    case "fieldsV1":
    case "json":
      return (reader) => takeRaw(reader, scalar);
  }
}

function takeTime(reader: WireReader, micro: boolean): string | undefined {
  let seconds: number | bigint = 0;
  let nanos = 0;
  const outer = reader.enter();
  const empty = !reader.more;
  readFields(reader, "Timestamp", TIMESTAMP, () => {
    if (reader.number === 1) seconds = reader.int64();
    else nanos = reader.int32();
  });
  reader.leave(outer);
  const whole = Number(seconds);
  if (empty || whole === -62135596800) return undefined;
  if (!inCalendar(whole)) throw new DecodeError("Time.MarshalJSON: year outside of range [0,9999]");
  return timeText(whole, micro ? Math.trunc(nanos / 1000) : undefined);
}

function takeDuration(reader: WireReader): string {
  let value: number | bigint = 0;
  readMessage(reader, "Duration", DURATION, () => {
    value = reader.int64();
  });
  return durationText(BigInt(value));
}

function takeQuantity(reader: WireReader): string {
  let text = "";
  readMessage(reader, "Quantity", QUANTITY, () => {
    text = reader.string();
  });
  if (text === "") return "0";
  try {
    return canonicalQuantity(text);
  } catch (error) {
    throw error instanceof QuantityError ? new DecodeError(error.message) : error;
  }
}

function takeIntOrString(reader: WireReader): Json {
  let type: number | bigint = 0;
  let number = 0;
  let text = "";
  readMessage(reader, "IntOrString", INT_OR_STRING, () => {
    if (reader.number === 1) type = reader.int64();
    else if (reader.number === 2) number = reader.int32();
    else text = reader.string();
  });
  return type === 1 ? text : number;
}

const RAW_TYPES = { rawExtension: "RawExtension", fieldsV1: "FieldsV1", json: "JSON" } as const;

/** Anything may come in these bytes, but they will be part of JSON documents; upstream fails only when it writes one. */
function takeRaw(reader: WireReader, scalar: keyof typeof RAW_TYPES): RawJson | undefined {
  let raw: Buffer | undefined;
  readMessage(reader, RAW_TYPES[scalar], RAW, () => {
    raw = reader.bytes();
  });
  if (raw === undefined || (scalar === "json" && raw.length === 0)) return undefined;
  const text = wellFormed(documentText(raw));
  const fault = jsonSyntaxMessage(text);
  const type = `${scalar === "rawExtension" ? "runtime" : "*v1"}.${RAW_TYPES[scalar]}`;
  if (fault !== "") throw new DecodeError(`json: error calling MarshalJSON for type ${type}: ${fault}`);
  return new RawJson(compact(text));
}
