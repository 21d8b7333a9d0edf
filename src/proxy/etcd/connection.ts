import type { KeyPair } from "../../pki/authority.js";

/** How to reach an etcd, and as whom. PEM throughout. */
export interface EtcdConnection {
  /** "https://host:2379", one for each member; "http://…" for an etcd without TLS. */
  readonly endpoints: readonly string[];
  /** Whom to trust; by default the system's authorities. */
  readonly ca?: string;
  /** With etcd's --client-cert-auth its common name is the user, unless {@link user} is given. */
  readonly client?: KeyPair;
  readonly user?: string;
  readonly password?: string;
}
