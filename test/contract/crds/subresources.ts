import { c, given, type Scenario, scenario } from "../case.js";
import { at, CRDS, crd, create, KEEP, merge, SERVED, text, version, whole } from "./support.js";

export const SUBRESOURCES: readonly Scenario[] = [
  scenario("subresources, columns and selectors", [
    given(
      CRDS,
      crd("subs", [
        version(
          "v1",
          {
            replicas: whole,
            color: text,
            size: whole,
            flag: { type: "boolean" },
            free: { type: "object", [KEEP]: true },
          },
          {
            subresources: {
              status: {},
              scale: {
                specReplicasPath: ".spec.replicas",
                statusReplicasPath: ".status.replicas",
                labelSelectorPath: ".status.selector",
              },
            },
            selectableFields: [{ jsonPath: ".spec.color" }, { jsonPath: ".spec.size" }, { jsonPath: ".spec.flag" }],
            additionalPrinterColumns: [
              { name: "Color", type: "string", jsonPath: ".spec.color", description: "its color" },
              { name: "Size", type: "integer", jsonPath: ".spec.size", priority: 1 },
              { name: "Flag", type: "boolean", jsonPath: ".spec.flag" },
              { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
              { name: "Free", type: "string", jsonPath: ".spec.free" },
              { name: "Since", type: "date", jsonPath: ".metadata.creationTimestamp" },
              { name: "When", type: "date", jsonPath: ".status.when" },
            ],
          },
        ),
      ]),
    ),
    SERVED,
    create(
      "red",
      "subs",
      { replicas: 2, color: "red", size: 1, flag: true, free: { a: [1, "x"] } },
      { status: { replicas: 9 } },
    ),
    create("blue", "subs", { color: "blue", size: 10 }),
    merge("status", `${at("subs", "red")}/status`, {
      spec: { color: "green" },
      metadata: { labels: { a: "b" } },
      status: {
        replicas: 1,
        selector: "a=b",
        conditions: [{ type: "Ready", status: "True" }],
        when: "2001-01-01T00:00:00Z",
      },
    }),
    merge(
      "not through the object",
      at("subs", "red"),
      { status: { replicas: 7 } },
      { pick: ["status", "metadata.generation"] },
    ),
    c("get status", `GET ${at("subs", "red")}/status`),
    c("scale", `GET ${at("subs", "red")}/scale`),
    c("scale without replicas", `GET ${at("subs", "blue")}/scale`),
    merge("scaled", `${at("subs", "red")}/scale`, { spec: { replicas: 5 } }),
    c("what that did", `GET ${at("subs", "red")}`),
    c("scaled by a PUT", `PUT ${at("subs", "red")}/scale`, {
      json: {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name: "red", namespace: "{ns}" },
        spec: { replicas: 6 },
      },
    }),
    merge("scaled below zero", `${at("subs", "red")}/scale`, { spec: { replicas: -1 } }),
    merge("a replica that is text", at("subs", "red"), { spec: { replicas: "x" } }),
    c("table", `GET ${at("subs")}`, { accept: "table" }),
    c("table of one", `GET ${at("subs", "red")}`, { accept: "table" }),
    c("by color", `GET ${at("subs")}?fieldSelector=spec.color%3Dred`),
    c("by size", `GET ${at("subs")}?fieldSelector=spec.size%3D10`),
    c("by a flag that is not there", `GET ${at("subs")}?fieldSelector=spec.flag%3D`),
    c("by name and color", `GET ${at("subs")}?fieldSelector=metadata.name%3Dred,spec.color!%3Dblue`),
    c("by a field that can't be selected", `GET ${at("subs")}?fieldSelector=spec.replicas%3D1`),
    c("blues", `WATCH ${at("subs")}?watch=true&fieldSelector=spec.color%3Dblue`),
    merge("enters", at("subs", "red"), { spec: { color: "blue" } }, { bodyless: true }),
    merge("leaves", at("subs", "blue"), { spec: { color: "red" } }, { bodyless: true }),
    c("what the selector brings", "EVENTS blues", { count: 3 }),
    c("no such subresource", `GET ${at("subs", "red")}/log`),
    c("deleted by color", `DELETE ${at("subs")}?fieldSelector=spec.color%3Dblue`),
    c("what is left", `GET ${at("subs")}`, { pick: ["items.0.metadata.name", "items.1"] }),
    c("metadata", `GET ${at("subs")}`, { accept: "partials" }),
  ]),
];
