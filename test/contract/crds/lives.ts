import { c, given, type Scenario, scenario } from "../case.js";
import { at, CHANGED, CRDS, crd, create, GROUP, made, merge, SERVED, text, version } from "./support.js";

export const LIVES: readonly Scenario[] = [
  scenario("a definition's life", [
    c("created", `POST ${CRDS}`, {
      json: crd("lives", [version("v1", { a: text })], {}, { shortNames: ["lv"], categories: ["all"] }),
    }),
    c("again", `POST ${CRDS}`, { json: crd("lives", [version("v1", { a: text })]) }),
    given(CRDS, crd("others", [version("v1", {})], {}, { shortNames: ["lv"] })),
    SERVED,
    c("established", `GET ${CRDS}/lives.${GROUP}`),
    c("its short name is taken", `GET ${CRDS}/others.${GROUP}`, {
      pick: ["status.acceptedNames", "status.conditions"],
    }),
    c("discovery", `GET /apis/${GROUP}/v1`, {
      pick: [
        "resources.0.name",
        "resources.0.singularName",
        "resources.0.namespaced",
        "resources.0.kind",
        "resources.0.verbs",
        "resources.0.shortNames",
        "resources.0.categories",
        "groupVersion",
      ],
    }),
    c("discovery of the group", `GET /apis/${GROUP}`),
    c("as a table", `GET ${CRDS}?fieldSelector=metadata.name=lives.${GROUP}`, { accept: "table" }),
    given(at("lives"), made("lives", "a", { a: "1" }, { metadata: { name: "a", finalizers: ["example.com/hold"] } })),
    given(at("lives"), made("lives", "b", { a: "2" })),
    merge("a kind can't change", `${CRDS}/lives.${GROUP}`, { spec: { names: { kind: "Other" } } }),
    merge("nor the scope", `${CRDS}/lives.${GROUP}`, { spec: { scope: "Cluster" } }),
    merge("nor the stored version go", `${CRDS}/lives.${GROUP}`, { spec: { versions: [version("v2", {})] } }),
    merge(
      "its status is its own",
      `${CRDS}/lives.${GROUP}`,
      { status: { storedVersions: ["v9"] } },
      { pick: ["status.storedVersions"] },
    ),
    c("deleted", `DELETE ${CRDS}/lives.${GROUP}`),
    CHANGED,
    c("is terminating", `GET ${CRDS}/lives.${GROUP}`, {
      pick: [
        "status.conditions.2.type",
        "status.conditions.2.status",
        "status.conditions.2.reason",
        "status.conditions.2.message",
        "metadata.finalizers",
      ],
    }),
    create("nothing new", "lives", { a: "3" }),
    c("one is held", `GET ${at("lives", "a")}`),
    c("one is gone", `GET ${at("lives", "b")}`),
    merge("the hold ends", at("lives", "a"), { metadata: { finalizers: null } }),
    SERVED,
    c("the definition is gone", `GET ${CRDS}/lives.${GROUP}`),
    c("and its resource", `GET ${at("lives", "a")}`),
  ]),
  scenario("cluster-wide, and conversion by a webhook", [
    given(CRDS, crd("wides", [version("v1", { a: text })], { scope: "Cluster" })),
    c("with a webhook", `POST ${CRDS}`, {
      json: crd("hooks", [version("v1", { a: text }), version("v1beta1", { a: text }, { storage: false })], {
        conversion: {
          strategy: "Webhook",
          webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://127.0.0.1:1/convert" } },
        },
      }),
    }),
    SERVED,
    c("created", `POST /apis/${GROUP}/v1/wides`, { json: made("wides", "w-{run}", { a: "1" }) }),
    c("got", `GET /apis/${GROUP}/v1/wides/w-{run}`),
    c("not in a namespace", `GET ${at("wides", "w-{run}")}`),
    c("with a namespace", `POST /apis/${GROUP}/v1/wides`, {
      json: { ...made("wides", "x-{run}", {}), metadata: { name: "x-{run}", namespace: "{ns}" } },
    }),
    c("deleted", `DELETE /apis/${GROUP}/v1/wides/w-{run}`),
    create("stored version", "hooks", { a: "1" }),
    c("read in the stored version", `GET ${at("hooks", "stored-version")}`),
    c("listed in the stored version", `GET ${at("hooks")}`),
  ]),
];
