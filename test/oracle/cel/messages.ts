import fc from "fast-check";

const PACKAGE = "google.protobuf.";
const WRAPPERS = "Bool Bytes Double Float Int32 Int64 String UInt32 UInt64".split(" ").map((name) => `${name}Value`);

/** Expressions by their types, so that most of what is made of them fits. */
interface Exprs {
  bool: string;
  bytes: string;
  double: string;
  int: string;
  uint: string;
  string: string;
  list: string;
  map: string;
  any: string;
}

const quoted = (name: string) => `'${name}'`;

const { bool, any } = fc.letrec<Exprs>((tie) => {
  const one = (name: keyof Exprs) => tie(name) as fc.Arbitrary<string>;
  /** Of the type, or of none that is known; seldom of another one. */
  const loosely = (name: keyof Exprs) =>
    fc.oneof(
      { weight: 20, arbitrary: one(name) },
      { weight: 3, arbitrary: one(name).map((expr) => `dyn(${expr})`) },
      { weight: 1, arbitrary: one("any").map((expr) => `dyn(${expr})`) },
      { weight: 1, arbitrary: one("any") },
    );
  const wrapper = (name: string, field: fc.Arbitrary<string>) =>
    fc.oneof(
      { weight: 9, arbitrary: field.map((value) => `${PACKAGE}${name}{value: ${value}}`) },
      { weight: 2, arbitrary: field.map((value) => `${PACKAGE}${name}{?value: optional.of(${value})}`) },
      { weight: 1, arbitrary: fc.constant(`${PACKAGE}${name}{}`) },
    );
  const optional = (expr: fc.Arbitrary<string>) =>
    fc.oneof(
      expr.map((value) => `optional.of(${value})`),
      expr.map((value) => `optional.ofNonZeroValue(${value})`),
    );
  const pair = (a: fc.Arbitrary<string>, b = a) => fc.tuple(a, b);
  const number = fc.oneof(one("int"), one("uint"), one("double"));
  const json = fc.oneof(
    { weight: 3, arbitrary: one("any") },
    fc.constantFrom("self.map", "self.words", "self.object", "self.time", "self.span", "self.port", "null"),
  );
  const options = { maxDepth: 4, withCrossShrink: true } as const;
  const seconds = fc.constantFrom("0", "1", "-1", "1704067200", "253402300799", "253402300800", "-62135596801");
  const nanos = fc.constantFrom("0", "1", "-1", "999999999", "1000000000", "-2000000001", "2147483648");
  return {
    bool: fc.oneof(
      options,
      fc.constantFrom("true", "false", "self.b"),
      wrapper("BoolValue", loosely("bool")),
      pair(one("any")).map(([a, b]) => `dyn(${a}) == ${b}`),
      pair(one("any")).map(([a, b]) => `${a} != ${b}`),
      pair(one("bool")).map(([a, b]) => `(${a} && ${b})`),
      pair(one("bool")).map(([a, b]) => `(${a} || ${b})`),
      pair(one("bool")).map(([a, b]) => `(self.b ? ${a} : ${b})`),
      pair(number).map(([a, b]) => `dyn(${a}) < ${b}`),
      pair(one("any"), one("list")).map(([a, b]) => `dyn(${a}) in ${b}`),
      pair(one("string"), one("map")).map(([a, b]) => `${a} in ${b}`),
      one("map").map((map) => `has(${map}.a)`),
      one("map").map((map) => `${map}.?a.hasValue()`),
      pair(one("list"), one("any")).map(([list, other]) => `${list}.exists(e, e == ${other})`),
      one("any").map((expr) => `type(${expr}) == map`),
      pair(one("list")).map(([a, b]) => `(dyn(${a}).map(x, x) + ${b}) == ${b}`),
      optional(one("any")).map((expr) => `${expr}.hasValue()`),
    ),
    bytes: fc.oneof(
      options,
      fc.constantFrom("b'abc'", "self.bytes", "b''"),
      wrapper("BytesValue", loosely("bytes")),
      one("string").map((text) => `bytes(${text})`),
    ),
    double: fc.oneof(
      options,
      fc.constantFrom("1.5", "-0.25", "1e300", "0.1", "self.d"),
      wrapper("DoubleValue", loosely("double")),
      wrapper("FloatValue", loosely("double")),
      pair(one("double")).map(([a, b]) => `(${a} + ${b})`),
      one("int").map((value) => `double(${value})`),
    ),
    int: fc.oneof(
      options,
      fc.constantFrom(
        "1",
        "0",
        "-7",
        "2147483648",
        "9007199254740992",
        "9223372036854775807",
        "self.i",
        "self.ints[1]",
      ),
      fc.constant(`${PACKAGE}NullValue.NULL_VALUE`),
      wrapper("Int64Value", loosely("int")),
      wrapper("Int32Value", loosely("int")),
      pair(one("int")).map(([a, b]) => `(${a} - ${b})`),
      one("string").map((text) => `size(${text})`),
      one("list").map((list) => `${list}.size()`),
      pair(one("list")).map(([a, b]) => `(dyn(${a}).map(x, x) + ${b}).size()`),
      fc.tuple(seconds, nanos).map(([s, n]) => `int(${PACKAGE}Timestamp{seconds: ${s}, nanos: ${n}})`),
    ),
    uint: fc.oneof(
      options,
      fc.constantFrom("1u", "4294967296u", "18446744073709551615u"),
      wrapper("UInt64Value", loosely("uint")),
      wrapper("UInt32Value", loosely("uint")),
    ),
    string: fc.oneof(
      options,
      fc.constantFrom("'a'", "'key'", "''", "self.s", "self.words[0]"),
      wrapper("StringValue", loosely("string")),
      pair(one("string")).map(([a, b]) => `(${a} + ${b})`),
      number.map((value) => `string(${value})`),
      fc.tuple(seconds, nanos).map(([s, n]) => `string(${PACKAGE}Timestamp{seconds: ${s}, nanos: ${n}})`),
      fc.tuple(seconds, nanos).map(([s, n]) => `string(${PACKAGE}Duration{seconds: ${s}, nanos: ${n}})`),
    ),
    list: fc.oneof(
      options,
      fc.constantFrom("[]", "self.words", "self.ints", "self.objects"),
      loosely("list").map((list) => `${PACKAGE}ListValue{values: ${list}}`),
      json.map((value) => `${PACKAGE}ListValue{values: [${value}]}`),
      one("any").map((value) => `[${value}]`),
      pair(one("list"), one("any")).map(([list, value]) => `${list}.map(x, ${value})`),
      loosely("list").map((list) => `${PACKAGE}Value{list_value: ${list}}`),
    ),
    map: fc.oneof(
      options,
      fc.constantFrom("{}", "self.map", "self.counts"),
      loosely("map").map((map) => `${PACKAGE}Struct{fields: ${map}}`),
      json.map((value) => `${PACKAGE}Struct{fields: {'a': ${value}}}`),
      pair(one("string"), one("any")).map(([key, value]) => `{${key}: ${value}}`),
      loosely("map").map((map) => `${PACKAGE}Value{struct_value: ${map}}`),
    ),
    any: fc.oneof(
      { ...options, depthIdentifier: "any" },
      one("bool"),
      one("bytes"),
      number,
      one("string"),
      one("list"),
      one("map"),
      fc.constantFrom("null", "self.time", "self.span", "self.port", "self.object", "int", "quantity('1k')"),
      fc.constantFrom(
        `${PACKAGE}Empty{}`,
        `${PACKAGE}Empty`,
        `${PACKAGE}Value{}`,
        `${PACKAGE}Any{}`,
        "duration('1.5s')",
      ),
      fc.tuple(seconds, nanos).map(([s, n]) => `${PACKAGE}Duration{seconds: ${s}, nanos: ${n}}`),
      fc.tuple(seconds, nanos).map(([s, n]) => `${PACKAGE}Timestamp{seconds: ${s}, nanos: ${n}}`),
      number.map((value) => `${PACKAGE}Value{number_value: ${value}}`),
      one("string").map((value) => `${PACKAGE}Value{string_value: ${value}}`),
      pair(loosely("string"), json).map(([k, v]) => `${PACKAGE}Struct.FieldsEntry{key: ${k}, value: ${v}}`),
      pair(fc.constantFrom(...WRAPPERS), json).map(([name, value]) => `${PACKAGE}${name}{value: dyn(${value})}`),
      one("map").map((map) => `${map}.a`),
      one("map").map((map) => `${map}[${quoted("a")}]`),
      one("list").map((list) => `${list}[0]`),
    ),
  };
});

/** Conditions that make messages of all kinds, rightly and wrongly. */
export const message = fc.oneof({ weight: 9, arbitrary: bool }, any);
