import { RetiredError } from "../../kube/local-client.js";
import { etcdError } from "../errors.js";
import type { Etcd } from "../etcd.js";
import type { Member } from "../member.js";
import type { Membership } from "../membership.js";
import { type Method, unary } from "../rpc/serve.js";
import type { Fields, Given, Message, ValueOf } from "../wire/message.js";
import type { MemberMessage } from "../wire/messages.js";

/** What the methods know of the connection that they are called on. */
export interface Call {
  readonly etcd: Etcd;
  /** The name of the member that is asked. */
  readonly member: string;
  readonly now: () => number;
  /** Ends the connection: its member is down. */
  readonly hangUp: () => void;
}

/** What a method is answered from. */
export interface Asked {
  readonly etcd: Etcd;
  readonly state: Membership;
  /** The member that is asked. */
  readonly self: Member;
  readonly now: () => number;
}

/** A method that takes its turn. Learners answer only what `forLearners` allows. */
export function method<Q extends Fields, A extends Fields>(
  request: Message<Q>,
  response: Message<A>,
  answer: (request: ValueOf<Q>, asked: Asked) => Promise<Given<A>> | Given<A>,
  forLearners: (request: ValueOf<Q>) => boolean = () => false,
): Method<Call> {
  return unary(request, response, async (value, { etcd, member, now, hangUp }: Call) => {
    try {
      return await etcd.turn((state) => {
        const self = state.members.find(({ name }) => name === member);
        if (!self?.running) {
          hangUp();
          throw etcdError("stopped");
        }
        if (self.learner && !forLearners(value)) throw etcdError("notForLearners");
        return answer(value, { etcd, state, self, now });
      });
    } catch (error) {
      throw error instanceof RetiredError ? etcdError("stopped") : error;
    }
  });
}

/** As the services but KV and Maintenance have it; those tell the revision, too. */
export function headerOf({ state, self }: Pick<Asked, "state" | "self">) {
  return { clusterId: state.clusterId, memberId: self.id, raftTerm: state.term };
}

export function fullHeaderOf(asked: Pick<Asked, "state" | "self">) {
  return { ...headerOf(asked), revision: asked.state.revision };
}

export function messagesOf(members: readonly Member[]): MemberGiven[] {
  return members.map(({ id, name, peerUrls, clientUrls, learner }) => ({
    id,
    name,
    peerUrls,
    clientUrls,
    isLearner: learner,
  }));
}

type MemberGiven = typeof MemberMessage extends Message<infer F> ? Given<F> : never;
