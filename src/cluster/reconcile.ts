import { isDeepStrictEqual } from "node:util";
import type { Cluster } from "./cluster.js";
import { type Given, sameCertificate } from "./given.js";
import type { Output } from "./output.js";
import { StartError } from "./start-error.js";

/**
 * Gives a live cluster what it has not got yet. @throws StartError for what it has otherwise; nothing is changed then
 */
export async function reconcile(cluster: Cluster, given: Given, output: Output | undefined): Promise<void> {
  checkEndpoint(cluster, given);
  if (given.kind !== undefined && !isDeepStrictEqual(given.kind, cluster.kind))
    throw conflict(cluster, "backend", "another backend");
  const { authority, etcdAuthority, tokenKey } = given;
  if (authority !== undefined && !cluster.awaitsAuthority) {
    const present = (await cluster.identity()).authority;
    if (!sameCertificate(present.certificate, authority.certificate)) throw conflict(cluster, "ca", "another CA");
  }
  const etcd = cluster.etcdAsked ? await cluster.etcdAuthority() : output?.keptEtcdAuthority(cluster.name);
  if (etcdAuthority && etcd && !sameCertificate(etcd.certificate, etcdAuthority.certificate)) {
    throw conflict(cluster, "etcdCa", "another CA for etcd");
  }
  // Nothing is awaited from here on: what is not there now is not made meanwhile.
  const key = tokenKey === undefined ? undefined : cluster.tokenKey.made;
  if (tokenKey !== undefined && key !== undefined && key.id !== tokenKey.id) {
    throw conflict(cluster, "serviceAccountKey", "another key for the tokens of ServiceAccounts");
  }
  if (authority !== undefined && cluster.awaitsAuthority) cluster.giveAuthority(authority);
  if (etcdAuthority !== undefined && etcd === undefined) {
    output?.keepEtcdAuthority(cluster.name, etcdAuthority);
    cluster.giveEtcdAuthority(etcdAuthority);
  }
  if (tokenKey !== undefined && key === undefined) cluster.tokenKey.give(tokenKey);
}

function checkEndpoint(cluster: Cluster, { endpoint }: Given): void {
  const present = cluster.endpoint;
  for (const part of ["host", "port", "serverName"] as const) {
    const wanted = endpoint[part];
    if (wanted !== undefined && wanted !== present[part]) {
      throw conflict(cluster, `endpoint.${part}`, `${present[part] ?? "none"} for ${part}`);
    }
  }
}

function conflict(cluster: Cluster, field: string, what: string): StartError {
  return new StartError(`cluster ${JSON.stringify(cluster.name)} is there with ${what}`, "conflict", field);
}
