import { c, given, type Scenario, scenario } from "../case.js";
import { at, CRDS, crd, create, GROUP, KEEP, list, merge, object, SERVED, text, version } from "./support.js";

export const FIELDS: readonly Scenario[] = [
  scenario("fields are pruned, filled in and kept", [
    given(
      CRDS,
      crd("prunes", [
        version("v1", {
          known: text,
          nested: object({ a: text, n: { type: "integer", default: 3 } }),
          filled: object({ x: { type: "string", default: "y" } }, { default: {} }),
          list: list(object({ a: text, d: { type: "string", default: "D" } })),
          kept: { type: "object", [KEEP]: true },
          keptAndKnown: object({ a: object({ b: text }) }, { [KEEP]: true }),
          map: { type: "object", additionalProperties: object({ a: text }) },
          nullable: { type: "string", nullable: true, default: "n" },
          embedded: {
            type: "object",
            "x-kubernetes-embedded-resource": true,
            properties: { spec: object({ a: text }) },
          },
        }),
      ]),
    ),
    SERVED,
    create(
      "unknown",
      "prunes",
      { known: "a", unknown: 1, nested: { a: "b", c: 1 }, list: [{ a: "1", z: 2 }, {}] },
      { extra: true },
    ),
    create("kept", "prunes", {
      kept: { a: { b: [1, null, { c: 2.5 }] } },
      keptAndKnown: { x: 1, a: { b: "c", d: 1 } },
    }),
    create("maps", "prunes", { map: { k: { a: "1", b: 2 } } }),
    create("nulls", "prunes", { nullable: null, known: null, nested: { n: null }, filled: null, list: [null] }),
    create("embedded", "prunes", {
      embedded: { apiVersion: "v1", kind: "Pod", metadata: { name: "p", x: 1 }, spec: { a: "1", b: 2 }, status: {} },
    }),
    create(
      "strict",
      "prunes",
      { unknown: 1, nested: { c: 1 } },
      { extra: true, metadata: { name: "strict", foo: 1 } },
      "?fieldValidation=Strict",
    ),
    create("warned", "prunes", { unknown: 1, nested: { c: 1 } }, {}, "?fieldValidation=Warn"),
    create("ignored", "prunes", { unknown: 1 }, {}, "?fieldValidation=Ignore"),
    c("twice", `POST ${at("prunes")}?fieldValidation=Strict`, {
      text: `{"apiVersion":"${GROUP}/v1","kind":"Prune","metadata":{"name":"twice"},"spec":{"known":"a","known":"b"}}`,
    }),
    merge("patched", at("prunes", "maps"), { spec: { unknown: 1, map: { k: null, l: {} } } }),
    merge("patched strictly", `${at("prunes", "maps")}?fieldValidation=Strict`, { spec: { unknown: 2 } }),
    c("JSON patch", `PATCH ${at("prunes", "maps")}`, {
      type: "jsonpatch",
      json: [{ op: "add", path: "/spec/kept", value: { q: 1 } }],
    }),
    merge("generation", at("prunes", "maps"), { metadata: { labels: { a: "b" } } }, { pick: ["metadata.generation"] }),
    merge("nothing", at("prunes", "maps"), {}, { pick: ["metadata.generation"] }),
  ]),
];
