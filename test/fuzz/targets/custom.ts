import { DecodeError, JsonSyntaxError } from "../../../src/codec/json/errors.js";
import { parseJson } from "../../../src/codec/json/parse.js";
import { readTyped } from "../../../src/codec/json/read.js";
import { metadataReader } from "../../../src/codec/metadata-reader.js";
import { objectAt } from "../../../src/kube/access.js";
import { errorText } from "../../../src/kube/field-errors.js";
import { FieldPath } from "../../../src/kube/field-path.js";
import { isObject, type KubeObject } from "../../../src/kube/json.js";
import { ApiError } from "../../../src/kube/status.js";
import { ItemError } from "../../../src/patch/apply/list-items.js";
import { customAtom } from "../../../src/patch/apply/schema-atom.js";
import { toFieldSet } from "../../../src/patch/apply/to-field-set.js";
import { TypedError } from "../../../src/patch/apply/typed-error.js";
import { validate } from "../../../src/patch/apply/validate.js";
import { CostExceeded, Frame } from "../../../src/schema/crd/cel/lang/frame.js";
import { Breakdown, CelError } from "../../../src/schema/crd/cel/lang/values.js";
import { declaredType } from "../../../src/schema/crd/cel/objects/declared.js";
import { celValue } from "../../../src/schema/crd/cel/objects/values.js";
import { compileRule } from "../../../src/schema/crd/cel/rule.js";
import { compileRules } from "../../../src/schema/crd/cel/rule-set.js";
import { definitionChecks } from "../../../src/schema/crd/checks/index.js";
import { readDefinition } from "../../../src/schema/crd/definition.js";
import { CoercionError } from "../../../src/schema/crd/embedded.js";
import { validateListTypes } from "../../../src/schema/crd/list-type.js";
import { goRegex, RegexError } from "../../../src/schema/crd/regex.js";
import { CustomShape } from "../../../src/schema/crd/shape.js";
import { validateValue } from "../../../src/schema/crd/validate-value.js";
import { checkSize, kindOf, outcome, type Target } from "../target.js";
import { kind, tables } from "./samples.js";

const DEFINITIONS = kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
const metadata = tables.struct("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
const reader = metadataReader(metadata);
const checks = definitionChecks(reader);

const SPEC_SCHEMA = {
  type: "object",
  required: ["name"],
  "x-kubernetes-validations": [{ rule: "self.replicas <= 5 && self.name.matches('^a')", message: "no" }],
  properties: {
    name: { type: "string", pattern: "^[a-z]+$", maxLength: 10, enum: ["a", "b"], format: "hostname" },
    replicas: { type: "integer", minimum: 1, maximum: 9, multipleOf: 1, default: 3, format: "int32" },
    list: {
      type: "array",
      maxItems: 5,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["k"],
      items: {
        type: "object",
        required: ["k"],
        properties: { k: { type: "string" }, v: { "x-kubernetes-int-or-string": true } },
      },
    },
    set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string", maxLength: 5 } },
    tags: { type: "object", additionalProperties: { type: "string", nullable: true } },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    inner: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    choice: {
      type: "object",
      oneOf: [{ required: ["a"] }],
      not: { required: ["b"] },
      properties: { a: { type: "number" }, b: { type: "boolean" } },
    },
  },
};

const CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "foos.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "foos", singular: "foo", kind: "Foo", listKind: "FooList" },
    conversion: { strategy: "None" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", properties: { spec: SPEC_SCHEMA } } },
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
        },
        additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: ".spec.name" }],
        selectableFields: [{ jsonPath: ".spec.name" }],
      },
    ],
  },
  status: { storedVersions: ["v1"], acceptedNames: { kind: "", plural: "" } },
};

const FOO = {
  apiVersion: "example.com/v1",
  kind: "Foo",
  metadata: { name: "a" },
  spec: {
    name: "a",
    list: [{ k: "x", v: 1 }],
    set: ["a"],
    tags: { t: "1" },
    free: { y: 1 },
    inner: { apiVersion: "v1", kind: "X", metadata: {} },
  },
};

const WORDS = [
  ..."type,properties,items,additionalProperties,pattern,default,nullable,format,allOf,anyOf,oneOf,not,enum".split(","),
  ..."x-kubernetes-validations,rule,messageExpression,fieldPath,optionalOldSelf,x-kubernetes-list-type,set,map".split(
    ",",
  ),
  ..."x-kubernetes-list-map-keys,x-kubernetes-preserve-unknown-fields,x-kubernetes-int-or-string,(a+)+$".split(","),
  ..."self == oldSelf,.spec.name,object,array,string,integer,number,boolean,date-time,ipv4,uuid,[a-,\\p{L}".split(","),
];

/** A definition and, after a zero, an object of its first version. */
export function customResources(): Target {
  return {
    seeds: [`${JSON.stringify(CRD)}\0${JSON.stringify(FOO)}`],
    words: WORDS,
    form: "json",
    run(input) {
      const at = input.indexOf(0);
      const [left, right] = at < 0 ? [input, undefined] : [input.subarray(0, at), input.subarray(at + 1)];
      return outcome([JsonSyntaxError, DecodeError, ApiError], () => {
        const crd = readTyped(left, DEFINITIONS.type) as KubeObject;
        crd.metadata ??= {};
        const errors = checks.validateCreate!(crd).map(errorText);
        checks.createWarnings?.(crd);
        if (errors.length > 0) return kindOf(errors[0]!);
        const object = right && parseJson(right);
        if (!object || !isObject(object)) return "no object";
        return useDefinition(crd, object as KubeObject);
      });
    },
  };
}

function useDefinition(crd: KubeObject, object: KubeObject): string {
  const { versions, group, names, preserveUnknownFields: preserves } = readDefinition(objectAt(crd, "spec")!);
  const { name, schema } = versions[0]!;
  const own = { gvk: { group, version: name, kind: names.kind }, schema };
  const shape = new CustomShape("id", own, own, new Map([[name, schema]]), preserves, reader);
  object.metadata = isObject(object.metadata) ? object.metadata : {};
  if (typeof object.apiVersion !== "string") object.apiVersion = `${group}/${name}`;
  return outcome([CoercionError, DecodeError, TypedError, ItemError], () => {
    shape.coerce(object, true);
    shape.applyDefaults(object);
    if (!schema) return "no schema";
    const found = validateValue(schema, object);
    const lists = validateListTypes(object, schema, FieldPath.of());
    const rules = compileRules(schema)?.validate(object, object, FieldPath.of());
    const atom = customAtom(schema, { preserves, metadata });
    validate(atom, object);
    toFieldSet(atom, object);
    return `${found.findings.length} ${lists.length} ${kindOf(rules?.errors[0] ? errorText(rules.errors[0]) : "")}`;
  });
}

const EXPRESSIONS = [
  "self.replicas <= 5 && self.name.startsWith('a') || !has(self.tags)",
  "self.list.all(x, x.k != '' && self.set.exists(y, y == x.k)) && size(self.tags) < 3",
  "self.tags.map(k, self.tags[k] + 'x').join(',').split(',').size() == [1, 2u, 3.0, b'x', null].size()",
  "duration('1h') < duration('90m') && timestamp('2020-01-01T00:00:00Z').getFullYear() == 2020 ? true : false",
  "quantity('1Gi').isGreaterThan(quantity('1M')) && ip('1.2.3.4').family() == 4 && cidr('10.0.0.0/8').containsIP('10.1.1.1')",
  "url('https://a/b?c=d').getHost() == 'a' && 'abc'.find('[a-c]+') == 'abc' && semver('1.2.3').major() == 1",
  "'%d %s %f'.format([1, 'a', 2.5]) != '' && {'a': 1}.a in [1, 2] && int('5') % 2 == 1 && -self.replicas < 0",
  "oldSelf.name == self.name && dyn(self.free).y == 1 && optional.of(1).hasValue() && type(1) == int",
  "[3,1,2].sort().isSorted() && [1,2].sum() == 3 && lists.range(3) == [0,1,2]",
  "cel.bind(x, self.name + self.name, x + x + x != '')",
  "google.protobuf.Struct{fields: {'a': dyn(self.list), 'b': self.name}}.b == 'a' || google.protobuf.Empty{} != null",
  "google.protobuf.Int32Value{?value: self.?replicas} == 3 && google.protobuf.ListValue{values: [1, dyn('a')]}[0] == 1.0",
  "google.protobuf.Timestamp{seconds: 99999999999999, nanos: -1}.getFullYear('+01:00') > 1 && google.protobuf.Any{} == 1",
  "string(google.protobuf.Duration{seconds: 1}) == '1s' && google.protobuf.Value{number_value: 1.5} in [1, 1.5]",
];
const TOKENS = [
  ..."self oldSelf has( all( exists( map( filter( size( ) ( [ ] { } , . : ? && || ! == != < <= > >= + - * / % in".split(
    " ",
  ),
  ..."true false null 1 1u 1.5 0x1F 'a' \"b\" r'\\d' b'x' matches( find( findAll( format( int( string( double( dyn(".split(
    " ",
  ),
  ..."duration( timestamp( quantity( ip( cidr( url( semver( optional.of( orValue( cel.bind( x y k v \\u0041 \\n".split(
    " ",
  ),
  ..."google.protobuf. Int64Value{ Value{ Struct{ ListValue{ Duration{ Timestamp{ Any{ Empty{ value: seconds: nanos:".split(
    " ",
  ),
  ..."fields: values: NullValue.NULL_VALUE 9223372036854775807 -9223372036854775808 type_url: string_value: .?".split(
    " ",
  ),
];
/** No expression that costs more is ever run. */
const COSTLIEST = 10_000_000;

/** Rules, and what they answer for one object. */
export function cel(): Target {
  const definition = readTyped(JSON.stringify(CRD), DEFINITIONS.type);
  const celSchema = readDefinition(objectAt(definition, "spec")!).versions[0]!.schema!.properties.get("spec")!;
  const declared = declaredType(celSchema, false, "selfType")!;
  const self = celValue(JSON.parse(JSON.stringify(FOO.spec)), celSchema);
  return {
    seeds: EXPRESSIONS,
    words: TOKENS,
    form: "text",
    run(input) {
      const source = { rule: input.toString(), message: "", messageExpression: "", fieldPath: "" };
      const rule = { ...source, reason: undefined, optionalOldSelf: undefined };
      const { problem, program, cost } = compileRule(rule, celSchema, declared);
      if (problem !== undefined) {
        checkSize(input, problem.length, 2000);
        return kindOf(problem.replace(/^[^:]*: ERROR: <input>:\d+:\d+: /, ""));
      }
      if (!program || cost > COSTLIEST) return "too costly";
      return outcome([CelError, CostExceeded, Breakdown], () => String(program(new Frame([self, self]))));
    },
  };
}

const PATTERNS = [
  "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
  "(a+)+$",
  "a*a*a*a*a*a*b",
  "(?i)\\bx{2,5}|[^\\d\\s]\\pL(?P<n>y)?",
  "^(?:\\w+\\s?)*$",
  "[[:alpha:]]{0,100}\\Q.*\\E\\x{10FFFF}",
];

/** Patterns, each tried on a text of its own letters. */
export function regex(): Target {
  return {
    seeds: PATTERNS,
    words: [
      "(?:",
      "(?i)",
      ")*",
      "+",
      "*?",
      "{2,}",
      "{0,1000}",
      "[^",
      "]",
      "|",
      "\\d",
      "\\b",
      "\\pL",
      "^",
      "$",
      "(a|aa)+",
      "\\Q",
    ],
    form: "text",
    run: (input) =>
      outcome([RegexError], () => {
        const pattern = input.toString();
        const regex = goRegex(pattern);
        const letters = pattern.replace(/[^a-z.0-9-]/g, "").slice(0, 20) || "a";
        return `${regex.test(letters.repeat(20))} ${regex.test(`${letters.repeat(200)}!`)} ${regex.test("")}`;
      }),
  };
}
