import { randomBytes } from "node:crypto";
import type { KubeClient } from "../../client/client.js";
import { timestamp } from "../../kube/clock.js";
import type { KubeObject } from "../../kube/json.js";

const COMPONENT = "fake-apiserver";

/** Tells users of a management cluster what happens, in Events on its objects. Resolves when it is told. */
export async function recordEvent(
  api: KubeClient,
  about: KubeObject,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): Promise<void> {
  const { name = "", namespace = "default", uid = "", resourceVersion = "" } = about.metadata;
  const time = timestamp(Date.now());
  await api.create(`/api/v1/namespaces/${namespace}/events`, {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name.slice(0, 200)}.${randomBytes(8).toString("hex")}`, namespace },
    involvedObject: { apiVersion: about.apiVersion, kind: about.kind, name, namespace, uid, resourceVersion },
    type,
    reason,
    message: message.slice(0, 1024),
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
  });
}
