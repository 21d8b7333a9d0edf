import type { JsonObject } from "../kube/json.js";

/** A machine as its cluster sees it once it has joined. */
export interface NodeSpec {
  readonly name: string;
  /** Of the kubelet, with its v: "v1.34.4". */
  readonly version: string;
  /** What is set makes it a control-plane node, with static pods. */
  readonly controlPlane?: ControlPlaneNode;
  /** Set in addition to what a kubelet sets by itself. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What it registers with. By default a control-plane node has its NoSchedule taint, others have none. */
  readonly taints?: readonly Taint[];
  /** Undefined: somebody else sets it. */
  readonly providerID?: string;
  /** By default an address made from the name, and the name as Hostname. */
  readonly addresses?: readonly NodeAddress[];
  /** Resources by name, as quantities, in addition to what every node has or instead of it. */
  readonly capacity?: Readonly<Record<string, string>>;
}

export interface ControlPlaneNode {
  /** Stacked etcd has a static pod on each control-plane node. */
  readonly etcd: "stacked" | "external";
  /** The port on which its API server says that it listens; 6443 by default. */
  readonly bindPort?: number;
}

export interface Taint extends JsonObject {
  key: string;
  effect: string;
  value?: string;
}

export interface NodeAddress extends JsonObject {
  type: string;
  address: string;
}

/** Milliseconds since the epoch. */
export type Now = () => number;

export const CONTROL_PLANE_ROLE = "node-role.kubernetes.io/control-plane";
