import { createHash } from "node:crypto";
import { numberAt, objectAt, objectsAt, stringAt, stringMapAt } from "../kube/access.js";
import { timestamp } from "../kube/clock.js";
import type { JsonObject, KubeObject } from "../kube/json.js";

/** On a Pod that comes to an end by itself (of a Job, or asked to by this): after how many seconds, as text. */
const RUN_SECONDS = "fake-apiserver/run-seconds";
/** On a Pod that comes to an end by itself: the exit code of its containers; 0 if it says nothing. */
const EXIT_CODE = "fake-apiserver/exit-code";

/** A pod that a Job waits for is done after a second. */
const JOB_RUN_MS = 1_000;

/** Whether it has come to its end. */
export function finished(pod: KubeObject): boolean {
  return ["Succeeded", "Failed"].includes(stringAt(pod, "status", "phase"));
}

export function isReady(pod: KubeObject): boolean {
  return objectsAt(pod, "status", "conditions").some(({ type, status }) => type === "Ready" && status === "True");
}

/** For how many milliseconds it runs; undefined: until it is deleted. */
export function runTime(pod: KubeObject): number | undefined {
  if (stringAt(pod, "spec", "restartPolicy") === "Always") return undefined;
  const asked = Number(stringMapAt(pod, "metadata", "annotations")[RUN_SECONDS]);
  if (asked >= 0) return asked * 1000;
  return objectsAt(pod, "metadata", "ownerReferences").some(({ kind }) => kind === "Job") ? JOB_RUN_MS : undefined;
}

/** The status of a pod all of whose containers run, as a merge patch. */
export function runningStatus(pod: KubeObject, node: KubeObject, now: number): JsonObject {
  const time = timestamp(now);
  const host = objectsAt(node, "status", "addresses").find(({ type }) => type === "InternalIP");
  const hostIP = host === undefined ? "127.0.0.1" : stringAt(host, "address");
  const ip = objectAt(pod, "spec")?.hostNetwork === true ? hostIP : podAddress(pod.metadata.uid ?? "");
  const running = { running: { startedAt: time } };
  const done = { terminated: { exitCode: 0, reason: "Completed", startedAt: time, finishedAt: time } };
  const inits = objectsAt(pod, "spec", "initContainers");
  return {
    phase: "Running",
    conditions: conditions(pod, "True", time),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP: ip,
    podIPs: [{ ip }],
    startTime: stringAt(pod, "status", "startTime") || time,
    ...(inits.length === 0
      ? {}
      : {
          initContainerStatuses: inits.map((each) =>
            each.restartPolicy === "Always" ? container(pod, each, running, true) : container(pod, each, done, false),
          ),
        }),
    containerStatuses: objectsAt(pod, "spec", "containers").map((each) => container(pod, each, running, true)),
  };
}

/** The status of a pod whose containers have ended, as a merge patch. */
export function finishedStatus(pod: KubeObject, now: number): JsonObject {
  const time = timestamp(now);
  const code = Number(stringMapAt(pod, "metadata", "annotations")[EXIT_CODE] ?? 0) || 0;
  const startedAt = stringAt(pod, "status", "startTime") || time;
  const reason = code === 0 ? "Completed" : "Error";
  const state = { terminated: { exitCode: code, reason, startedAt, finishedAt: time } };
  return {
    phase: code === 0 ? "Succeeded" : "Failed",
    conditions: conditions(pod, "False", time, code === 0 ? "PodCompleted" : "PodFailed"),
    containerStatuses: objectsAt(pod, "spec", "containers").map((each) => container(pod, each, state, false)),
  };
}

function conditions(pod: KubeObject, ready: "True" | "False", time: string, reason?: string): JsonObject[] {
  const known = objectsAt(pod, "status", "conditions");
  const types = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
  return types.map((type) => {
    const running = type === "Initialized" || type === "PodScheduled";
    const status = running ? "True" : ready;
    const before = known.find((each) => each.type === type && each.status === status);
    const lastTransitionTime = before === undefined ? time : (before.lastTransitionTime ?? time);
    return { type, status, lastTransitionTime, ...(running || reason === undefined ? {} : { reason }) };
  });
}

function container(pod: KubeObject, spec: JsonObject, state: JsonObject, ready: boolean): JsonObject {
  const name = stringAt(spec, "name");
  const known = objectsAt(pod, "status", "containerStatuses").find((each) => each.name === name);
  return {
    name,
    image: stringAt(spec, "image"),
    imageID: `sha256:${digest("image", stringAt(spec, "image"))}`,
    containerID: `containerd://${digest(pod.metadata.uid ?? "", name)}`,
    ready,
    started: ready,
    restartCount: known === undefined ? 0 : numberAt(known, "restartCount"),
    lastState: {},
    state,
  };
}

/** An address of 10.244.0.0/16 that a pod keeps; two pods may have the same one. */
function podAddress(uid: string): string {
  const hash = createHash("sha256").update(uid).digest();
  return `10.244.${hash[0]! % 255}.${1 + (hash[1]! % 254)}`;
}

function digest(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex");
}
