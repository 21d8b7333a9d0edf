import { objectAt, objectsAt, stringAt } from "../../../kube/access.js";
import type { JsonObject } from "../../../kube/json.js";

/** Annotations of a pod or of a template's metadata, and the spec that goes with them. */
export interface PodParts {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: JsonObject;
}

/** What is wrong with a pod under one rule. */
export interface Violation {
  readonly reason: string;
  /** May be empty. */
  readonly detail: string;
}

/** A rule of the Pod Security Standards in one minor version of theirs; upstream: pod-security-admission/policy. */
export type Check = (pod: PodParts, minor: number) => Violation | undefined;

export function containersOf({ spec }: PodParts): JsonObject[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) => objectsAt(spec, list));
}

export const nameOf = (part: JsonObject): string => stringAt(part, "name");

export function quoted(items: readonly string[]): string {
  return items.length === 0 ? "" : `"${items.join('", "')}"`;
}

export const plural = (word: string, count: number): string => (count === 1 ? word : `${word}s`);

/** `container "a"`, `containers "a", "b"`. */
export function containersNamed(names: readonly string[]): string {
  return `${plural("container", names.length)} ${quoted(names)}`;
}

export function sortedSet(values: Iterable<string>): string[] {
  return [...new Set(values)].sort();
}

/** The pod, where it sets something forbidden itself, and the containers that do. */
export function settersOf(pod: boolean, containers: readonly string[]): string | undefined {
  const setters = [...(pod ? ["pod"] : []), ...(containers.length > 0 ? [containersNamed(containers)] : [])];
  return setters.length === 0 ? undefined : setters.join(" and ");
}

/** Names of the containers whose security context a test finds bad. */
export function containersWhere(pod: PodParts, isBad: (context: JsonObject | undefined) => boolean): string[] {
  return containersOf(pod)
    .filter((container) => isBad(objectAt(container, "securityContext")))
    .map(nameOf);
}
