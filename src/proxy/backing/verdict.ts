import { numberAt, objectsAt, stringAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";

/** Why something is not there yet; `failed`: it will not come by waiting alone. */
export interface Lack {
  readonly why: string;
  readonly failed: boolean;
}

/** Why a Deployment is not available, as far as it and its pods tell. Undefined: it is. */
export function unavailability(deployment: KubeObject | undefined, pods: readonly KubeObject[]): Lack | undefined {
  if (deployment === undefined) return { why: "its Deployment is not there yet", failed: false };
  if (conditionOf(deployment, "Available")?.status === "True") return undefined;
  const failure = conditionOf(deployment, "ReplicaFailure");
  if (failure?.status === "True") return { why: `no pod is made: ${said(failure)}`, failed: true };
  const problem = podsProblem(pods);
  if (problem !== undefined) return { why: problem, failed: true };
  const progress = conditionOf(deployment, "Progressing");
  if (progress?.status === "False") return { why: said(progress), failed: true };
  if (numberAt(deployment, "status", "observedGeneration") < numberAt(deployment, "metadata", "generation")) {
    return { why: "its Deployment has not been looked at yet", failed: false };
  }
  return { why: pods.length === 0 ? "no pod has been made yet" : "its pod is starting", failed: false };
}

/** What is known against pods, the newest first. */
export function podsProblem(pods: readonly KubeObject[]): string | undefined {
  for (const pod of [...pods].sort(newestFirst)) {
    const problem = podProblem(pod);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function podProblem(pod: KubeObject): string | undefined {
  const { name } = pod.metadata;
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status === "False") return `pod ${name} has no node: ${said(scheduled)}`;
  for (const container of objectsAt(pod, "status", "containerStatuses")) {
    const waiting = stringAt(container, "state", "waiting", "reason");
    const last = ended(container);
    if (waiting === "CrashLoopBackOff" && last !== undefined) return `pod ${name}: ${last}`;
    if (waiting !== "" && waiting !== "ContainerCreating" && waiting !== "PodInitializing") {
      const message = stringAt(container, "state", "waiting", "message");
      return `pod ${name}: ${waiting}${message === "" ? "" : `: ${message}`}`;
    }
    if (container.ready !== true && last !== undefined) return `pod ${name}: ${last}`;
  }
  if (stringAt(pod, "status", "phase") === "Failed") {
    const [reason, message] = [stringAt(pod, "status", "reason"), stringAt(pod, "status", "message")];
    return `pod ${name} has failed${reason === "" ? "" : `: ${reason}`}${message === "" ? "" : `: ${message}`}`;
  }
  return undefined;
}

export function isReady(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp === undefined && conditionOf(pod, "Ready")?.status === "True";
}

function conditionOf(object: KubeObject, type: string): JsonObject | undefined {
  return objectsAt(object, "status", "conditions").find((condition) => condition.type === type);
}

function said(condition: JsonObject): string {
  return stringAt(condition, "message") || stringAt(condition, "reason") || "no reason is told";
}

/** How a container that is started again ended last. */
function ended(container: JsonObject): string | undefined {
  const end = container.lastState === undefined ? container.state : container.lastState;
  const reason = stringAt(end, "terminated", "reason");
  if (reason === "") return undefined;
  const message = stringAt(end, "terminated", "message").trim();
  const code = numberAt(end, "terminated", "exitCode");
  return `kube-apiserver has ended (${reason}, exit status ${code})${message === "" ? "" : `: ${message}`}`;
}

function newestFirst(one: KubeObject, other: KubeObject): number {
  return (other.metadata.creationTimestamp ?? "").localeCompare(one.metadata.creationTimestamp ?? "");
}
