import { createHash } from "node:crypto";
import { stringAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";

/** Who applies, in managedFields and labels. */
export const MANAGER = "fake-apiserver";
/** Whose an object is: the fleet's own name. */
export const FLEET = "fake-apiserver/fleet";
/** The cluster that it is for, by its whole name. */
export const CLUSTER = "fake-apiserver/cluster";
/** What was applied last, to see what has been left out since. */
const APPLIED = "fake-apiserver/applied";
const INSTANCE = "app.kubernetes.io/instance";

/** Pods' names have so much more: "-" and two random parts. */
const LONGEST = 45;
const PREFIX = "kube-apiserver-";

/** The name of all that a cluster has in a backing cluster: a DNS label, another one for each. */
export function objectName(cluster: string): string {
  const plain = `${PREFIX}${cluster}`;
  if (!cluster.includes(".") && plain.length <= LONGEST) return plain;
  const hash = createHash("sha256").update(cluster).digest("hex").slice(0, 8);
  return `${plain
    .replaceAll(".", "-")
    .slice(0, LONGEST - 9)
    .replace(/-+$/, "")}-${hash}`;
}

/** Labels of one instance of a component. */
export function labelsOf(component: string, instance: string, fleet: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": component,
    [INSTANCE]: instance,
    "app.kubernetes.io/managed-by": MANAGER,
    [FLEET]: fleet,
  };
}

/** By these a Service finds pods. */
export function selectorOf(instance: string, fleet: string): Record<string, string> {
  return { [INSTANCE]: instance, [FLEET]: fleet };
}

export function fleetOf(object: KubeObject): string {
  return stringAt(object, "metadata", "labels", FLEET);
}

export function instanceOf(object: KubeObject): string {
  return stringAt(object, "metadata", "labels", INSTANCE);
}

/** The object with a note of what it is. */
export function noted(object: KubeObject): KubeObject {
  const { metadata } = object;
  const annotations = { ...(metadata.annotations as JsonObject | undefined), [APPLIED]: hashOf(object) };
  return { ...object, metadata: { ...metadata, annotations } } as KubeObject;
}

/** Hex, of all that a value says. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 32);
}
