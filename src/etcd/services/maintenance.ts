import { createHash } from "node:crypto";
import { ALARM_ANNOTATION, DEFRAGMENTED_ANNOTATION, SIZE_ANNOTATION } from "../annotations.js";
import { etcdError } from "../errors.js";
import { ALARMS, type Alarm, annotationOf, type Member } from "../member.js";
import type { Membership } from "../membership.js";
import { requireQuorum } from "../quorum.js";
import type { Method } from "../rpc/serve.js";
import { Code, RpcError } from "../rpc/status.js";
import { imageVersion, isFrom36, kubeadmVersion } from "../version.js";
import {
  AlarmRequest,
  AlarmResponse,
  Empty,
  HashKvRequest,
  HashKvResponse,
  HeaderOnly,
  MoveLeaderRequest,
  StatusResponse,
} from "../wire/messages.js";
import { type Asked, type Call, fullHeaderOf, method } from "./call.js";

const GET = 0;
const ACTIVATE = 1;
const DEACTIVATE = 2;
const NONE = 0;

/** etcdserverpb.Maintenance; upstream: etcdserver/api/v3rpc/maintenance.go. */
export const maintenanceService: Readonly<Record<string, Method<Call>>> = {
  Status: method(
    Empty,
    StatusResponse,
    async (_request, asked) => {
      const { etcd, state, self } = asked;
      const version = imageVersion(self.pod) ?? kubeadmVersion(await etcd.kubeletVersion(self.name));
      const used = usedBytes(state.revision);
      const alarms = raisedIn(state).map(({ memberId, alarm }) => `memberID:${memberId} alarm:${nameOf(alarm)} `);
      return {
        header: fullHeaderOf(asked),
        version,
        dbSize: sizeOf(self, state.revision),
        dbSizeInUse: used,
        leader: state.leader?.id ?? 0n,
        raftIndex: indexOf(state),
        raftAppliedIndex: indexOf(state),
        raftTerm: state.term,
        isLearner: self.learner,
        errors: [...(state.leader === undefined ? ["etcdserver: no leader"] : []), ...alarms],
        ...(isFrom36(version) ? { storageVersion: "3.6.0", downgradeInfo: {} } : {}),
      };
    },
    () => true,
  ),

  Alarm: method(AlarmRequest, AlarmResponse, async ({ action, memberId, alarm }, asked) => {
    const { state } = asked;
    requireQuorum(state.members);
    const header = fullHeaderOf(asked);
    if (action === GET) {
      return { header, alarms: raisedIn(state).filter((each) => alarm === NONE || each.alarm === alarm) };
    }
    const name = nameOf(alarm);
    if (name === undefined || (action !== ACTIVATE && action !== DEACTIVATE)) return { header };
    const there = raisedIn(state).some((each) => each.memberId === memberId && each.alarm === alarm);
    if (action === DEACTIVATE && !there) return { header };
    await setAlarm(asked, memberId, name, action === ACTIVATE);
    return { header, alarms: [{ memberId, alarm }] };
  }),

  Defragment: method(Empty, HeaderOnly, async (_request, { etcd, state, self }) => {
    const notes = { [DEFRAGMENTED_ANNOTATION]: String(state.revision), [SIZE_ANNOTATION]: undefined };
    await etcd.noteMember(self.pod, notes);
    return {};
  }),

  HashKV: method(HashKvRequest, HashKvResponse, async ({ revision }, asked) => {
    const { etcd, state, self } = asked;
    const at = revision > 0n ? revision : state.revision;
    if (at > state.revision) throw etcdError("futureRevision");
    const version = imageVersion(self.pod) ?? kubeadmVersion(await etcd.kubeletVersion(self.name));
    // All members hold the same.
    const hash = createHash("sha256").update(`${state.clusterId}/${at}`).digest().readUInt32BE();
    const more = isFrom36(version) ? { hashRevision: at } : {};
    return { header: fullHeaderOf(asked), hash, compactRevision: -1n, ...more };
  }),

  MoveLeader: method(MoveLeaderRequest, HeaderOnly, async ({ targetId }, { etcd, state, self }) => {
    if (state.leader?.id !== self.id) throw etcdError("notLeader");
    const target = state.members.find(({ id }) => id === targetId);
    if (target === undefined || target.learner) throw etcdError("badTransferee");
    if (target.id === self.id) return {};
    if (!target.running) throw etcdError("transferTimeout");
    await etcd.noteLeader(target, state.term + 1n);
    return {};
  }),
};

function raisedIn({ members }: Membership): { memberId: bigint; alarm: number }[] {
  return members.flatMap(({ id, alarms }) => alarms.map((alarm) => ({ memberId: id, alarm: ALARMS[alarm] })));
}

function nameOf(alarm: number): Alarm | undefined {
  return (Object.keys(ALARMS) as Alarm[]).find((name) => ALARMS[name] === alarm);
}

/** etcd takes alarms of members that are not there, for which there is no place here. @throws RpcError */
async function setAlarm({ etcd, state }: Asked, id: bigint, alarm: Alarm, raised: boolean): Promise<void> {
  const member = state.members.find((each) => each.id === id);
  if (member?.pod === undefined) {
    throw new RpcError(Code.UNIMPLEMENTED, `there is no started member ${id.toString(16)} that could have an alarm`);
  }
  const others = member.alarms.filter((each) => each !== alarm);
  const all = raised ? [...others, alarm] : others;
  await etcd.noteMember(member.pod, { [ALARM_ANNOTATION]: all.length === 0 ? undefined : all.join(",") });
}

const PAGE = 4096n;

/** What a database of so many revisions may take: there is none to be measured. */
function usedBytes(revision: bigint): bigint {
  return ((20_480n + revision * 512n) / PAGE) * PAGE;
}

/** A quarter of what has come since the last defragmentation is free space. */
function sizeOf({ pod }: Member, revision: bigint): bigint {
  const given = pod === undefined ? "" : annotationOf(pod, SIZE_ANNOTATION);
  if (/^\d{1,18}$/.test(given)) return BigInt(given);
  const mark = pod === undefined ? "" : annotationOf(pod, DEFRAGMENTED_ANNOTATION);
  const since = /^\d{1,18}$/.test(mark) && BigInt(mark) < revision ? BigInt(mark) : mark === "" ? 0n : revision;
  const grown = usedBytes(revision) - usedBytes(since);
  return usedBytes(revision) + (grown / 4n / PAGE) * PAGE;
}

/** Each revision is an entry of the log, and so is each election. */
function indexOf({ revision, term }: Membership): bigint {
  return revision + term;
}
