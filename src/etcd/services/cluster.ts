import { ID_ANNOTATION, LEARNER_ANNOTATION, MEMBER_ANNOTATION, PEER_URLS_ANNOTATION } from "../annotations.js";
import { etcdError } from "../errors.js";
import { hash64, type Member } from "../member.js";
import { mayAdd, mayPromote, mayRemove, mayUpdate, requireQuorum } from "../quorum.js";
import type { Method } from "../rpc/serve.js";
import {
  MemberAddRequest,
  MemberAddResponse,
  MemberIdRequest,
  MemberListRequest,
  MembersResponse,
  MemberUpdateRequest,
} from "../wire/messages.js";
import { type Call, headerOf, messagesOf, method } from "./call.js";

/** etcdserverpb.Cluster; upstream: etcdserver/api/v3rpc/member.go. */
export const clusterService: Readonly<Record<string, Method<Call>>> = {
  MemberList: method(MemberListRequest, MembersResponse, ({ linearizable }, asked) => {
    if (linearizable) requireQuorum(asked.state.members);
    return { header: headerOf(asked), members: messagesOf(asked.state.members) };
  }),

  MemberAdd: method(MemberAddRequest, MemberAddResponse, async ({ peerUrls: given, isLearner }, asked) => {
    const { etcd, state, now } = asked;
    const peerUrls = validUrls(given);
    const id = hash64(peerUrls.join("") + Math.floor(now() / 1000));
    const fresh = { name: "", clientUrls: [], running: false, alarms: [] };
    const member: Member = { ...fresh, id, peerUrls, learner: isLearner };
    mayAdd(state.members, member);
    const kept = { id: id.toString(16), peerURLs: peerUrls, ...(isLearner ? { learner: true } : {}) };
    await etcd.noteAdded([...state.added, kept]);
    const members = [...state.members, member].sort((a, b) => (a.id < b.id ? -1 : 1));
    return { header: headerOf(asked), member: messagesOf([member])[0]!, members: messagesOf(members) };
  }),

  MemberRemove: method(MemberIdRequest, MembersResponse, async ({ id }, asked) => {
    const { etcd, state, self } = asked;
    mayRemove(state.members, id, self.id);
    const pod = state.members.find((member) => member.id === id)?.pod;
    if (pod === undefined) await etcd.noteAdded(state.added.filter((each) => BigInt(`0x${each.id}`) !== id));
    else await etcd.noteMember(pod, { [MEMBER_ANNOTATION]: "removed", [ID_ANNOTATION]: undefined });
    const left = state.members.filter((member) => member.id !== id);
    return { header: headerOf(asked), members: messagesOf(left) };
  }),

  MemberUpdate: method(MemberUpdateRequest, MembersResponse, async ({ id, peerUrls }, asked) => {
    const { etcd, state } = asked;
    mayUpdate(state.members, id, peerUrls);
    const pod = state.members.find((member) => member.id === id)?.pod;
    if (pod !== undefined) await etcd.noteMember(pod, { [PEER_URLS_ANNOTATION]: peerUrls.join(",") });
    else {
      const hex = id.toString(16);
      await etcd.noteAdded(state.added.map((each) => (each.id === hex ? { ...each, peerURLs: peerUrls } : each)));
    }
    return { header: headerOf(asked), members: messagesOf(replace(state.members, id, { peerUrls })) };
  }),

  MemberPromote: method(MemberIdRequest, MembersResponse, async ({ id }, asked) => {
    const { etcd, state } = asked;
    mayPromote(state.members, id);
    const pod = state.members.find((member) => member.id === id)?.pod;
    await etcd.noteMember(pod, { [LEARNER_ANNOTATION]: undefined });
    return { header: headerOf(asked), members: messagesOf(replace(state.members, id, { learner: false })) };
  }),
};

function replace(members: readonly Member[], id: bigint, part: Partial<Member>): Member[] {
  return members.map((member) => (member.id === id ? { ...member, ...part } : member));
}

/** Sorted. Upstream: client/pkg/types/urls.go. @throws RpcError */
function validUrls(given: readonly string[]): string[] {
  const urls = given.map((url) => url.trim());
  const valid = urls.every(
    (url) => /^https?:\/\/(\[[^\]/]+\]|[^:/?#[\]]*):\d*(\?|#|$)/.test(url) || /^unixs?:/.test(url),
  );
  if (!valid || urls.length === 0) throw etcdError("badUrls");
  return urls.sort();
}
