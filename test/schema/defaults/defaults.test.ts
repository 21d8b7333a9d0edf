import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { goJson } from "../../../src/kube/go-text.js";
import { type JsonObject, RawJson } from "../../../src/kube/json.js";
import { expandRaw } from "../../../src/kube/raw-json.js";
import { applyDefaults, normalize } from "../../../src/schema/defaults/index.js";
import { gvkOf, outcomeOf, randomInput, sameOrder, storedKinds, typeOf } from "./outcome.js";

interface Entry {
  readonly object: JsonObject;
  readonly to: string;
  readonly answer: JsonObject;
}

/** What Kubernetes' own types make of the inputs; test/oracle/scheme records it. */
const text = readFileSync(new URL("golden/kinds.json", import.meta.url), "utf8");
const entries = expandRaw(new RawJson(text)) as unknown as Entry[];

describe("applyDefaults", () => {
  it("is recorded for every stored kind", () => {
    const recorded = new Set(entries.map(({ object }) => `${object.apiVersion} ${object.kind}`));
    expect(storedKinds().map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual(
      expect.arrayContaining([...recorded]),
    );
    expect(recorded.size).toBe(storedKinds().length);
  });

  it.each(entries.map((entry, index) => [`${entry.object.apiVersion} ${entry.object.kind} #${index}`, entry] as const))(
    "fills in %s as recorded",
    (_name, { object, to, answer }) => {
      expect(outcomeOf(object, to)).toBe(sameOrder(answer));
    },
  );

  it("leaves alone what it does not know", () => {
    const object = { apiVersion: "example.com/v1", kind: "Widget", spec: {} };
    applyDefaults(gvkOf("example.com/v1", "Widget"), object);
    expect(object).toEqual({ apiVersion: "example.com/v1", kind: "Widget", spec: {} });
  });

  it("gives each object values of its own", () => {
    const make = (): JsonObject => ({ apiVersion: "v1", kind: "Pod", spec: { containers: [] } });
    const [first, second] = [make(), make()];
    for (const pod of [first, second]) applyDefaults(gvkOf("v1", "Pod"), pod);
    expect(first).toEqual(second);
    const context = (pod: JsonObject) => (pod.spec as JsonObject).securityContext;
    expect(context(first)).not.toBe(context(second));
  });
});

describe("asStored", () => {
  it("takes empty lists that are always written for none, except where JSON is stored", () => {
    const slice = { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4", endpoints: [] };
    expect(outcomeOf(slice, "")).toContain('"endpoints":[]');
    expect(outcomeOf(slice, "", true)).toContain('"endpoints":null');
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      spec: { versions: [] },
    };
    expect(outcomeOf(definition, "", true)).toContain('"versions":[]');
  });

  it("defaults what was empty", () => {
    const spec = { maxReplicas: 1, behavior: { scaleDown: { policies: [] } } };
    const stored = outcomeOf({ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", spec }, "", true);
    expect(stored).toContain('"scaleDown":{"selectPolicy":"Max","policies":[{"type":"Percent"');
  });
});

describe("normalize", () => {
  it("changes nothing the second time", () => {
    for (const { apiVersion, kind } of storedKinds()) {
      const type = typeOf(gvkOf(apiVersion, kind));
      for (let seed = 100; seed < 105; seed++) {
        const object = randomInput(apiVersion, kind, seed);
        normalize(type, object);
        const once = goJson(object);
        normalize(type, object);
        expect(goJson(object)).toBe(once);
      }
    }
  });

  it("brings a service account that came later into line", () => {
    const pod: JsonObject = { apiVersion: "v1", kind: "Pod", spec: { serviceAccountName: "default" } };
    normalize(typeOf(gvkOf("v1", "Pod")), pod);
    expect(pod.spec).toEqual({ serviceAccountName: "default", serviceAccount: "default" });
  });
});
