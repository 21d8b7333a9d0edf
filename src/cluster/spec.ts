import type { KeyPair } from "../pki/authority.js";

/** What a new cluster may be given; everything that is left out is made. PEM throughout, RSA or EC. */
export interface ClusterSpec {
  /**
   * By default the next in the row of names. A cluster of a management cluster is known by its namespace, too: its name
   * is "<namespace>.<name>", see {@link managedName}.
   */
  readonly name?: string;
  /** The CA that clients trust, and that signs their certificates. */
  readonly ca?: KeyPair;
  /**
   * Nobody can connect until {@link ca} is given, to `Fleet.ensure`. For endpoints that have to be known before there is
   * a CA. What has been kept of an earlier cluster of that name counts as given.
   */
  readonly caComesLater?: boolean;
  /** The CA of the cluster's etcd, by default made when etcd is first spoken to. */
  readonly etcdCa?: KeyPair;
  /** Signs the tokens of ServiceAccounts. */
  readonly serviceAccountKey?: string;
  readonly endpoint?: EndpointSpec;
  /** What answers. Default {@link EMULATED}. */
  readonly backend?: BackendSpec;
}

/** What is behind a cluster's endpoint. */
export type BackendSpec = { readonly type: "emulated" } | PassthroughSpec;

export const EMULATED: BackendSpec = { type: "emulated" };

/** How a real server's clients get to it. */
export const PROXY_WAYS = ["pipe", "terminate"] as const;
/**
 * "pipe": their TLS connections lead to it, untouched. "terminate": they end here, and each request is passed on in the
 * name of whom this cluster's CA vouches for.
 */
export type ProxyWay = (typeof PROXY_WAYS)[number];

/** A real kube-apiserver behind the endpoint. */
export interface PassthroughSpec {
  readonly type: "passthrough";
  readonly proxy: ProxyWay;
  readonly runtime: RuntimeSpec;
}

/** Where the real server comes from. */
export type RuntimeSpec = ProcessSpec | KubernetesSpec | ExternalSpec;

export const PRESETS = ["plain", "saving"] as const;
/** "saving": with what the experiment with a thousand clusters turned off to save memory. */
export type Preset = (typeof PRESETS)[number];

/** A process of its own, which keeps its objects in the shared etcd under "/NAME/". */
export interface ProcessSpec {
  readonly type: "process";
  /** Default: the fleet's. */
  readonly preset?: Preset;
  /** Flags of kube-apiserver that come after ours: "--v=4". */
  readonly flags?: readonly string[];
  /** Default "ahead": it runs before anybody asks. */
  readonly start?: "ahead" | "demand";
}

/** How a server in a backing cluster is reached: by a port of its pod, or by one of the ways of a Service. */
export const REACHES = ["port-forward", "service", "node-port", "load-balancer"] as const;
export type Reach = (typeof REACHES)[number];

/** A Deployment in a backing cluster: a Kubernetes cluster that runs such servers. */
export interface KubernetesSpec {
  readonly type: "kubernetes";
  /** Its name in the fleet. Default: one with room. */
  readonly backing?: string;
  /** Default: the fleet's. */
  readonly image?: string;
  /** Default: the fleet's. */
  readonly preset?: Preset;
  /** Flags of kube-apiserver that come after ours: "--v=4". */
  readonly flags?: readonly string[];
  /** Default: the backing cluster's. */
  readonly reach?: Reach;
  /** What it asks of its node, as quantities: "100m", "400Mi". Defaults go by the preset. */
  readonly resources?: { readonly cpu?: string; readonly memory?: string };
}

/** How an emulated cluster is to have a real server. */
export interface Promotion extends Omit<ProcessSpec, "type"> {
  /** Default "terminate". */
  readonly proxy?: ProxyWay;
}

/** What is behind a cluster that has been promoted. */
export function promoted({ proxy = "terminate", ...process }: Promotion = {}): PassthroughSpec {
  return { type: "passthrough", proxy, runtime: { type: "process", ...process } };
}

/** One that somebody else runs. */
export interface ExternalSpec {
  readonly type: "external";
  /** "https://host:port" */
  readonly server: string;
  /** Of its serving certificate. PEM. */
  readonly ca: string;
  /** Of somebody who may do everything there, for what this program itself asks. */
  readonly client?: KeyPair;
  /** Of somebody whom it lets speak for others, by X-Remote-* headers. "terminate" needs it. */
  readonly frontProxy?: KeyPair;
}

/** Where clients are to reach a cluster, where it is not the fleet's own choice. */
export interface EndpointSpec {
  /** What kubeconfigs and certificates say. */
  readonly host?: string;
  readonly port?: number;
  /** The name in the ClientHello, where clusters share a port. */
  readonly serverName?: string;
}

/** The name in the fleet of what a management cluster calls namespace/name. A namespace has no dots. */
export function managedName(namespace: string, name: string): string {
  return `${namespace}.${name}`;
}
