import { Message } from "../../etcd/wire/message.js";
import { Empty, ResponseHeader } from "../../etcd/wire/messages.js";

/** What is asked of an etcd; upstream: api/etcdserverpb/rpc.proto, api/mvccpb/kv.proto, api/authpb/auth.proto. */

export { Empty };

const header = { no: 1, type: ResponseHeader } as const;

export const KeyValue = new Message({
  key: { no: 1, type: "bytes" },
  createRevision: { no: 2, type: "int64" },
  modRevision: { no: 3, type: "int64" },
  version: { no: 4, type: "int64" },
  value: { no: 5, type: "bytes" },
  lease: { no: 6, type: "int64" },
});

export const RangeRequest = new Message({
  key: { no: 1, type: "bytes" },
  rangeEnd: { no: 2, type: "bytes" },
  limit: { no: 3, type: "int64" },
  revision: { no: 4, type: "int64" },
  serializable: { no: 7, type: "bool" },
  keysOnly: { no: 8, type: "bool" },
  countOnly: { no: 9, type: "bool" },
});
export const RangeResponse = new Message({
  header,
  kvs: { no: 2, type: KeyValue, list: true },
  more: { no: 3, type: "bool" },
  count: { no: 4, type: "int64" },
});

export const PutRequest = new Message({
  key: { no: 1, type: "bytes" },
  value: { no: 2, type: "bytes" },
  lease: { no: 3, type: "int64" },
  prevKv: { no: 4, type: "bool" },
});
export const PutResponse = new Message({ header, prevKv: { no: 2, type: KeyValue } });

export const DeleteRangeRequest = new Message({
  key: { no: 1, type: "bytes" },
  rangeEnd: { no: 2, type: "bytes" },
  prevKv: { no: 3, type: "bool" },
});
export const DeleteRangeResponse = new Message({
  header,
  deleted: { no: 2, type: "int64" },
  prevKvs: { no: 3, type: KeyValue, list: true },
});

/** Of `version` to `value`, the one that {@link CompareTarget} names. */
const Compare = new Message({
  result: { no: 1, type: "enum" },
  target: { no: 2, type: "enum" },
  key: { no: 3, type: "bytes" },
  version: { no: 4, type: "int64" },
  createRevision: { no: 5, type: "int64" },
  modRevision: { no: 6, type: "int64" },
  value: { no: 7, type: "bytes" },
  rangeEnd: { no: 64, type: "bytes" },
});
export const CompareResult = { equal: 0, greater: 1, less: 2, notEqual: 3 } as const;
export const CompareTarget = { version: 0, createRevision: 1, modRevision: 2, value: 3 } as const;

/** One of the three. */
const RequestOp = new Message({
  range: { no: 1, type: RangeRequest },
  put: { no: 2, type: PutRequest },
  deleteRange: { no: 3, type: DeleteRangeRequest },
});
const ResponseOp = new Message({
  range: { no: 1, type: RangeResponse },
  put: { no: 2, type: PutResponse },
  deleteRange: { no: 3, type: DeleteRangeResponse },
});
export const TxnRequest = new Message({
  compare: { no: 1, type: Compare, list: true },
  success: { no: 2, type: RequestOp, list: true },
  failure: { no: 3, type: RequestOp, list: true },
});
export const TxnResponse = new Message({
  header,
  succeeded: { no: 2, type: "bool" },
  responses: { no: 3, type: ResponseOp, list: true },
});

export const CompactionRequest = new Message({
  revision: { no: 1, type: "int64" },
  physical: { no: 2, type: "bool" },
});

const WatchCreateRequest = new Message({
  key: { no: 1, type: "bytes" },
  rangeEnd: { no: 2, type: "bytes" },
  startRevision: { no: 3, type: "int64" },
  progressNotify: { no: 4, type: "bool" },
  prevKv: { no: 6, type: "bool" },
  fragment: { no: 8, type: "bool" },
});
export const WatchRequest = new Message({
  create: { no: 1, type: WatchCreateRequest },
  progress: { no: 3, type: new Message({}) },
});
const Event = new Message({
  type: { no: 1, type: "enum" },
  kv: { no: 2, type: KeyValue },
  prevKv: { no: 3, type: KeyValue },
});
/** The type of an event that is no put. */
export const DELETE = 1;
export const WatchResponse = new Message({
  header,
  created: { no: 3, type: "bool" },
  canceled: { no: 4, type: "bool" },
  compactRevision: { no: 5, type: "int64" },
  cancelReason: { no: 6, type: "string" },
  fragment: { no: 7, type: "bool" },
  events: { no: 11, type: Event, list: true },
});

export const LeaseGrantRequest = new Message({ ttl: { no: 1, type: "int64" }, id: { no: 2, type: "int64" } });
export const LeaseGrantResponse = new Message({
  header,
  id: { no: 2, type: "int64" },
  ttl: { no: 3, type: "int64" },
});
export const LeaseRevokeRequest = new Message({ id: { no: 1, type: "int64" } });
export const LeaseRevokeResponse = new Message({ header });
export const LeaseKeepAliveRequest = new Message({ id: { no: 1, type: "int64" } });
export const LeaseKeepAliveResponse = new Message({
  header,
  id: { no: 2, type: "int64" },
  ttl: { no: 3, type: "int64" },
});

export const AuthenticateRequest = new Message({
  name: { no: 1, type: "string" },
  password: { no: 2, type: "string" },
});
export const AuthenticateResponse = new Message({ header, token: { no: 2, type: "string" } });
export const UserAddRequest = new Message({
  name: { no: 1, type: "string" },
  password: { no: 2, type: "string" },
  options: { no: 3, type: new Message({ noPassword: { no: 1, type: "bool" } }) },
});
/** Of UserGet, UserDelete and RoleAdd. */
export const NameRequest = new Message({ name: { no: 1, type: "string" } });
/** Of UserGet and RoleList. */
export const RolesResponse = new Message({ header, roles: { no: 2, type: "string", list: true } });
export const UsersResponse = new Message({ header, users: { no: 2, type: "string", list: true } });
export const UserGrantRoleRequest = new Message({
  user: { no: 1, type: "string" },
  role: { no: 2, type: "string" },
});
/** Of RoleGet and RoleDelete. */
export const RoleRequest = new Message({ role: { no: 1, type: "string" } });
export const Permission = new Message({
  type: { no: 1, type: "enum" },
  key: { no: 2, type: "bytes" },
  rangeEnd: { no: 3, type: "bytes" },
});
export const READ = 0;
export const READWRITE = 2;
export const RoleGetResponse = new Message({ header, permissions: { no: 2, type: Permission, list: true } });
export const GrantPermissionRequest = new Message({
  name: { no: 1, type: "string" },
  permission: { no: 2, type: Permission },
});

export type EtcdKeyValue = ReturnType<typeof KeyValue.decode>;
export type EtcdPermission = ReturnType<typeof Permission.decode>;
