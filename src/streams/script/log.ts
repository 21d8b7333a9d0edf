import { stringAt } from "../../kube/access.js";
import type { KubeObject } from "../../kube/json.js";
import { annotation, LOG_ANNOTATION } from "./annotations.js";

/** The lines of a container's log that a pod's annotations hold. */
export function scriptedLog(pod: KubeObject, container: string): string[] {
  const text = annotation(pod, `${LOG_ANNOTATION}.${container}`) ?? annotation(pod, LOG_ANNOTATION) ?? "";
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

/** When a line was written that does not say so itself. */
export function logStart(pod: KubeObject): string {
  return stringAt(pod, "status", "startTime") || stringAt(pod, "metadata", "creationTimestamp");
}

/** Whether a container has nothing more to say. */
export function hasEnded(pod: KubeObject): boolean {
  const phase = stringAt(pod, "status", "phase");
  return phase === "Succeeded" || phase === "Failed";
}
