import { createHash } from "node:crypto";
import { numberAt, objectAt, objectsAt, stringAt, stringMapAt } from "../../kube/access.js";
import type { Json, JsonObject, KubeObject } from "../../kube/json.js";
import { SUFFIX_ALPHABET } from "../../kube/names.js";
import { finished, isReady } from "../pod-status.js";

export function podsPath(namespace: string | undefined, name?: string): string {
  return `/api/v1/namespaces/${namespace}/pods${name === undefined ? "" : `/${name}`}`;
}

/** A pod as its controller makes it; `name` or `generateName` comes with `metadata`. */
export function podOf(template: JsonObject | undefined, metadata: JsonObject, spec: JsonObject = {}): JsonObject {
  const own = objectAt(metadata, "labels") ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      annotations: stringMapAt(template, "metadata", "annotations"),
      finalizers: [...(objectsOrNone(template, "finalizers") as Json[])],
      ...metadata,
      labels: { ...stringMapAt(template, "metadata", "labels"), ...own },
    },
    spec: { ...objectAt(template, "spec"), ...spec },
  };
}

function objectsOrNone(template: JsonObject | undefined, name: string): Json[] {
  const found = objectAt(template, "metadata")?.[name];
  return Array.isArray(found) ? found : [];
}

/** Whether it counts: neither done nor about to go. */
export function isActive(pod: KubeObject): boolean {
  return !finished(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** In how many milliseconds a pod that is ready counts as available; undefined: it is not ready. */
export function availableIn(pod: KubeObject, minReadySeconds: number, now: number): number | undefined {
  if (!isReady(pod)) return undefined;
  const ready = objectsAt(pod, "status", "conditions").find(({ type }) => type === "Ready");
  const since = Date.parse(stringAt(ready, "lastTransitionTime"));
  return minReadySeconds === 0 ? 0 : Math.max(0, since + minReadySeconds * 1000 - now);
}

export interface Counts {
  readonly ready: number;
  readonly available: number;
  /** In how many milliseconds another one may be available. */
  readonly again: number | undefined;
}

export function countsOf(pods: readonly KubeObject[], owner: KubeObject, now: number): Counts {
  const waits = pods.map((pod) => availableIn(pod, numberAt(owner, "spec", "minReadySeconds"), now));
  const later = waits.filter((wait) => wait !== undefined && wait > 0) as number[];
  return {
    ready: waits.filter((wait) => wait !== undefined).length,
    available: waits.filter((wait) => wait === 0).length,
    again: later.length === 0 ? undefined : Math.min(...later),
  };
}

/** Those that are missed least come first. Upstream: pkg/controller/controller_utils.go, ActivePodsWithRanks. */
export function expendable(pods: readonly KubeObject[]): KubeObject[] {
  const rank = (pod: KubeObject) =>
    (stringAt(pod, "spec", "nodeName") === "" ? 0 : 4) +
    (stringAt(pod, "status", "phase") === "Running" ? 2 : 0) +
    (isReady(pod) ? 1 : 0);
  const cost = (pod: KubeObject) =>
    Number(stringMapAt(pod, "metadata", "annotations")["controller.kubernetes.io/pod-deletion-cost"] ?? 0);
  const age = (pod: KubeObject) => Date.parse(pod.metadata.creationTimestamp ?? "");
  return pods.toSorted((a, b) => rank(a) - rank(b) || cost(a) - cost(b) || age(b) - age(a));
}

/** Stands for a template in names and labels; not the number that upstream computes. */
export function templateHash(template: Json | undefined): string {
  const digest = createHash("sha256")
    .update(JSON.stringify(template ?? null))
    .digest();
  return [...digest.subarray(0, 10)].map((byte) => SUFFIX_ALPHABET[byte % SUFFIX_ALPHABET.length]).join("");
}
