import { c, given, type Scenario, scenario } from "../case.js";
import { at, CHANGED, CRDS, crd, create, GROUP, list, merge, object, SERVED, text, version, whole } from "./support.js";

export const RATCHETS: readonly Scenario[] = [
  scenario("what was invalid before may stay so", [
    given(
      CRDS,
      crd("ratchets", [
        version("v1", {
          a: text,
          b: text,
          n: whole,
          l: list(text),
          m: list(object({ k: text, v: text }, { required: ["k"] }), {
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["k"],
          }),
          o: object({ x: text, y: text }),
          at: list(object({ v: text })),
        }),
      ]),
    ),
    SERVED,
    create("old", "ratchets", {
      a: "lower",
      b: "b",
      n: 1,
      l: ["a", "a"],
      m: [
        { k: "1", v: "lower" },
        { k: "2", v: "UP" },
      ],
      o: { x: "lower" },
      at: [{ v: "lower" }],
    }),
    c("stricter", `PUT ${CRDS}/ratchets.${GROUP}`, {
      bodyless: true,
      json: {
        ...crd("ratchets", [
          version("v1", {
            a: { type: "string", pattern: "^[A-Z]+$" },
            b: { type: "string", "x-kubernetes-validations": [{ rule: "self == 'B'" }] },
            n: { type: "integer", minimum: 5 },
            l: list(text, { "x-kubernetes-list-type": "set" }),
            m: list(object({ k: text, v: { type: "string", pattern: "^[A-Z]+$" } }, { required: ["k"] }), {
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": ["k"],
            }),
            o: object({ x: { type: "string", maxLength: 2 }, y: text }, { required: ["y"] }),
            at: list(object({ v: { type: "string", maxLength: 2 } })),
          }),
        ]),
        metadata: { name: `ratchets.${GROUP}`, resourceVersion: "" },
      },
    }),
    merge(
      "stricter by a patch",
      `${CRDS}/ratchets.${GROUP}`,
      {
        spec: {
          versions: [
            version("v1", {
              a: { type: "string", pattern: "^[A-Z]+$" },
              b: { type: "string", "x-kubernetes-validations": [{ rule: "self == 'B'" }] },
              n: { type: "integer", minimum: 5 },
              l: list(text, { "x-kubernetes-list-type": "set" }),
              m: list(object({ k: text, v: { type: "string", pattern: "^[A-Z]+$" } }, { required: ["k"] }), {
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["k"],
              }),
              o: object({ x: { type: "string", maxLength: 2 }, y: text }, { required: ["y"] }),
              at: list(object({ v: { type: "string", maxLength: 2 } })),
            }),
          ],
        },
      },
      { bodyless: true },
    ),
    CHANGED,
    merge("labels", at("ratchets", "old"), { metadata: { labels: { a: "b" } } }),
    merge("another field", at("ratchets", "old"), { spec: { a: "UPPER" } }),
    merge("to another invalid value", at("ratchets", "old"), { spec: { n: 2 } }),
    merge("a rule's field to another invalid one", at("ratchets", "old"), { spec: { b: "c" } }),
    merge("an element of a map", at("ratchets", "old"), {
      spec: {
        m: [
          { k: "2", v: "lower" },
          { k: "1", v: "lower" },
        ],
      },
    }),
    merge("a new element of a map", at("ratchets", "old"), {
      spec: {
        m: [
          { k: "1", v: "lower" },
          { k: "3", v: "lower" },
        ],
      },
    }),
    merge("a set", at("ratchets", "old"), { spec: { l: ["a", "a", "b"] } }),
    merge("a sibling of what is missing", at("ratchets", "old"), { spec: { o: { x: "lower", z: "1" } } }),
    merge("a list without keys", at("ratchets", "old"), { spec: { at: [{ v: "lower" }, { v: "ok" }] } }),
    create("new", "ratchets", { a: "lower", b: "B", n: 5 }),
  ]),
];
