import { stringAt } from "../kube/access.js";
import { isObject, type KubeObject } from "../kube/json.js";
import { ADDED_ANNOTATION, LEADER_ANNOTATION, TERM_ANNOTATION } from "./annotations.js";
import { annotationOf, hash64, type Member, memberOf } from "./member.js";
import { hasQuorum } from "./quorum.js";

/** A member that has been added and has no pod yet. */
export interface Added {
  /** Hexadecimal. */
  readonly id: string;
  readonly peerURLs: readonly string[];
  readonly learner?: boolean;
}

/** An etcd cluster as its Kubernetes objects tell it. */
export interface Membership {
  readonly clusterId: bigint;
  /** Ordered by id, as etcd lists them. */
  readonly members: readonly Member[];
  readonly added: readonly Added[];
  /** Undefined while there is no majority. */
  readonly leader: Member | undefined;
  readonly term: bigint;
  /** Of the cluster's store. */
  readonly revision: bigint;
  /** What the objects do not yet say: adopted members, the outcome of an election. */
  readonly news: {
    readonly adopted: readonly { readonly member: Member; readonly as: Added }[];
    readonly elected: boolean;
  };
}

/** etcd's first election makes term 2. */
const FIRST_TERM = 2n;

/** `namespace` is kube-system. Pure: whoever asks writes what is new. */
export function membershipOf(
  cluster: string,
  pods: readonly KubeObject[],
  namespace: KubeObject | undefined,
  revision: bigint,
): Membership {
  const waiting = addedOf(namespace);
  const started: Member[] = [];
  const adopted: { member: Member; as: Added }[] = [];
  for (const pod of [...pods].sort(byAge)) {
    const member = memberOf(cluster, pod);
    if (member === undefined) continue;
    const as = waiting.find(({ peerURLs }) => peerURLs.some((url) => member.peerUrls.includes(url)));
    if (as === undefined) started.push(member);
    else {
      const known = { ...member, id: BigInt(`0x${as.id}`), learner: as.learner === true || member.learner };
      started.push(known);
      adopted.push({ member: known, as });
    }
  }
  const added = waiting.filter((each) => !adopted.some(({ as }) => as === each));
  const members = [...started, ...added.map(unstarted)];
  const term = annotationOf(namespace, TERM_ANNOTATION);
  const kept = /^\d{1,18}$/.test(term) ? BigInt(term) : FIRST_TERM;
  const vote = elect(started, members, annotationOf(namespace, LEADER_ANNOTATION));
  return {
    clusterId: hash64(`etcd/${cluster}`),
    members: members.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)),
    added,
    leader: vote.leader,
    term: vote.changed ? kept + 1n : kept,
    revision,
    news: { adopted, elected: vote.changed || vote.first },
  };
}

/**
 * The leader stays while it can, then the oldest that runs is elected. Nothing is written down while there is one
 * member only.
 */
function elect(started: readonly Member[], members: readonly Member[], kept: string) {
  const candidates = started.filter(({ learner }) => !learner);
  const none = { leader: undefined, changed: false, first: false };
  if (!hasQuorum(members)) return none;
  const before = kept === "" ? candidates[0] : candidates.find(({ name }) => name === kept);
  if (before?.running) return { leader: before, changed: false, first: kept === "" && candidates.length > 1 };
  return { leader: candidates.find(({ running }) => running), changed: true, first: false };
}

/** Members that are kept in the namespace's annotation; what is none is skipped. */
function addedOf(namespace: KubeObject | undefined): Added[] {
  const text = annotationOf(namespace, ADDED_ANNOTATION);
  if (text === "") return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter(isAdded) : [];
  } catch {
    return [];
  }
}

function isAdded(value: unknown): value is Added {
  if (!isObject(value as KubeObject)) return false;
  const { id, peerURLs } = value as Record<string, unknown>;
  const urls = Array.isArray(peerURLs) && peerURLs.every((url) => typeof url === "string");
  return typeof id === "string" && /^[0-9a-f]{1,16}$/.test(id) && urls;
}

function unstarted({ id, peerURLs, learner }: Added): Member {
  const fresh = { name: "", clientUrls: [], running: false, alarms: [] };
  return { ...fresh, id: BigInt(`0x${id}`), peerUrls: peerURLs, learner: learner === true };
}

function byAge(a: KubeObject, b: KubeObject): number {
  const [left, right] = [a, b].map(
    (pod) => `${stringAt(pod, "metadata", "creationTimestamp")} ${stringAt(pod, "metadata", "name")}`,
  );
  return left! < right! ? -1 : 1;
}
