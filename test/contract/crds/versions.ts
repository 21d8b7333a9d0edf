import { c, given, type Scenario, scenario } from "../case.js";
import { at, CHANGED, CRDS, crd, create, GROUP, made, merge, SERVED, text, version } from "./support.js";

export const VERSIONS: readonly Scenario[] = [
  scenario("versions", [
    given(
      CRDS,
      crd("versions", [
        version(
          "v1",
          { a: text, b: text },
          { additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: ".spec.a" }] },
        ),
        version("v1alpha1", { a: text }, { storage: false, deprecated: true }),
        version(
          "v1beta1",
          { a: text, c: text },
          { storage: false, deprecated: true, deprecationWarning: "old things" },
        ),
        version("v2", { a: text }, { storage: false, served: false }),
      ]),
    ),
    SERVED,
    create("one", "versions", { a: "1", b: "2" }),
    c("in an older version", `GET ${at("versions", "one", "v1alpha1")}`),
    c("in one with a warning of its own", `GET ${at("versions", "one", "v1beta1")}`),
    c("in one that is not served", `GET ${at("versions", "one", "v2")}`),
    c("in one that is not there", `GET ${at("versions", "one", "v3")}`),
    c("a trial of a creation in an older version", `POST ${at("versions", "", "v1beta1")}?dryRun=All`, {
      json: { ...made("versions", "trial", { a: "1", c: "3" }), apiVersion: `${GROUP}/v1beta1` },
    }),
    c("created in an older version", `POST ${at("versions", "", "v1beta1")}`, {
      json: { ...made("versions", "two", { a: "1", c: "3" }), apiVersion: `${GROUP}/v1beta1` },
    }),
    c("and read in the stored one", `GET ${at("versions", "two")}`),
    merge("changed in an older version", at("versions", "one", "v1alpha1"), { spec: { a: "9" } }),
    c("what that did", `GET ${at("versions", "one")}`),
    c("listed", `GET ${at("versions", "", "v1alpha1")}`),
    c("as tables", `GET ${at("versions")}`, { accept: "table" }),
    c("as tables of an older version", `GET ${at("versions", "", "v1alpha1")}`, { accept: "table" }),
    c("older", `WATCH ${at("versions", "", "v1alpha1")}?watch=true`),
    c("what a watch brings", "EVENTS older", { count: 2 }),
    c("with another version in the body", `POST ${at("versions")}`, {
      json: { ...made("versions", "x", {}), apiVersion: `${GROUP}/v1alpha1` },
    }),
    c("the group's versions", `GET /apis/${GROUP}`),
    merge(
      "another storage version",
      `${CRDS}/versions.${GROUP}`,
      {
        spec: {
          versions: [
            version("v1", { a: text, b: text }, { storage: false }),
            version("v1alpha1", { a: text }),
            version("v2", { a: text, b: text }, { storage: false }),
          ],
        },
      },
      { pick: ["status.storedVersions", "metadata.generation"] },
    ),
    CHANGED,
    c("now stored otherwise", `GET ${at("versions", "one")}`),
    c("in the one that is served now", `GET ${at("versions", "one", "v2")}`),
    c("in the one that is gone", `GET ${at("versions", "one", "v1beta1")}`),
    merge("written again", at("versions", "one"), { spec: { b: "8" } }),
  ]),
];
