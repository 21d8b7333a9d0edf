import { describe, expect, test } from "vitest";
import type { JsonObject, KubeObject } from "../../../src/kube/json.js";
import { cloneJson } from "../../../src/kube/json-access.js";
import { type StrategyContext, strategyFor } from "../../../src/schema/strategy/index.js";

const ctx: StrategyContext = {
  now: Date.parse("2026-01-02T03:04:05Z"),
  sources: { now: () => 0, uid: () => "u", suffix: (length) => "x".repeat(length) },
  warn: () => undefined,
  namespaceLabels: () => ({}),
};

const object = (rest: JsonObject): KubeObject =>
  ({ apiVersion: "v1", kind: "X", ...rest, metadata: { name: "n", ...(rest.metadata as JsonObject) } }) as KubeObject;

function created(group: string, resource: string, rest: JsonObject): KubeObject {
  const made = object(rest);
  strategyFor(group, resource).prepareForCreate(made, ctx);
  return made;
}

/** What a write of `change` over `old` leaves, through the resource or one of its subresources. */
function updated(
  group: string,
  resource: string,
  old: JsonObject,
  change: JsonObject,
  subresource?: string,
): KubeObject {
  const main = strategyFor(group, resource);
  const strategy = subresource ? main.subresources[subresource]! : main;
  const next = object({ ...cloneJson(old), ...change });
  strategy.prepareForUpdate(next, object(old), ctx);
  return next;
}

describe("status", () => {
  const old = { metadata: { generation: 3 }, spec: { replicas: 1 }, status: { replicas: 1 } };

  test("is not set by a create or by an update of the resource", () => {
    expect(created("apps", "deployments", { spec: {}, status: { replicas: 9 } }).status).toBeUndefined();
    expect(updated("apps", "deployments", old, { status: { replicas: 9 } }).status).toEqual({ replicas: 1 });
  });

  test("is all that the status subresource sets", () => {
    const next = updated("apps", "deployments", old, { spec: { replicas: 5 }, status: { replicas: 9 } }, "status");
    expect(next.spec).toEqual({ replicas: 1 });
    expect(next.status).toEqual({ replicas: 9 });
    expect(next.metadata.generation).toBe(3);
  });
});

describe("generation", () => {
  const old = { metadata: { generation: 3, annotations: { a: "b" } }, spec: { replicas: 1 } };
  const generationAfter = (group: string, resource: string, change: JsonObject) =>
    updated(group, resource, old, change).metadata.generation;

  test.each(["apps/deployments", "apps/replicasets", "apps/statefulsets", "policy/poddisruptionbudgets"])(
    "of %s counts changes of the spec",
    (name) => {
      const [group = "", resource = ""] = name.split("/");
      expect(created(group, resource, { spec: {} }).metadata.generation).toBe(1);
      expect(generationAfter(group, resource, {})).toBe(3);
      expect(generationAfter(group, resource, { spec: { replicas: 2 } })).toBe(4);
    },
  );

  test("of deployments counts changes of annotations, of others it does not", () => {
    const metadata = { name: "n", generation: 3, annotations: { a: "c" } };
    expect(generationAfter("apps", "deployments", { metadata })).toBe(4);
    expect(generationAfter("apps", "replicasets", { metadata })).toBe(3);
  });

  test("is not kept for kinds without one", () => {
    expect(created("", "configmaps", { data: {} }).metadata.generation).toBeUndefined();
    expect(created("", "services", { spec: {} }).metadata.generation).toBeUndefined();
  });
});

describe("pods", () => {
  const container = (requests?: JsonObject, limits?: JsonObject): JsonObject => ({
    name: "c",
    resources: { ...(requests && { requests }), ...(limits && { limits }) },
  });

  test.each<[string, JsonObject[]]>([
    ["BestEffort", [container()]],
    ["Burstable", [container({ cpu: "1" })]],
    ["Burstable", [container({ cpu: "1", memory: "1Gi" }, { cpu: "1", memory: "1Gi" }), container()]],
    ["Guaranteed", [container({ cpu: "1", memory: "1Gi" }, { cpu: "1", memory: "1024Mi" })]],
  ])("start pending as %s", (qosClass, containers) => {
    expect(created("", "pods", { spec: { containers }, status: { phase: "Running" } }).status).toEqual({
      phase: "Pending",
      qosClass,
    });
  });

  test("that wait for a gate say so", () => {
    const spec = { containers: [container()], schedulingGates: [{ name: "a/b" }] };
    expect((created("", "pods", { spec }).status as JsonObject).conditions).toEqual([
      expect.objectContaining({ type: "PodScheduled", status: "False", reason: "SchedulingGated" }),
    ]);
  });

  test.each([
    [{ nodeName: "n", terminationGracePeriodSeconds: 30 }, undefined, undefined, 30],
    [{ nodeName: "n", terminationGracePeriodSeconds: 30 }, undefined, 5, 5],
    [{ nodeName: "n", terminationGracePeriodSeconds: 30 }, undefined, 0, 0],
    [{ nodeName: "n", terminationGracePeriodSeconds: -3 }, undefined, undefined, 1],
    [{ terminationGracePeriodSeconds: 30 }, undefined, undefined, 0],
    [{ nodeName: "n", terminationGracePeriodSeconds: 30 }, "Succeeded", undefined, 0],
  ])("with %j in phase %s, asked for %s seconds, get %s", (spec, phase, gracePeriodSeconds, expected) => {
    const pod = object({ spec, status: phase ? { phase } : {} });
    const options = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
    expect(strategyFor("", "pods").graceful!(pod, options)).toEqual({ gracePeriodSeconds: expected });
  });

  test("change only their ephemeral containers through that subresource", () => {
    const old = { spec: { nodeName: "a" }, status: {} };
    const spec = { nodeName: "b", ephemeralContainers: [{ name: "e" }] };
    expect(updated("", "pods", old, { spec }, "ephemeralcontainers").spec).toEqual({
      nodeName: "a",
      ephemeralContainers: [{ name: "e" }],
    });
  });
});

describe("jobs", () => {
  const job = { metadata: { uid: "8a3f" }, spec: { template: { metadata: { labels: { a: "b" } } } } };

  test("select their pods by their own uid", () => {
    const { spec } = created("batch", "jobs", cloneJson(job as JsonObject));
    expect(spec).toEqual({
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "8a3f" } },
      template: {
        metadata: {
          labels: {
            a: "b",
            "batch.kubernetes.io/controller-uid": "8a3f",
            "batch.kubernetes.io/job-name": "n",
            "controller-uid": "8a3f",
            "job-name": "n",
          },
        },
      },
    });
  });

  test("with a selector of the client's keep it, and orphan their pods", () => {
    const spec = { ...job.spec, manualSelector: true, selector: { matchLabels: { a: "b" } } };
    expect(created("batch", "jobs", { spec }).spec).toEqual(spec);
    expect(strategyFor("batch", "jobs").defaultPropagation).toBe("orphan");
    expect(strategyFor("apps", "replicasets").defaultPropagation).toBe("background");
  });
});

describe("namespaces", () => {
  test("start active with a finalizer, which only the finalize subresource takes", () => {
    const made = created("", "namespaces", {});
    expect([made.spec, made.status]).toEqual([{ finalizers: ["kubernetes"] }, { phase: "Active" }]);
    const old = { spec: { finalizers: ["kubernetes"] }, status: { phase: "Terminating" } };
    expect(updated("", "namespaces", old, { spec: {} }).spec).toEqual(old.spec);
    expect(updated("", "namespaces", old, { spec: {} }, "finalize").spec).toEqual({});
  });
});

describe("selectable fields", () => {
  test.each<[string, string, JsonObject, Record<string, string>]>([
    ["", "configmaps", {}, {}],
    ["", "secrets", { type: "Opaque" }, { type: "Opaque" }],
    ["", "nodes", {}, { "spec.unschedulable": "false" }],
    ["", "services", { spec: { type: "ClusterIP" } }, { "spec.clusterIP": "", "spec.type": "ClusterIP" }],
    ["apps", "replicasets", { status: { replicas: 2 } }, { "status.replicas": "2" }],
    ["batch", "jobs", { status: { succeeded: 1 } }, { "status.successful": "1" }],
    ["example.com", "things", {}, {}],
  ])("of %s/%s", (group, resource, rest, expected) => {
    expect(strategyFor(group, resource).fields(object(rest))).toEqual(expected);
  });

  test("of pods show the first of their addresses", () => {
    const pod = object({ spec: { nodeName: "a", hostNetwork: true }, status: { podIPs: [{ ip: "1.2.3.4" }] } });
    const fields = strategyFor("", "pods").fields(pod);
    expect(fields).toMatchObject({ "spec.nodeName": "a", "spec.hostNetwork": "true", "status.podIP": "1.2.3.4" });
  });
});

test("which kinds a PUT may create", () => {
  const resources = [
    ["", "configmaps"],
    ["", "pods"],
    ["", "services"],
    ["apps", "deployments"],
    ["coordination.k8s.io", "leases"],
    ["rbac.authorization.k8s.io", "roles"],
  ] as const;
  const allowed = resources.filter(([group, resource]) => strategyFor(group, resource).allowCreateOnUpdate);
  expect(allowed.map(([, resource]) => resource)).toEqual(["services", "leases", "roles"]);
});
