import { c, type Scenario, scenario } from "../case.js";
import { CRDS, crd, list, object, text, tried, triedField, version } from "./support.js";

export const DEFINITIONS: readonly Scenario[] = [
  scenario("definitions are validated", [
    tried("minimal", crd("things", [version("v1", {})])),
    tried(
      "all names",
      crd("things", [version("v1", {})], {}, { shortNames: ["th"], categories: ["all"], listKind: "Tl" }),
    ),
    tried("a wrong name", { ...crd("things", [version("v1", {})]), metadata: { name: "things.example.com" } }),
    tried("upper case", crd("Things", [version("v1", {})])),
    tried("no versions", crd("things", [])),
    tried("no storage version", crd("things", [version("v1", {}, { storage: false })])),
    tried("two storage versions", crd("things", [version("v1", {}), version("v2", {})])),
    tried("twice the same version", crd("things", [version("v1", {}), version("v1", {}, { storage: false })])),
    tried("a bad version", crd("things", [version("1", {})])),
    tried("no schema", crd("things", [version("v1", {}, { schema: undefined })])),
    tried("no type", crd("things", [version("v1", {}, { schema: { openAPIV3Schema: { properties: {} } } })])),
    tried("a wrong scope", crd("things", [version("v1", {})], { scope: "Global" })),
    tried("preserveUnknownFields", crd("things", [version("v1", {})], { preserveUnknownFields: true })),
    tried("a webhook that is none", crd("things", [version("v1", {})], { conversion: { strategy: "Webhook" } })),
    tried(
      "None with a webhook",
      crd("things", [version("v1", {})], {
        conversion: {
          strategy: "None",
          webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://x" } },
        },
      }),
    ),
    tried("protected group", {
      ...crd("things", [version("v1", {})], { group: "things.k8s.io" }),
      metadata: { name: "things.things.k8s.io" },
    }),
    triedField("unknown type", { type: "text" }),
    triedField("items missing", { type: "array" }),
    triedField("properties and additionalProperties", object({ a: text }, { additionalProperties: text })),
    triedField("type in anyOf", { type: "string", anyOf: [{ type: "string" }] }),
    triedField("not structural: $ref", { $ref: "#/definitions/x" }),
    triedField("uniqueItems", list(text, { uniqueItems: true })),
    triedField("bad pattern", { type: "string", pattern: "(" }),
    triedField("bad default", { type: "integer", default: "x" }),
    triedField("default breaks the schema", { type: "integer", minimum: 3, default: 1 }),
    triedField("default with unknown fields", object({ a: text }, { default: { b: 1 } })),
    triedField("int or string with type", { type: "string", "x-kubernetes-int-or-string": true }),
    triedField(
      "list keys without items' fields",
      list(object({ a: text }), { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["b"] }),
    ),
    triedField(
      "list keys optional",
      list(object({ a: text }), { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"] }),
    ),
    triedField("a set of objects", list(object({ a: text }), { "x-kubernetes-list-type": "set" })),
    triedField("embedded resource without properties", { type: "object", "x-kubernetes-embedded-resource": true }),
    triedField("unknown format", { type: "string", format: "zip" }),
    triedField("a rule that is none", { type: "string", "x-kubernetes-validations": [{ rule: "self ==" }] }),
    triedField("a rule of the wrong type", { type: "string", "x-kubernetes-validations": [{ rule: "size(self)" }] }),
    triedField(
      "a rule that costs too much",
      list(list(text, {}), {
        "x-kubernetes-validations": [{ rule: "self.all(a, self.all(b, a.all(x, b.all(y, x == y))))" }],
      }),
    ),
    tried(
      "a column without path",
      crd("things", [version("v1", {}, { additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: "x" }] })]),
    ),
    tried(
      "a column of unknown type",
      crd("things", [version("v1", {}, { additionalPrinterColumns: [{ name: "A", type: "text", jsonPath: ".x" }] })]),
    ),
    tried("scale without paths", crd("things", [version("v1", {}, { subresources: { scale: {} } })])),
    tried(
      "scale outside of spec",
      crd("things", [
        version(
          "v1",
          {},
          { subresources: { scale: { specReplicasPath: ".replicas", statusReplicasPath: ".status.replicas" } } },
        ),
      ]),
    ),
    tried(
      "selectable field that is not there",
      crd("things", [version("v1", {}, { selectableFields: [{ jsonPath: ".spec.x" }] })]),
    ),
    tried(
      "selectable field of a version without a schema",
      crd("things", [{ name: "v1", served: true, storage: true, selectableFields: [{ jsonPath: ".spec.x" }] }]),
    ),
    triedField("a format that is not found under its name", { type: "string", format: "k8s-short-name" }),
    tried(
      "selectable field of a list",
      crd("things", [version("v1", { l: list(text) }, { selectableFields: [{ jsonPath: ".spec.l" }] })]),
    ),
    tried("deprecation warning without deprecation", crd("things", [version("v1", {}, { deprecationWarning: "x" })])),
    c("unknown fields, strictly", `POST ${CRDS}?dryRun=All&fieldValidation=Strict`, {
      json: { ...crd("things", [version("v1", {})]), x: 1 },
    }),
  ]),
];
