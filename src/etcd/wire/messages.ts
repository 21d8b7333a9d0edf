import { Message } from "./message.js";

/** The messages of etcd that are understood here; upstream: api/etcdserverpb/rpc.proto. */

export const ResponseHeader = new Message({
  clusterId: { no: 1, type: "uint64" },
  memberId: { no: 2, type: "uint64" },
  revision: { no: 3, type: "int64" },
  raftTerm: { no: 4, type: "uint64" },
});

const header = { no: 1, type: ResponseHeader } as const;

export const Empty = new Message({});
export const HeaderOnly = new Message({ header });

export const MemberMessage = new Message({
  id: { no: 1, type: "uint64" },
  name: { no: 2, type: "string" },
  peerUrls: { no: 3, type: "string", list: true },
  clientUrls: { no: 4, type: "string", list: true },
  isLearner: { no: 5, type: "bool" },
});

const members = { no: 2, type: MemberMessage, list: true } as const;

export const MemberAddRequest = new Message({
  peerUrls: { no: 1, type: "string", list: true },
  isLearner: { no: 2, type: "bool" },
});
export const MemberAddResponse = new Message({
  header,
  member: { no: 2, type: MemberMessage },
  members: { no: 3, type: MemberMessage, list: true },
});
export const MemberUpdateRequest = new Message({
  id: { no: 1, type: "uint64" },
  peerUrls: { no: 2, type: "string", list: true },
});
/** Of MemberRemove and MemberPromote. */
export const MemberIdRequest = new Message({ id: { no: 1, type: "uint64" } });
export const MemberListRequest = new Message({ linearizable: { no: 1, type: "bool" } });
/** Of MemberList, MemberRemove, MemberUpdate and MemberPromote. */
export const MembersResponse = new Message({ header, members });

export const AlarmRequest = new Message({
  action: { no: 1, type: "enum" },
  memberId: { no: 2, type: "uint64" },
  alarm: { no: 3, type: "enum" },
});
export const AlarmResponse = new Message({
  header,
  alarms: {
    no: 2,
    list: true,
    type: new Message({ memberId: { no: 1, type: "uint64" }, alarm: { no: 2, type: "enum" } }),
  },
});

export const StatusResponse = new Message({
  header,
  version: { no: 2, type: "string" },
  dbSize: { no: 3, type: "int64" },
  leader: { no: 4, type: "uint64" },
  raftIndex: { no: 5, type: "uint64" },
  raftTerm: { no: 6, type: "uint64" },
  raftAppliedIndex: { no: 7, type: "uint64" },
  errors: { no: 8, type: "string", list: true },
  dbSizeInUse: { no: 9, type: "int64" },
  isLearner: { no: 10, type: "bool" },
  storageVersion: { no: 11, type: "string" },
  downgradeInfo: {
    no: 13,
    type: new Message({ enabled: { no: 1, type: "bool" }, targetVersion: { no: 2, type: "string" } }),
  },
});

export const MoveLeaderRequest = new Message({ targetId: { no: 1, type: "uint64" } });

export const HashKvRequest = new Message({ revision: { no: 1, type: "int64" } });
export const HashKvResponse = new Message({
  header,
  hash: { no: 2, type: "uint32" },
  compactRevision: { no: 3, type: "int64" },
  hashRevision: { no: 4, type: "int64" },
});

export const RangeRequest = new Message({
  key: { no: 1, type: "bytes" },
  rangeEnd: { no: 2, type: "bytes" },
  serializable: { no: 7, type: "bool" },
});

/** grpc.health.v1 */
export const HealthCheckRequest = new Message({ service: { no: 1, type: "string" } });
export const HealthCheckResponse = new Message({ status: { no: 1, type: "enum" } });
