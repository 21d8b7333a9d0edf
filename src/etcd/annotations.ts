/** Of an etcd pod: "stopped" (the process is down) or "removed" (no member any more); docs/guide/etcd.md. */
export const MEMBER_ANNOTATION = "fake-apiserver/etcd-member";
/** "true": a learner. */
export const LEARNER_ANNOTATION = "fake-apiserver/etcd-learner";
/** NOSPACE, CORRUPT, or both with a comma. */
export const ALARM_ANNOTATION = "fake-apiserver/etcd-alarm";
/** Hexadecimal; of members that were added before their pod was there. */
export const ID_ANNOTATION = "fake-apiserver/etcd-id";
/** With commas between them, where they are not those of the pod's address. */
export const PEER_URLS_ANNOTATION = "fake-apiserver/etcd-peer-urls";
/** Bytes. */
export const SIZE_ANNOTATION = "fake-apiserver/etcd-db-size";
/** The revision at which the database was last defragmented. */
export const DEFRAGMENTED_ANNOTATION = "fake-apiserver/etcd-defragmented";

/** Of the namespace kube-system: the name of the member that leads. */
export const LEADER_ANNOTATION = "fake-apiserver/etcd-leader";
/** Of the namespace kube-system: counts elections. */
export const TERM_ANNOTATION = "fake-apiserver/etcd-term";
/** Of the namespace kube-system: members that have been added and have no pod yet, as JSON. */
export const ADDED_ANNOTATION = "fake-apiserver/etcd-added";
