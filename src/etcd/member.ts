import { createHash } from "node:crypto";
import { stringAt } from "../kube/access.js";
import type { KubeObject } from "../kube/json.js";
import {
  ALARM_ANNOTATION,
  ID_ANNOTATION,
  LEARNER_ANNOTATION,
  MEMBER_ANNOTATION,
  PEER_URLS_ANNOTATION,
} from "./annotations.js";

/** By the numbers of etcd's AlarmType. */
export const ALARMS = { NOSPACE: 1, CORRUPT: 2 } as const;
export type Alarm = keyof typeof ALARMS;

export interface Member {
  readonly id: bigint;
  /** The node's name; "" for a member that has been added and has no pod yet. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly learner: boolean;
  /** Whether it takes part in votes and answers. */
  readonly running: boolean;
  readonly alarms: readonly Alarm[];
  readonly pod?: KubeObject;
}

const POD_PREFIX = "etcd-";

/** The name of the node that a pod is the etcd of; undefined for any other pod. */
export function etcdNode(pod: KubeObject): string | undefined {
  const node = stringAt(pod, "spec", "nodeName");
  const named = node !== "" && stringAt(pod, "metadata", "name") === POD_PREFIX + node;
  const labelled = stringAt(pod, "metadata", "labels", "component") === "etcd";
  return named && labelled && stringAt(pod, "metadata", "namespace") === "kube-system" ? node : undefined;
}

export function annotationOf(object: KubeObject | undefined, name: string): string {
  return stringAt(object, "metadata", "annotations", name);
}

/** The member that a pod is. Undefined for a pod that is none, has not yet been started, or has been removed. */
export function memberOf(cluster: string, pod: KubeObject): Member | undefined {
  const name = etcdNode(pod);
  const phase = stringAt(pod, "status", "phase");
  const mark = annotationOf(pod, MEMBER_ANNOTATION);
  if (name === undefined || phase === "" || phase === "Pending" || mark === "removed") return undefined;
  const address = addressOf(pod, name);
  const id = annotationOf(pod, ID_ANNOTATION);
  const peers = annotationOf(pod, PEER_URLS_ANNOTATION);
  return {
    id: /^[0-9a-f]{1,16}$/.test(id) ? BigInt(`0x${id}`) : hash64(`${cluster}/${name}`),
    name,
    peerUrls: peers === "" ? [`https://${address}:2380`] : peers.split(","),
    clientUrls: [`https://${address}:2379`],
    learner: annotationOf(pod, LEARNER_ANNOTATION) === "true",
    running: phase === "Running" && mark !== "stopped",
    alarms: alarmsOf(pod),
    pod,
  };
}

/** kubeadm's own note of the address goes first. */
export function addressOf(pod: KubeObject, otherwise: string): string {
  const noted = annotationOf(pod, "kubeadm.kubernetes.io/etcd.advertise-client-urls");
  const fromNote = URL.canParse(noted) ? new URL(noted).hostname : "";
  if (fromNote !== "") return fromNote;
  const address = stringAt(pod, "status", "podIP") || stringAt(pod, "status", "hostIP");
  if (address === "") return otherwise;
  return address.includes(":") ? `[${address}]` : address;
}

export function alarmsOf(pod: KubeObject): Alarm[] {
  const words = annotationOf(pod, ALARM_ANNOTATION)
    .split(",")
    .map((word) => word.trim());
  return (Object.keys(ALARMS) as Alarm[]).filter((alarm) => words.includes(alarm));
}

/** As etcd makes ids: the first eight bytes of a SHA-1; upstream: etcdserver/api/membership/member.go. */
export function hash64(text: string): bigint {
  return createHash("sha1").update(text).digest().readBigUInt64BE();
}
