import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { goJson } from "../../../src/kube/go-text.js";
import { type JsonObject, RawJson } from "../../../src/kube/json.js";
import { expandRaw } from "../../../src/kube/raw-json.js";
import { convert } from "../../../src/schema/convert/index.js";
import { gvkOf, outcomeOf, sameOrder } from "../defaults/outcome.js";
import { PAIRS } from "./pairs.js";

interface Entry {
  readonly object: JsonObject;
  readonly to: string;
  readonly answer: JsonObject;
}

/** What Kubernetes' own conversions make of the inputs; test/oracle/scheme records it. */
const text = readFileSync(new URL("golden/pairs.json", import.meta.url), "utf8");
const entries = expandRaw(new RawJson(text)) as unknown as Entry[];

const V1 = gvkOf("autoscaling/v1", "HorizontalPodAutoscaler");
const V2 = gvkOf("autoscaling/v2", "HorizontalPodAutoscaler");

describe("convert", () => {
  it.each(PAIRS)("turns a %s of %s into %s as recorded", (kind, from, to) => {
    const found = entries.filter(
      (entry) => entry.object.kind === kind && entry.object.apiVersion === from && entry.to === to,
    );
    expect(found.length).toBeGreaterThanOrEqual(25);
    for (const { object, answer } of found) {
      const before = goJson(object);
      expect(outcomeOf(object, to), before).toBe(sameOrder(answer));
      expect(goJson(object)).toBe(before);
    }
  });

  it("gives the object itself for its own version", () => {
    const object = { apiVersion: "v1", kind: "Pod" };
    expect(convert(object, gvkOf("v1", "Pod"), gvkOf("v1", "Pod"))).toBe(object);
  });

  it("changes apiVersion only where there is no more to it", () => {
    const [from, to] = [gvkOf("example.com/v1", "Widget"), gvkOf("example.com/v2", "Widget")];
    const object = { apiVersion: "example.com/v1", kind: "Widget", spec: { a: 1 } };
    expect(convert(object, from, to)).toEqual({ ...object, apiVersion: "example.com/v2" });
    expect(object.apiVersion).toBe("example.com/v1");
  });

  it("refuses another kind", () => {
    expect(() => convert({}, gvkOf("v1", "Pod"), gvkOf("v1", "Node"))).toThrow("a Pod can't become a Node");
  });

  it.each(["not json", "{}", '[{"type":1}]', '[{"resource":[]}]', '[{"object":{"targetValue":"x"}}]'])(
    "ignores an annotation that reads %s",
    (annotation) => {
      const annotations = { "autoscaling.alpha.kubernetes.io/metrics": annotation, kept: "yes" };
      const object = {
        apiVersion: "autoscaling/v1",
        kind: V1.kind,
        metadata: { annotations },
        spec: { maxReplicas: 1 },
      };
      const converted = convert(object, V1, V2);
      expect(converted.metadata).toEqual({ annotations: { kept: "yes" } });
      expect((converted.spec as JsonObject).metrics).toEqual([
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
      ]);
    },
  );

  it("reads annotations whatever the case of their names", () => {
    const annotation = '{"scaleup":{"selectpolicy":"Min"},"ScaleDown":null}';
    const metadata = { annotations: { "autoscaling.alpha.kubernetes.io/behavior": annotation } };
    const converted = convert({ apiVersion: "autoscaling/v1", kind: V1.kind, metadata, spec: {} }, V1, V2);
    expect((converted.spec as JsonObject).behavior).toEqual({ scaleUp: { selectPolicy: "Min" } });
  });
});
