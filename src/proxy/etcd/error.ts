/** gRPC's codes by number; upstream: google.golang.org/grpc/codes. */
const CODES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

export type EtcdCode = (typeof CODES)[number];

/** What etcd's errors are told apart by beyond their code: their texts, without "etcdserver: ". */
export const ETCD = {
  userExists: "user name already exists",
  roleExists: "role name already exists",
  userNotFound: "user name not found",
  roleNotFound: "role name not found",
  roleNotGranted: "role is not granted to the user",
  userEmpty: "user name is empty",
  wrongPassword: "authentication failed, invalid user ID or password",
  authOff: "authentication is not enabled",
  denied: "permission denied",
  badToken: "invalid auth token",
  oldAuth: "revision of auth store is old",
  compacted: "mvcc: required revision has been compacted",
} as const;

/** What etcd's early versions call the same, whole: 3.4.15 does, 3.4.23 does not. */
const EARLIER: Partial<Record<keyof typeof ETCD, string>> = { oldAuth: "auth: revision in header is old" };

/** A call that failed: etcd's answer, or that there is none (UNAVAILABLE, DEADLINE_EXCEEDED). */
export class EtcdError extends Error {
  constructor(
    readonly code: EtcdCode,
    message: string,
  ) {
    super(message);
    this.name = "EtcdError";
  }

  static of(code: number, message: string): EtcdError {
    return new EtcdError(CODES[code] ?? "UNKNOWN", message);
  }

  /** Whether it is that error of etcd. */
  is(error: keyof typeof ETCD): boolean {
    return this.message === `etcdserver: ${ETCD[error]}` || this.message === EARLIER[error];
  }
}

/** Whether something thrown is one of these errors of etcd. */
export function isEtcdError(thrown: unknown, ...errors: readonly (keyof typeof ETCD)[]): thrown is EtcdError {
  return thrown instanceof EtcdError && errors.some((error) => thrown.is(error));
}
