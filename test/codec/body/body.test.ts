import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BodyOptions, DocumentError, decodeBody, decodeDocument } from "../../../src/codec/body.js";
import { encodeTyped } from "../../../src/codec/json/encode.js";
import { encodeEnvelope } from "../../../src/codec/protobuf/envelope.js";
import { ApiError } from "../../../src/kube/status.js";
import { golden, gvkOf, type KindTriple, tables } from "../golden.js";

interface Case {
  readonly kind: KindTriple;
  readonly input: string;
  readonly error?: string;
  readonly json?: string;
  readonly strict?: readonly string[];
}

const configMap = { group: "", version: "v1", kind: "ConfigMap" };

function decode(body: string | Buffer, options: Partial<BodyOptions> = {}) {
  return decodeBody({
    contentType: "application/json",
    body: Buffer.from(body),
    expected: configMap,
    kinds: tables,
    fieldValidation: "Warn",
    ...options,
  });
}

function refusal(body: string | Buffer, options: Partial<BodyOptions> = {}) {
  try {
    decode(body, options);
  } catch (error) {
    if (error instanceof ApiError) return error.status;
    throw error;
  }
  throw new Error("accepted");
}

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof DocumentError) return error.message;
    throw error;
  }
  return "";
}

describe("decodeDocument", () => {
  it.each(golden<Case>("documents.jsonl"))(
    "takes $input for a $kind as Go does",
    ({ kind, input, error, json, strict }) => {
      const read = () => decodeDocument("json", Buffer.from(input), gvkOf(kind), tables, true);
      if (error !== undefined) {
        const ours = error.replace(/in scheme ".*"$/, 'in scheme "pkg/runtime/scheme.go:110"');
        expect(messageOf(read)).toBe(ours);
        return;
      }
      const document = read();
      expect(encodeTyped(document.object, document.type)).toBe(json);
      expect(document.strict).toEqual(strict ?? []);
      expect(decodeDocument("json", Buffer.from(input), gvkOf(kind), tables, false).strict).toEqual([]);
    },
  );

  it("answers random bytes in every format with a document or a DocumentError", () => {
    const formats = fc.constantFrom("json" as const, "yaml" as const, "protobuf" as const);
    fc.assert(
      fc.property(formats, fc.uint8Array({ maxLength: 60 }), (format, noise) => {
        const body = format === "protobuf" ? encodeEnvelope("v1", "ConfigMap", Buffer.from(noise)) : Buffer.from(noise);
        try {
          decodeDocument(format, body, configMap, tables, true);
        } catch (error) {
          expect(error).toBeInstanceOf(DocumentError);
        }
      }),
      { numRuns: 1500 },
    );
  });
});

describe("decodeBody", () => {
  const object = '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"}}';

  it.each([
    undefined,
    "",
    "application/json",
    "Application/JSON",
    " application/json ; charset=utf-8",
    "application/yaml",
  ])("takes JSON as %s", (contentType) => {
    expect(decode(object, { contentType }).object).toEqual({
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { name: "a" },
    });
  });

  it.each([
    "text/plain",
    "application/merge-patch+json",
    "application/cbor",
    "json",
    "application/json;;x",
    "/",
    "application/json; a=1; a=2",
  ])("refuses %s", (contentType) => {
    expect(refusal(object, { contentType })).toEqual({
      code: 415,
      reason: "UnsupportedMediaType",
      message:
        "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
    });
  });

  it("takes what the endpoint expects where the body does not say", () => {
    expect(decode('{"metadata":{"name":"a"}}').object).toMatchObject({ kind: "ConfigMap", apiVersion: "v1" });
    expect(decode("null").object).toEqual({ kind: "ConfigMap", apiVersion: "v1", metadata: {} });
    expect(decode("", { contentType: "application/yaml" }).object.metadata).toEqual({});
    const proto = Buffer.from("6b3873000a0012020a00", "hex");
    expect(decode(proto, { contentType: "application/vnd.kubernetes.protobuf" }).gvk).toEqual(configMap);
  });

  it.each([
    [
      "{not json",
      "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character 'n' looking for beginning of object key string ({not json)",
    ],
    [
      "",
      "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)",
    ],
    [
      "[]",
      'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b5d)',
    ],
    [
      '{"kind":5,"apiVersion":"v1"}',
      'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"kind":5,"apiVersion":"v1"})',
    ],
    [
      '{"kind":"ConfigMap","apiVersion":"a/b/c"}',
      'the object provided is unrecognized (must be of type ConfigMap): unexpected GroupVersion string: a/b/c ({"kind":"ConfigMap","apiVersio ...)',
    ],
    [
      '{"kind":"ConfigMap","apiVersion":"apps/"}',
      'ConfigMap in version "" cannot be handled as a ConfigMap: Object \'apiVersion\' is missing in \'{"kind":"ConfigMap","apiVersion":"apps/"}\'',
    ],
    [
      '{"kind":"Nonsense","apiVersion":"v1"}',
      'Nonsense in version "v1" cannot be handled as a ConfigMap: no kind "Nonsense" is registered for version "v1" in scheme "pkg/runtime/scheme.go:110"',
    ],
    [
      '{"kind":"Secret","apiVersion":"v1"}',
      'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    ],
    [
      '{"kind":"ConfigMapList","apiVersion":"v1","items":[]}',
      'ConfigMapList in version "v1" cannot be handled as a ConfigMap: converting (v1.ConfigMapList) to (core.ConfigMap): unknown conversion',
    ],
    [
      '{"binaryData":{"x":"not base64!"}}',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: illegal base64 data at input byte 3',
    ],
  ])("refuses %s", (body, message) => {
    expect(refusal(body)).toEqual({ code: 400, reason: "BadRequest", message });
  });

  it("shows the beginning of what it can't read, in hexadecimal unless it looks like JSON", () => {
    expect(refusal("apiVersion: v1\nkind: ConfigMap\n").message).toMatch(
      /invalid character 'a' looking for beginning of value \(61706956657273696f6e3a2076310a6b696e643a20436f6e6669674d6170 \.\.\.\)$/,
    );
    expect(refusal("a: b: c", { contentType: "application/yaml" }).message).toBe(
      "the object provided is unrecognized (must be of type ConfigMap): yaml: mapping values are not allowed in this context (613a20623a2063)",
    );
    expect(
      refusal(Buffer.from("00010203", "hex"), { contentType: "application/vnd.kubernetes.protobuf" }).message,
    ).toBe(
      "the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (00010203)",
    );
  });

  it("tells the other version of the expected kind from another kind", () => {
    const hpa = '{"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v1"}';
    const expected = { group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler" };
    expect(refusal(hpa, { expected }).message).toBe(
      "the API version in the data (autoscaling/v1) does not match the expected API version (autoscaling/v2)",
    );
    const event = { group: "events.k8s.io", version: "v1", kind: "Event" };
    expect(refusal('{"kind":"Event","apiVersion":"v1"}', { expected: event }).message).toBe(
      "the API version in the data (v1) does not match the expected API version (events.k8s.io/v1)",
    );
    expect(decode(hpa, { expected, accepts: ({ version }) => version === "v1" }).gvk.version).toBe("v1");
  });

  it("knows no kinds of other groups where upstream has another server", () => {
    const expected = { group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition" };
    expect(refusal('{"kind":"ConfigMap","apiVersion":"v1"}', { expected }).message).toBe(
      'ConfigMap in version "v1" cannot be handled as a CustomResourceDefinition: no kind "ConfigMap" is registered for version "v1" in scheme "pkg/runtime/scheme.go:110"',
    );
  });

  describe("field validation", () => {
    const body =
      '{"metadata":{"name":"x","labels":{"a":"1","a":"2"},"foo":{"x":1}},"data":{"k":"v","k":"w"},"metadata":{"annotations":{"b":"c"}},"bar":1}';
    const findings = [
      'duplicate field "metadata.labels.a"',
      'unknown field "metadata.foo"',
      'duplicate field "data.k"',
      'duplicate field "metadata"',
      'unknown field "bar"',
    ];

    it("warns of every finding", () => {
      const { object: decoded, warnings } = decode(body);
      expect(warnings).toEqual(findings);
      expect(decoded).toEqual({
        kind: "ConfigMap",
        apiVersion: "v1",
        metadata: { name: "x", labels: { a: "2" }, annotations: { b: "c" } },
        data: { k: "w" },
      });
    });

    it("refuses when strict", () => {
      expect(refusal(body, { fieldValidation: "Strict" }).message).toBe(
        `ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ${findings.join(", ")}`,
      );
    });

    it("says nothing when told to ignore", () => {
      expect(decode(body, { fieldValidation: "Ignore" }).warnings).toEqual([]);
    });

    it("finds a key in another case, which the first look takes for kind", () => {
      expect(decode('{"Kind":"ConfigMap","apiversion":"v1","metadata":{}}').warnings).toEqual([
        'unknown field "Kind"',
        'unknown field "apiversion"',
      ]);
      expect(refusal('{"KIND":"Secret"}').message).toMatch(/^Secret in version "v1" cannot be handled/);
    });

    it("finds duplicates in YAML by their lines", () => {
      const contentType = "application/yaml";
      const yaml = "metadata: {name: x}\ndata:\n  k: v\n  k: w\nbar: 1\n";
      expect(decode(yaml, { contentType }).warnings).toEqual([
        'line 4: key "k" already set in map',
        'unknown field "bar"',
      ]);
      expect(refusal(yaml, { contentType, fieldValidation: "Strict" }).message).toBe(
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  line 4: key "k" already set in map, unknown field "bar"',
      );
    });
  });
});
