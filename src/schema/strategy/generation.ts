import type { KubeObject } from "../../kube/json.js";
import { sameField, semanticEqual } from "./equality.js";

/** Which part of an object counts its generation up. */
export type GenerationRule = (object: KubeObject, old: KubeObject) => boolean;

/** The generation counts changes of the named top-level fields. */
export function changesOf(...names: readonly string[]): GenerationRule {
  return (object, old) => names.some((name) => !sameField(object, old, name));
}

/** Deployments count changes of annotations, too; upstream: registry/apps/deployment/strategy.go. */
export const specOrAnnotations: GenerationRule = (object, old) =>
  !sameField(object, old, "spec") || !semanticEqual(object.metadata.annotations, old.metadata.annotations);

/** EndpointSlices count everything but metadata, and labels; upstream: registry/discovery/endpointslice/strategy.go. */
export const contentOrLabels: GenerationRule = (object, old) =>
  !semanticEqual(object.metadata.labels, old.metadata.labels) ||
  ["addressType", "endpoints", "ports"].some((name) => !sameField(object, old, name));

export function bumpGeneration(object: KubeObject, old: KubeObject): void {
  object.metadata.generation = increment(old.metadata.generation ?? 0);
}

/** One more than an int64, which above 2^53 is a bigint. */
export function increment(value: number | bigint): number | bigint {
  if (typeof value === "number" && value < Number.MAX_SAFE_INTEGER) return value + 1;
  return BigInt.asIntN(64, BigInt(value) + 1n);
}
