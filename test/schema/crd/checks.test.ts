import { describe, expect, it } from "vitest";
import { errorText } from "../../../src/kube/field-errors.js";
import { definitionChecks } from "../../../src/schema/crd/checks/index.js";
import { definition, reader } from "./support.js";

const checks = definitionChecks(reader);

interface Parts {
  readonly spec?: Record<string, unknown>;
  readonly version?: Record<string, unknown>;
  readonly schema?: Record<string, unknown>;
  readonly metadata?: Record<string, unknown>;
}

/** A definition that is fine but for what is given. */
function crd({ spec = {}, version = {}, schema = {}, metadata = {} }: Parts) {
  const openAPIV3Schema = { type: "object", ...schema };
  return definition({
    metadata: { name: "foos.example.com", ...metadata },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "foos", singular: "foo", kind: "Foo", listKind: "FooList" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema }, ...version }],
      conversion: { strategy: "None" },
      ...spec,
    },
    status: { storedVersions: ["v1"], acceptedNames: { kind: "", plural: "" } },
  });
}

function problems(parts: Parts): string[] {
  return checks.validateCreate!(crd(parts)).map(errorText);
}

const property = (a: Record<string, unknown>): Parts => ({ schema: { properties: { a } } });
const A = "spec.validation.openAPIV3Schema.properties[a]";

/** What is wrong, and what a real server says. */
const CASES: readonly (readonly [string, Parts, readonly string[]])[] = [
  ["nothing", {}, []],
  [
    "its name",
    { metadata: { name: "wrong.example.com" } },
    ['metadata.name: Invalid value: "wrong.example.com": must be spec.names.plural+"."+spec.group'],
  ],
  [
    "its scope",
    { spec: { scope: "Galaxy" } },
    ['spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"'],
  ],
  ["no schema", { version: { schema: undefined } }, ["spec.versions[0].schema.openAPIV3Schema: Required value"]],
  [
    "a field without a type",
    property({ description: "x" }),
    [`${A}.type: Required value: must not be empty for specified object fields`],
  ],
  [
    "an unknown type",
    property({ type: "text" }),
    [
      `${A}.type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`,
    ],
  ],
  ["an array without items", property({ type: "array" }), [`${A}.items: Required value: must be specified`]],
  [
    "a default of another type",
    property({ type: "integer", default: "x" }),
    [`${A}.default: Invalid value: "string":  in body must be of type integer: "string"`],
  ],
  [
    "an unpruned default",
    property({ type: "object", properties: {}, default: { b: 1 } }),
    [`${A}.default: Invalid value: {"b":1}: must not have unknown fields`],
  ],
  [
    "a pattern",
    property({ type: "string", pattern: "[" }),
    [
      `${A}.pattern: Invalid value: "[": must be a valid regular expression, but isn't: error parsing regexp: missing closing ]: \`[\``,
    ],
  ],
  [
    "uniqueItems",
    property({ type: "array", uniqueItems: true, items: { type: "string" } }),
    [`${A}.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`],
  ],
  ["a reference", property({ $ref: "#/x" }), [`${A}.$ref: Forbidden: $ref is not supported`]],
  [
    "properties and additionalProperties",
    property({ type: "object", properties: { b: { type: "string" } }, additionalProperties: { type: "string" } }),
    [`${A}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`],
  ],
  [
    "types in alternatives",
    property({ type: "string", anyOf: [{ type: "string" }] }),
    [`${A}.anyOf[0].type: Forbidden: must be empty to be structural`],
  ],
  [
    "alternatives about unknown fields",
    { schema: { anyOf: [{ properties: { b: { minimum: 1 } } }] } },
    [
      "spec.validation.openAPIV3Schema.properties[b]: Required value: because it is defined in spec.validation.openAPIV3Schema.anyOf[0].properties[b]",
    ],
  ],
  [
    "keys of a map list",
    property({
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["k"],
      items: { type: "object", properties: { k: { type: "string" } } },
    }),
    [
      `${A}.items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    ],
  ],
  [
    "metadata",
    { schema: { properties: { metadata: { type: "object", properties: { labels: { type: "object" } } } } } },
    [
      "spec.validation.openAPIV3Schema.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
    ],
  ],
  [
    "a column",
    { version: { additionalPrinterColumns: [{ name: "C", type: "text", jsonPath: "spec" }] } },
    [
      'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
      'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec": must be a simple json path starting with .',
    ],
  ],
  [
    "a scale path",
    { version: { subresources: { scale: { specReplicasPath: ".x", statusReplicasPath: "" } } } },
    [
      'spec.subresources.scale.specReplicasPath: Invalid value: ".x": should be a json path under .spec',
      "spec.subresources.scale.statusReplicasPath: Required value",
    ],
  ],
  [
    "a selectable field",
    { version: { selectableFields: [{ jsonPath: ".spec.x" }] } },
    [
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec.x": is an invalid path: does not refer to a valid field',
    ],
  ],
  [
    "a group that needs approval",
    {
      spec: { group: "x.k8s.io", names: { plural: "foos", singular: "foo", kind: "Foo", listKind: "FooList" } },
      metadata: { name: "foos.x.k8s.io" },
    },
    [
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  ],
  [
    "a conversion",
    { spec: { conversion: { strategy: "Webhook" } } },
    [
      "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
      "spec.conversion.conversionReviewVersions: Required value",
    ],
  ],
];

describe("a definition is refused for", () => {
  it.each(CASES)("%s", (_name, parts, expected) => {
    expect(problems(parts)).toEqual(expected);
  });

  it("two storage versions, shown as the server's own types", () => {
    const version = (name: string) => ({
      name,
      served: true,
      storage: true,
      schema: { openAPIV3Schema: { type: "object" } },
    });
    const go = (name: string) =>
      `{"Name":"${name}","Served":true,"Storage":true,"Deprecated":false,"DeprecationWarning":null,"Schema":null,"Subresources":null,"AdditionalPrinterColumns":null,"SelectableFields":null}`;
    expect(problems({ spec: { versions: [version("v1"), version("v2")] } })).toEqual([
      `spec.versions: Invalid value: [${go("v1")},${go("v2")}]: must have exactly one version marked as storage version`,
      'status.storedVersions: Invalid value: ["v1"]: must have the storage version v2',
    ]);
  });

  it("paths of a version where versions differ", () => {
    const version = (name: string, schema: object) => ({
      name,
      served: true,
      storage: name === "v1",
      schema: { openAPIV3Schema: schema },
    });
    const versions = [version("v1", { type: "object" }), version("v2", { type: "object", properties: { a: {} } })];
    expect(problems({ spec: { versions } })).toEqual([
      "spec.versions[1].schema.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields",
    ]);
  });
});

describe("an update", () => {
  const established = { type: "Established", status: "True", lastTransitionTime: null, reason: "", message: "" };

  it("may not change what storage depends on", () => {
    const old = crd({});
    (old.status as { conditions: unknown[] }).conditions = [established];
    old.metadata.resourceVersion = "1";
    const next = crd({ spec: { scope: "Cluster" }, metadata: { resourceVersion: "1" } });
    expect(checks.validateUpdate!(next, old).map(errorText)).toEqual([
      'spec.scope: Invalid value: "Cluster": field is immutable',
    ]);
  });

  it("may not lose a version that objects may be stored in", () => {
    const old = crd({ metadata: { resourceVersion: "1" } });
    const next = crd({ metadata: { resourceVersion: "1" }, version: { name: "v2" } });
    (next.status as { storedVersions: string[] }).storedVersions = ["v1", "v2"];
    expect(checks.validateUpdate!(next, old).map(errorText)).toEqual([
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions',
    ]);
  });

  it("warns of formats that it brings", () => {
    const unknown = crd(property({ type: "string", format: "no-such" }));
    expect(checks.createWarnings!(unknown)).toEqual(['unrecognized format "no-such"']);
    expect(checks.updateWarnings!(unknown, crd({}))).toEqual(['unrecognized format "no-such"']);
    expect(checks.updateWarnings!(unknown, unknown)).toEqual([]);
  });
});
