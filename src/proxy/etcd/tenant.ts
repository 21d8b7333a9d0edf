import type { KeyPair } from "../../pki/authority.js";

/** One cluster's place in a shared etcd: what its kube-apiserver needs to connect. PEM throughout. */
export interface Tenant {
  /** The cluster's name; etcd's user and role have it, too. */
  readonly name: string;
  /** "/NAME/", kube-apiserver's --etcd-prefix. */
  readonly prefix: string;
  /** "https://host:2379". */
  readonly endpoints: readonly string[];
  /** Whom to trust. */
  readonly ca: string;
  /** Its common name is the tenant's. */
  readonly client: KeyPair;
  /** Whether its kube-apiserver can't learn from etcd how far its watches are. */
  readonly noProgress?: boolean;
}
