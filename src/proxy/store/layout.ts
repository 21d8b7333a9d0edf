import type { EtcdClient } from "../etcd/client.js";
import { OWN } from "../promote/own-keys.js";

/** As much of etcd's client as a store needs. */
export interface StoreClient extends Pick<EtcdClient, "range" | "pages" | "txn" | "put" | "watch" | "closed"> {
  readonly leases: Pick<EtcdClient["leases"], "grant" | "keepAlive" | "revoke">;
}

/**
 * Where a cluster's objects are in etcd: below its prefix, "/CLUSTER/", in kube-apiserver's layout; and beside them,
 * where kube-apiserver does not look, what an emulated cluster needs.
 */
export class Layout {
  constructor(readonly prefix: string) {}

  /** Who serves the cluster. It hangs on a lease. */
  get owner(): string {
    return `${this.prefix}${OWN}owner`;
  }

  /** What the objects of the base layer are made of, and whether all that a new cluster gets is there. */
  get birth(): string {
    return `${this.prefix}${OWN}birth`;
  }

  /** There for good once the base layer's object of that key has been deleted. */
  gone(key: string): string {
    return `${this.prefix}${OWN}gone/${key}`;
  }

  /** What a key of etcd is to the cluster. */
  placeOf(name: string): Place {
    const key = name.slice(this.prefix.length);
    if (!key.startsWith(OWN)) return { is: "object", key };
    const own = key.slice(OWN.length);
    if (own.startsWith("gone/")) return { is: "gone", key: own.slice("gone/".length) };
    return own === "owner" ? { is: "owner" } : { is: "other" };
  }
}

export type Place =
  | { readonly is: "object"; readonly key: string }
  | { readonly is: "gone"; readonly key: string }
  | { readonly is: "owner" }
  | { readonly is: "other" };
