import { Code, RpcError } from "./rpc/status.js";

/** What etcd answers in place of OK; upstream: api/v3rpc/rpctypes/error.go. */
const ERRORS = {
  emptyKey: [Code.INVALID_ARGUMENT, "key is not provided"],
  futureRevision: [Code.OUT_OF_RANGE, "mvcc: required revision is a future revision"],
  memberExists: [Code.FAILED_PRECONDITION, "member ID already exist"],
  peerUrlExists: [Code.FAILED_PRECONDITION, "Peer URLs already exists"],
  notEnoughStarted: [Code.FAILED_PRECONDITION, "re-configuration failed due to not enough started members"],
  badUrls: [Code.INVALID_ARGUMENT, "given member URLs are invalid"],
  memberNotFound: [Code.NOT_FOUND, "member not found"],
  notLearner: [Code.FAILED_PRECONDITION, "can only promote a learner member"],
  learnerNotReady: [Code.FAILED_PRECONDITION, "can only promote a learner member which is in sync with leader"],
  tooManyLearners: [Code.FAILED_PRECONDITION, "too many learner members in cluster"],
  notLeader: [Code.FAILED_PRECONDITION, "not leader"],
  stopped: [Code.UNAVAILABLE, "server stopped"],
  timeout: [Code.UNAVAILABLE, "request timed out"],
  unhealthy: [Code.UNAVAILABLE, "unhealthy cluster"],
  corrupt: [Code.DATA_LOSS, "corrupt cluster"],
  notForLearners: [Code.FAILED_PRECONDITION, "rpc not supported for learner"],
  badTransferee: [Code.FAILED_PRECONDITION, "bad leader transferee"],
  /** Not one of rpctypes, so that gRPC knows no code for it; upstream: etcdserver/errors. */
  transferTimeout: [Code.UNKNOWN, "request timed out, leader transfer took too long"],
} as const;

export type EtcdErrorName = keyof typeof ERRORS;

export function etcdError(name: EtcdErrorName): RpcError {
  const [code, text] = ERRORS[name];
  return new RpcError(code, `etcdserver: ${text}`);
}
