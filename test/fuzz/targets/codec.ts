import { decodeBody } from "../../../src/codec/body.js";
import { encodeTyped, encodeUntyped } from "../../../src/codec/json/encode.js";
import { DecodeError, JsonSyntaxError } from "../../../src/codec/json/errors.js";
import { parseJson } from "../../../src/codec/json/parse.js";
import { readTyped } from "../../../src/codec/json/read.js";
import { decodeProto } from "../../../src/codec/protobuf/decode.js";
import { encodeProto } from "../../../src/codec/protobuf/encode.js";
import { decodeEnvelope, encodeEnvelope } from "../../../src/codec/protobuf/envelope.js";
import { jsonToYaml, parseYaml, YamlError } from "../../../src/codec/yaml.js";
import { apiVersionOf } from "../../../src/kube/gvr.js";
import { isObject, type Json } from "../../../src/kube/json.js";
import { ApiError } from "../../../src/kube/status.js";
import { checkSame, checkSize, kindOf, outcome, type Target } from "../target.js";
import { KINDS, type Kind, objects, tables } from "./samples.js";

const PLAIN = [
  '{"a":[1,-0,1.5e3,"é\\u00e9\\n",true,null,{}]}',
  "[[[[]]]]",
  '"x"',
  "-1e-9",
  " {} ",
  '{"a":1,"a":2}',
  "",
];

/** JSON without a type. What is written is read as the same. */
export function json(): Target {
  return {
    seeds: [...PLAIN, ...objects()],
    words: ["\\u", "\\ud83d\\ude00", "\u2028", "\ufeff", "<&>", '{"a":'],
    form: "json",
    run: (input) =>
      outcome([JsonSyntaxError, DecodeError], () => {
        const strict: string[] = [];
        const text = encodeUntyped(parseJson(input, { strict }));
        checkSize(input, text.length, 8);
        checkSame("readings", unsigned(text), unsigned(encodeUntyped(parseJson(text))));
        return `${text.slice(0, 1)} ${strict.length} ${text.length >> 6}`;
      }),
  };
}

/** The first byte chooses the type. */
function ofType(input: Buffer): [Kind, Buffer] {
  return [KINDS[(input[0] ?? 0) % KINDS.length]!, input.subarray(1)];
}

function prefixed(examples: readonly Buffer[]): Buffer[] {
  return examples.flatMap((example) => KINDS.map((_, index) => Buffer.concat([Buffer.of(0x30 + index), example])));
}

/** What a value is made of, two levels deep. */
function shapeOf(value: Json, depth = 2): string {
  if (Array.isArray(value)) return depth === 0 ? "[]" : `[${shapeOf(value[0] ?? null, depth - 1)}]`;
  if (!isObject(value)) return value === null ? "-" : (typeof value)[0]!;
  const [first] = Object.values(value);
  return depth === 0 || first === undefined ? "{}" : `{${shapeOf(first, depth - 1)}}`;
}

/** Which top-level fields something has. */
const shape = (value: object) => Object.keys(value).sort().join();

export function typedJson(): Target {
  return {
    seeds: prefixed(objects(2).map((text) => Buffer.from(text))).filter((_, index) => index % 5 === 0),
    words: ["1Gi", "2020-01-01T00:00:00Z", "10s", "AAAA", "int", "-1.5e3Ki"],
    form: "json",
    run(input) {
      const [{ type }, body] = ofType(input);
      return outcome([JsonSyntaxError, DecodeError, ApiError], () => {
        const strict: string[] = [];
        const object = readTyped(body, type, { strict });
        const text = encodeTyped(object, type);
        checkSize(body, text.length, 200);
        checkSame("readings", text, encodeTyped(readTyped(text, type), type));
        return `${shape(object)} ${kindOf(strict[0] ?? "")}`;
      });
    },
  };
}

/** What is decoded survives being encoded. */
export function protobuf(): Target {
  const seeds = KINDS.flatMap(({ gvk, type }, index) =>
    objects(3)
      .filter((text) => text.includes(`"kind":"${gvk.kind}"`))
      .map((text) => Buffer.concat([Buffer.of(0x30 + index), encodeProto(readTyped(text, type), type)])),
  );
  return {
    seeds,
    form: "bytes",
    run(input) {
      const [{ type }, body] = ofType(input);
      return outcome([DecodeError], () => {
        const object = decodeProto(body, type);
        const bytes = encodeProto(object, type);
        checkSize(body, bytes.length, 200);
        checkSame("readings", bytes.toString("hex"), encodeProto(decodeProto(bytes, type), type).toString("hex"));
        return shape(object);
      });
    },
  };
}

export function envelope(): Target {
  return {
    seeds: KINDS.map(({ gvk }) => encodeEnvelope(apiVersionOf(gvk), gvk.kind, Buffer.from([0x0a, 2, 0x0a, 0]))),
    form: "bytes",
    run: (input) =>
      outcome([DecodeError], () => {
        const { apiVersion, kind, raw } = decodeEnvelope(input);
        checkSize(input, apiVersion.length + kind.length + raw.length, 4);
        return `${apiVersion.length} ${kind.length} ${raw.length}`;
      }),
  };
}

const YAML = [
  "a: &x [1, 0x10, 0b1, 1_000, .5, -.inf, ~, yes, 'q', \"d\\n\"]\nb: *x\n<<: {c: 1}\n",
  "- |\n  text\n- >-\n  folded\n  more\n- !!binary aGk=\n- !!str 1\n",
  "%YAML 1.1\n---\n? a\n: b\n...\n---\nnext: 1\n",
  "a: &a [*b]\nb: &b {k: 2020-01-01}\n# comment\n",
  "a: &a ['x','x','x']\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c]\n",
];

const SMALL = objects().filter((text) => text.length < 400);

/** As in Go, -1e-999 is the float -0, written "-0", and that is the integer 0. */
function unsigned(text: string): string {
  return text.replace(/(?<![\w.])-0(?![\w.])/g, "0");
}

/** What is written of what was read is read as the same. */
export function yaml(): Target {
  return {
    seeds: [...YAML, ...PLAIN, ...SMALL, ...SMALL.map(jsonToYaml)],
    words: [
      "\u2028",
      "\u2029",
      "\u0085",
      "\r",
      "&a ",
      "*a",
      "<<: ",
      "- ",
      "? ",
      ": ",
      "|\n",
      ">-\n",
      "!!int ",
      "---\n",
      "%TAG ! x\n",
      "[",
      "{",
      "\t",
      "#",
    ],
    form: "text",
    run: (input) =>
      outcome([YamlError], () => {
        const { value, duplicates } = parseYaml(input);
        const text = encodeUntyped(value);
        // Aliases multiply, within the bounds that upstream has.
        checkSize(input, text.length, 2000);
        const again = encodeUntyped(parseYaml(Buffer.from(jsonToYaml(text))).value);
        checkSame("readings", unsigned(text), unsigned(again));
        // By magnitude: if every length were something new, most inputs would soon be of aliases that multiply.
        return `${text.slice(0, 1)} ${duplicates.length} ${text.length.toString(2).length} ${shapeOf(value)}`;
      }),
  };
}

const TYPES = [undefined, "application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
const VALIDATIONS = ["Ignore", "Warn", "Strict"] as const;

/** A request's body, in whichever format the first byte says, for the kind that the second says. */
export function body(): Target {
  const seeds = objects(1).slice(0, 40);
  return {
    seeds: [
      ...seeds.map((text, index) => Buffer.from(`${index % 2}${index % KINDS.length}${text}`)),
      ...seeds.slice(0, 10).map((text) => Buffer.from(`20${jsonToYaml(text)}`)),
      ...envelope().seeds.map((bytes, index) => Buffer.concat([Buffer.from(`3${index}`), bytes as Buffer])),
    ],
    words: ['"kind":"Pod"', '"apiVersion":"v1"', '"apiVersion":"apps/v1",', "v1beta1", "k8s\0"],
    form: "json",
    run(input) {
      const [format, which] = [input[0] ?? 0, input[1] ?? 0];
      const contentType = TYPES[format % TYPES.length];
      return outcome([ApiError], () => {
        const { gvk: expected } = KINDS[which % KINDS.length]!;
        const fieldValidation = VALIDATIONS[(which >> 4) % 3]!;
        const decoded = decodeBody({ contentType, body: input.subarray(2), expected, kinds: tables, fieldValidation });
        return `${decoded.gvk.kind} ${shape(decoded.object)} ${kindOf(decoded.warnings[0] ?? "")}`;
      });
    },
  };
}
