import {
  ANY,
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  isWrapper,
  listOf,
  mapOf,
  NULL,
  objectOf,
  STRING,
  TIMESTAMP,
  UINT,
  wrapperOf,
} from "../lang/types.js";

/** What Go holds a field's value in, as its messages name it. */
export type Native =
  | "bool"
  | "float32"
  | "float64"
  | "int32"
  | "int64"
  | "protoreflect.EnumNumber"
  | "string"
  | "uint32"
  | "uint64"
  | "uint8"
  | "[]uint8"
  | "*structpb.ListValue"
  | "*structpb.Struct"
  | "*structpb.Value";

export interface FieldShape {
  readonly type: CelType;
  /** Of the field, or of each of its elements. */
  readonly native: Native;
  readonly many?: "list" | "map";
}

export interface MessageShape {
  /** Of the value that becomes of the message. */
  readonly type: CelType;
  readonly fields: ReadonlyMap<string, FieldShape>;
}

const PACKAGE = "google.protobuf.";
export const EMPTY = `${PACKAGE}Empty`;
export const ENTRY = `${PACKAGE}Struct.FieldsEntry`;

type Fields = Readonly<Record<string, FieldShape>>;

function shape(name: string, type: CelType, fields: Fields): readonly [string, MessageShape] {
  return [`${PACKAGE}${name}`, { type, fields: new Map(Object.entries(fields)) }];
}

function wrapper(name: string, type: CelType & { kind: "named" }, native: Native) {
  return shape(`${name}Value`, wrapperOf(type), { value: { type, native } });
}

const text: FieldShape = { type: STRING, native: "string" };
const seconds: Fields = { seconds: { type: INT, native: "int64" }, nanos: { type: INT, native: "int32" } };
const json: FieldShape = { type: DYN, native: "*structpb.Value" };
const [LIST, STRUCT] = [listOf(DYN), mapOf(STRING, DYN)];

const entry: Fields = { key: text, value: json };
const entryTypes = new Map(Object.entries(entry).map(([name, { type }]) => [name, type]));

/** The messages that every expression knows; upstream: cel-go/common/types/{pb/pb,types}.go. */
export const SHAPES: ReadonlyMap<string, MessageShape> = new Map([
  wrapper("Bool", BOOL, "bool"),
  wrapper("Bytes", BYTES, "[]uint8"),
  wrapper("Double", DOUBLE, "float64"),
  wrapper("Float", DOUBLE, "float32"),
  wrapper("Int32", INT, "int32"),
  wrapper("Int64", INT, "int64"),
  wrapper("String", STRING, "string"),
  wrapper("UInt32", UINT, "uint32"),
  wrapper("UInt64", UINT, "uint64"),
  shape("Any", ANY, { type_url: text, value: { type: BYTES, native: "[]uint8" } }),
  shape("Duration", DURATION, seconds),
  shape("Timestamp", TIMESTAMP, seconds),
  shape("ListValue", LIST, { values: { ...json, type: LIST, many: "list" } }),
  shape("Struct", STRUCT, { fields: { ...json, type: STRUCT, many: "map" } }),
  shape("Value", DYN, {
    null_value: { type: INT, native: "protoreflect.EnumNumber" },
    number_value: { type: DOUBLE, native: "float64" },
    string_value: text,
    bool_value: { type: BOOL, native: "bool" },
    struct_value: { type: STRUCT, native: "*structpb.Struct" },
    list_value: { type: LIST, native: "*structpb.ListValue" },
  }),
  shape("Empty", objectOf(EMPTY, new Map()), {}),
  shape("Struct.FieldsEntry", objectOf(ENTRY, entryTypes), entry),
]);

const BY_TYPE: Readonly<Record<string, string>> = {
  [ANY.name]: "Any",
  [DURATION.name]: "Duration",
  [DYN.name]: "Value",
  [NULL.name]: "NullValue",
  [TIMESTAMP.name]: "Timestamp",
};
const WRAPPERS: Readonly<Record<string, string>> = {
  ...{ bool: "BoolValue", bytes: "BytesValue", double: "DoubleValue", int: "Int64Value" },
  ...{ string: "StringValue", uint: "UInt64Value" },
};

/** The message that makes values of a type, if one does. Types without a shape are no messages after all. */
export function messageOf(type: CelType): string | undefined {
  if (type.kind === "param") return undefined;
  if (type === LIST) return `${PACKAGE}ListValue`;
  if (type === STRUCT) return `${PACKAGE}Struct`;
  const known = isWrapper(type) ? WRAPPERS[type.name] : BY_TYPE[type.name];
  if (known !== undefined) return `${PACKAGE}${known}`;
  return type.fields && type.name;
}
