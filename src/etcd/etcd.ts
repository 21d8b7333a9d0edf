import { stringAt } from "../kube/access.js";
import type { KubeObject } from "../kube/json.js";
import { type LocalClient, unless } from "../kube/local-client.js";
import type { CertificateAuthority } from "../pki/authority.js";
import {
  ADDED_ANNOTATION,
  ID_ANNOTATION,
  LEADER_ANNOTATION,
  LEARNER_ANNOTATION,
  TERM_ANNOTATION,
} from "./annotations.js";
import { etcdNode, type Member } from "./member.js";
import { type Added, type Membership, membershipOf } from "./membership.js";

/** What etcd needs of a cluster. */
export interface EtcdCluster {
  readonly name: string;
  /** In the cluster's eyes it is `userName`, who may do everything. */
  localClient(userName: string): Promise<LocalClient>;
  /** Signs etcd's serving certificates and whom it trusts as clients. */
  etcdAuthority(): Promise<CertificateAuthority>;
}

const SYSTEM = "/api/v1/namespaces/kube-system";

/** undefined takes an annotation away. */
export type Notes = Readonly<Record<string, string | undefined>>;

/** The etcd of one cluster. It keeps nothing of its own: all is in the cluster's objects. */
export class Etcd {
  readonly #cluster: EtcdCluster;
  /** The end of the last turn. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(cluster: EtcdCluster) {
    this.#cluster = cluster;
  }

  /** Does one thing after the other, as a log does, with what the objects say at that time. */
  turn<T>(act: (state: Membership) => Promise<T> | T): Promise<T> {
    const run = this.#last.then(async () => act(await this.#settled()));
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** Notes something about a member on its pod. */
  async noteMember(pod: KubeObject | undefined, notes: Notes): Promise<void> {
    if (pod !== undefined) await this.#note(`${SYSTEM}/pods/${stringAt(pod, "metadata", "name")}`, notes);
  }

  async noteLeader(leader: Member, term: bigint): Promise<void> {
    await this.#note(SYSTEM, { [LEADER_ANNOTATION]: leader.name, [TERM_ANNOTATION]: String(term) });
  }

  async noteAdded(added: readonly Added[]): Promise<void> {
    await this.#note(SYSTEM, { [ADDED_ANNOTATION]: added.length === 0 ? undefined : JSON.stringify(added) });
  }

  /** The version of a node's kubelet; "" where there is no such node. */
  async kubeletVersion(node: string): Promise<string> {
    const found = await (await this.#client()).find(`/api/v1/nodes/${node}`);
    return stringAt(found, "status", "nodeInfo", "kubeletVersion");
  }

  /** What the objects say, once they say what has become of it. */
  async #settled(): Promise<Membership> {
    const state = await this.#read();
    const { adopted, elected } = state.news;
    for (const { member, as } of adopted) {
      const learner = member.learner ? "true" : undefined;
      await this.noteMember(member.pod, { [ID_ANNOTATION]: as.id, [LEARNER_ANNOTATION]: learner });
    }
    if (adopted.length > 0) await this.noteAdded(state.added);
    if (elected && state.leader !== undefined) await this.noteLeader(state.leader, state.term);
    return state;
  }

  async #read(): Promise<Membership> {
    const client = await this.#client();
    const list = await client.get(`${SYSTEM}/pods`, { labelSelector: "component=etcd" });
    const pods = ((list.items ?? []) as KubeObject[]).filter((pod) => etcdNode(pod) !== undefined);
    const namespace = await client.find(SYSTEM);
    return membershipOf(this.#cluster.name, pods, namespace, BigInt(list.metadata.resourceVersion ?? "1"));
  }

  async #note(path: string, notes: Notes): Promise<void> {
    const annotations = Object.fromEntries(Object.entries(notes).map(([name, value]) => [name, value ?? null]));
    const client = await this.#client();
    // What is gone needs no note.
    await unless(404, client.patch(path, "merge", { metadata: { annotations } }, { fieldManager: "etcd" }));
  }

  #client(): Promise<LocalClient> {
    return this.#cluster.localClient("system:etcd");
  }
}
