import { c, given, type Scenario, scenario } from "../case.js";
import { at, CRDS, crd, create, list, made, merge, object, SERVED, triedField, version, whole } from "./support.js";

const triedRule = (name: string, rule: string) =>
  triedField(name, { type: "string", "x-kubernetes-validations": [{ rule }] });

export const RULES: readonly Scenario[] = [
  scenario("rules", [
    given(
      CRDS,
      crd("rules", [
        {
          ...version("v1", {}),
          schema: {
            openAPIV3Schema: object(
              {
                spec: object(
                  {
                    min: whole,
                    max: whole,
                    fixed: {
                      type: "string",
                      "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "is immutable" }],
                    },
                    names: list(
                      { type: "string", maxLength: 20 },
                      {
                        maxItems: 5,
                        "x-kubernetes-validations": [
                          {
                            rule: "self.all(n, n.startsWith('x-'))",
                            messageExpression: "'not ' + self[0]",
                          },
                        ],
                      },
                    ),
                    quantity: {
                      type: "string",
                      maxLength: 10,
                      "x-kubernetes-validations": [
                        {
                          rule: "isQuantity(self) && quantity(self).isLessThan(quantity('1Gi'))",
                          reason: "FieldValueForbidden",
                        },
                      ],
                    },
                    items: list(
                      object(
                        {
                          k: { type: "string", maxLength: 5 },
                          v: { type: "integer", "x-kubernetes-validations": [{ rule: "self >= oldSelf" }] },
                        },
                        { required: ["k"] },
                      ),
                      { maxItems: 5, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"] },
                    ),
                  },
                  {
                    "x-kubernetes-validations": [
                      {
                        rule: "!has(self.min) || !has(self.max) || self.min <= self.max",
                        message: "min must not be above max",
                        fieldPath: ".min",
                      },
                      { rule: "has(self.fixed) == has(oldSelf.fixed)", message: "fixed is set once" },
                      {
                        rule: "oldSelf.hasValue() || !has(self.max) || self.max < 100",
                        optionalOldSelf: true,
                        reason: "FieldValueDuplicate",
                      },
                    ],
                  },
                ),
              },
              { "x-kubernetes-validations": [{ rule: "self.metadata.name.size() < 12", message: "name too long" }] },
            ),
          },
        },
      ]),
    ),
    SERVED,
    create("fine", "rules", { min: 1, max: 2, fixed: "f", names: ["x-a"], quantity: "1M", items: [{ k: "a", v: 1 }] }),
    create("min above", "rules", { min: 3, max: 2 }),
    create("wrong names", "rules", { names: ["x-a", "b", "c"] }),
    create("too much", "rules", { quantity: "2Gi" }),
    create("no number", "rules", { quantity: "much" }),
    create("at first", "rules", { max: 100 }),
    create("a name that is too long", "rules", {}),
    create("several", "rules", { min: 300, max: 200 }),
    create("wrong type", "rules", { min: "3", names: ["b"] }),
    merge("immutable", at("rules", "fine"), { spec: { fixed: "g" } }),
    merge("unset", at("rules", "fine"), { spec: { fixed: null } }),
    merge("later", at("rules", "fine"), { spec: { max: 100 } }),
    merge("an element decreases", at("rules", "fine"), { spec: { items: [{ k: "a", v: 0 }] } }),
    merge("an element is new", at("rules", "fine"), {
      spec: {
        items: [
          { k: "a", v: 1 },
          { k: "b", v: 0 },
        ],
      },
    }),
    c("applied", `PATCH ${at("rules", "fine")}?fieldManager=m&force=true`, {
      type: "apply",
      json: { ...made("rules", "fine", { items: [{ k: "c", v: 7 }] }) },
    }),
    c("applied against a rule", `PATCH ${at("rules", "fine")}?fieldManager=m&force=true`, {
      type: "apply",
      json: { ...made("rules", "fine", { min: 999 }) },
    }),
    c("applied anew", `PATCH ${at("rules", "anew")}?fieldManager=m`, {
      type: "apply",
      json: { ...made("rules", "anew", { min: 1 }) },
    }),
    c("a conflict", `PATCH ${at("rules", "anew")}?fieldManager=n`, {
      type: "apply",
      json: { ...made("rules", "anew", { min: 2 }) },
    }),
    c("dry run", `POST ${at("rules")}?dryRun=All`, { json: made("rules", "dry", { min: 1 }) }),
    c("was it dry", `GET ${at("rules", "dry")}`),
  ]),
  scenario("rules that make messages", [
    given(
      CRDS,
      crd("notes", [
        version("v1", {
          count: {
            type: "integer",
            "x-kubernetes-validations": [
              { rule: "google.protobuf.Int32Value{value: self} != 7", messageExpression: "'not %d'.format([self])" },
            ],
          },
          tags: {
            type: "object",
            maxProperties: 5,
            additionalProperties: { type: "string", maxLength: 10 },
            "x-kubernetes-validations": [{ rule: "google.protobuf.Struct{fields: self}.size() < 2" }],
          },
          wait: {
            type: "string",
            format: "duration",
            "x-kubernetes-validations": [{ rule: "self < google.protobuf.Duration{seconds: 60}", message: "too long" }],
          },
        }),
      ]),
    ),
    SERVED,
    create("fine", "notes", { count: 1, tags: { kind: "a" }, wait: "59s" }),
    // One at a time: a real server tells several in the order of a Go map.
    create("broken", "notes", { count: 7 }),
    create("broken-too", "notes", { tags: { a: "a", b: "b" } }),
    create("broken-as-well", "notes", { wait: "1m" }),
    create("overflowing", "notes", { count: 2147483648 }),
    triedRule("a wrapper is no bool", "google.protobuf.BoolValue{value: true}"),
    triedRule("no such field", "google.protobuf.Int64Value{valu: 1} == 1"),
    triedRule("no such message", "google.protobuf.FieldMask{} == null"),
    triedRule("a field of another type", "google.protobuf.Int64Value{value: 'a'} == 1"),
    triedRule("a type that no value has", "type(self) == google.protobuf.Int64Value"),
    triedRule("it costs too much", "google.protobuf.ListValue{values: []}.all(a, a == 1)"),
  ]),
];
