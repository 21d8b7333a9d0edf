import { type EtcdErrorName, etcdError } from "./errors.js";
import type { Member } from "./member.js";

/**
 * Whether a change of the membership may be made, as etcd judges it with its strict reconfiguration check; upstream:
 * etcdserver/server.go (mayAddMember, mayRemoveMember, mayPromoteMember), etcdserver/api/membership/cluster.go.
 * Each throws an RpcError where it may not.
 */

export function votersOf(members: readonly Member[]): Member[] {
  return members.filter((member) => !member.learner);
}

/** Whether a majority of the voters runs. */
export function hasQuorum(members: readonly Member[]): boolean {
  const voters = votersOf(members);
  return voters.length > 0 && countRunning(voters) >= majority(voters.length);
}

export function requireQuorum(members: readonly Member[]): void {
  if (!hasQuorum(members)) throw etcdError("timeout");
}

/** At most one learner at a time: etcd's --max-learners. */
const MAX_LEARNERS = 1;

type Newcomer = Pick<Member, "id" | "peerUrls" | "learner">;

export function mayAdd(members: readonly Member[], { id, peerUrls, learner }: Newcomer): void {
  const voters = votersOf(members);
  const started = voters.filter(({ name }) => name !== "").length;
  const total = voters.length + 1;
  const single = started === 1 && total === 2;
  refuse(!learner && !single && started < majority(total), "notEnoughStarted");
  refuse(countRunning(voters) < voters.length, "unhealthy");
  requireQuorum(members);
  refuse(
    members.some((member) => member.id === id),
    "memberExists",
  );
  refuse(
    members.some((member) => member.peerUrls.some((url) => peerUrls.includes(url))),
    "peerUrlExists",
  );
  refuse(learner && members.length - voters.length >= MAX_LEARNERS, "tooManyLearners");
}

/** `local` is the member that was asked. */
export function mayRemove(members: readonly Member[], id: bigint, local: bigint): void {
  const member = members.find((each) => each.id === id);
  const voters = votersOf(members);
  if (member?.learner !== true) {
    const others = voters.filter((each) => each.id !== id);
    refuse(others.filter(({ name }) => name !== "").length < majority(others.length), "notEnoughStarted");
    const active = countRunning(voters);
    const counts = id === local || member?.running === true;
    refuse(counts && active - 1 < majority(voters.length - 1), "unhealthy");
  }
  requireQuorum(members);
  refuse(member === undefined, "memberNotFound");
}

export function mayPromote(members: readonly Member[], id: bigint): void {
  requireQuorum(members);
  const member = members.find((each) => each.id === id);
  if (member === undefined) throw etcdError("memberNotFound");
  refuse(!member.running, "learnerNotReady");
  const voters = votersOf(members);
  const started = voters.filter(({ name }) => name !== "").length + 1;
  refuse(started < majority(voters.length + 1), "notEnoughStarted");
  refuse(!member.learner, "notLearner");
}

export function mayUpdate(members: readonly Member[], id: bigint, peerUrls: readonly string[]): void {
  requireQuorum(members);
  refuse(!members.some((member) => member.id === id), "memberNotFound");
  const others = members.filter((member) => member.id !== id);
  refuse(
    others.some((member) => member.peerUrls.some((url) => peerUrls.includes(url))),
    "peerUrlExists",
  );
}

function majority(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

function countRunning(members: readonly Member[]): number {
  return members.filter(({ running }) => running).length;
}

function refuse(wrong: boolean, error: EtcdErrorName): void {
  if (wrong) throw etcdError(error);
}
