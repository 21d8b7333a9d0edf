import { goJson } from "../../../src/kube/go-text.js";
import type { GroupVersionKind } from "../../../src/kube/gvr.js";
import type { JsonObject } from "../../../src/kube/json.js";
import type { StructType } from "../../../src/schema/model.js";
import { loadTables } from "../../../src/schema/tables.js";
import { randomInput, storedKinds } from "../../schema/defaults/outcome.js";

export const tables = loadTables("1.34");

export interface Kind {
  readonly gvk: GroupVersionKind;
  readonly type: StructType;
}

export function kind(group: string, version: string, name: string): Kind {
  const gvk = { group, version, kind: name };
  const type = tables.structFor(gvk);
  if (!type) throw new Error(`no type for ${name}`);
  return { gvk, type };
}

/** Kinds that between them have every form of field. */
export const KINDS: readonly Kind[] = [
  kind("", "v1", "Pod"),
  kind("", "v1", "Service"),
  kind("", "v1", "Secret"),
  kind("apps", "v1", "Deployment"),
  kind("batch", "v1", "CronJob"),
  kind("autoscaling", "v2", "HorizontalPodAutoscaler"),
  kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
];

export const POD: JsonObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "p",
    namespace: "default",
    labels: { app: "a", "example.com/x": "y" },
    creationTimestamp: "2020-01-01T00:00:00Z",
    finalizers: ["example.com/f"],
    managedFields: [
      {
        manager: "m",
        operation: "Update",
        apiVersion: "v1",
        time: "2020-01-01T00:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:spec": { "f:containers": { 'k:{"name":"c"}': { ".": {}, "f:image": {} } } } },
      },
    ],
  },
  spec: {
    nodeName: "n",
    containers: [
      {
        name: "c",
        image: "i:1",
        ports: [{ containerPort: 80, protocol: "TCP" }],
        env: [{ name: "A", value: "1" }],
        resources: { requests: { cpu: "100m", memory: "1Gi" } },
        livenessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 10 },
      },
    ],
    volumes: [{ name: "v", configMap: { name: "cm", defaultMode: 420 } }],
    tolerations: [{ key: "k", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }],
  },
  status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
};

/** JSON of one random object of every kind, and of a few more of those in `KINDS`. */
export function objects(perKind = 1): string[] {
  const all = storedKinds().map(({ apiVersion, kind: name }) => goJson(randomInput(apiVersion, name, 1)));
  const more = KINDS.flatMap(({ gvk }) => {
    const apiVersion = gvk.group === "" ? gvk.version : `${gvk.group}/${gvk.version}`;
    return Array.from({ length: perKind }, (_, seed) => goJson(randomInput(apiVersion, gvk.kind, seed + 2)));
  });
  return [goJson(POD), ...more, ...all].filter((text) => text.length < 1500);
}
