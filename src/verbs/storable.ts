import { encodeProto } from "../codec/protobuf/encode.js";
import type { KubeObject } from "../kube/json.js";
import { ApiError } from "../kube/status.js";
import type { StorageResource } from "../schema/model.js";
import type { EncodedObject } from "../store/store.js";

/** What etcd takes at most (--max-request-bytes), and what its client sends at most (clientv3/options.go). */
const ETCD_LIMIT = 1.5 * 1024 * 1024;
const SEND_LIMIT = 2 * 1024 * 1024;
/** About what the transaction around an object adds to it. */
const OVERHEAD = 256;

/**
 * Refuses objects that a real server's etcd would not take, in the words that come from there. Few are large enough to
 * be measured in etcd's own encoding. @throws ApiError 500
 */
export function checkStorable(encoded: EncodedObject, object: KubeObject, storage: StorageResource): void {
  const text = encoded.head.length + encoded.tail.length;
  if (text <= ETCD_LIMIT) return;
  const bytes = storage.encoding === "json" ? text : encodeProto(object, storage.type).length;
  const size = bytes + OVERHEAD;
  if (size <= ETCD_LIMIT) return;
  const sent = `rpc error: code = ResourceExhausted desc = trying to send message larger than max (${size} vs. ${SEND_LIMIT})`;
  const message = size > SEND_LIMIT ? sent : "etcdserver: request is too large";
  throw new ApiError({ code: 500, reason: "", message });
}
