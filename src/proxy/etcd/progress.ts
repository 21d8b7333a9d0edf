/** From which patch on a minor version lets every user of a role ask for its version, and answers rightly how far watches are. */
const FIRST: Readonly<Record<string, number>> = { "3.4": 31, "3.5": 13, "3.6": 12 };

/**
 * Whether a tenant's kube-apiserver makes use of etcd's word on how far its watches are: it asks for etcd's version to
 * learn whether it may, which early 3.6 leaves to root (etcdserver/api/v3rpc/maintenance.go), and goes by that
 * (apiserver/pkg/storage/feature/feature_support_checker.go).
 */
export function tellsProgress(version: string): boolean {
  const [major, minor, patch] = version.split(".").map((part) => Number.parseInt(part, 10));
  const first = FIRST[`${major}.${minor}`];
  return first === undefined || (patch ?? 0) >= first;
}
