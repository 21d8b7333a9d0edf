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
