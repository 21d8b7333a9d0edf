import { stringMapAt } from "../../kube/access.js";
import type { KubeObject } from "../../kube/json.js";

/** The log of a pod's containers; with "." and a container's name behind it: of that container. */
export const LOG_ANNOTATION = "fake-apiserver/log";
/** Commands and their answers, as JSON. */
export const EXEC_ANNOTATION = "fake-apiserver/exec";
/** Ports and what answers there, as JSON. */
export const PORTS_ANNOTATION = "fake-apiserver/ports";

const PREFIX = "fake-apiserver/";

export function annotation(pod: KubeObject, name: string): string | undefined {
  return stringMapAt(pod, "metadata", "annotations")[name];
}

/** Whether a pod says itself how it wants to be answered for. */
export function isScripted(pod: KubeObject): boolean {
  return Object.keys(stringMapAt(pod, "metadata", "annotations")).some(
    (name) =>
      name === EXEC_ANNOTATION ||
      name === PORTS_ANNOTATION ||
      name === LOG_ANNOTATION ||
      name.startsWith(`${LOG_ANNOTATION}.`),
  );
}

/** What is wrong with a pod's annotation. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";

  constructor(name: string, why: string) {
    super(`annotation ${name.startsWith(PREFIX) ? name : PREFIX + name}: ${why}`);
  }
}

/** @throws ScriptError */
export function scriptJson(pod: KubeObject, name: string): unknown {
  const text = annotation(pod, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ScriptError(name, (error as Error).message);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
