import { objectAt, objectsAt, optionalStringAt, stringAt, stringMapAt } from "../kube/access.js";
import type { JsonObject, KubeObject } from "../kube/json.js";
import { type LocalClient, unless } from "../kube/local-client.js";
import { conditions, labelsOf, leaseObject, nodeInfo, nodeObject, unknownConditions } from "./node.js";
import type { NodeSpec, Now } from "./spec.js";
import { type StaticPod, staticPods } from "./static-pods.js";
import { createMissing, deleteNow } from "./writes.js";

const NODES = "/api/v1/nodes";
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
const PODS = "/api/v1/namespaces/kube-system/pods";

/** A node registers while it is not ready yet; the node controller takes this taint away once it is. */
const NOT_READY = "node.kubernetes.io/not-ready";

/**
 * The machine boots and joins: node, lease, and static pods on a control plane. A node that is there already keeps
 * what others have made of it; it gets the machine's labels, the kubelet's version, and its providerID if it has none.
 * Nothing is written that is so already.
 */
export async function joinNode(client: LocalClient, spec: NodeSpec, now: Now = Date.now): Promise<KubeObject> {
  const there = await client.find(`${NODES}/${spec.name}`);
  const node = there === undefined ? await register(client, spec, now) : await refresh(client, there, spec);
  await createMissing(client, LEASES, leaseObject(spec.name, node.metadata.uid ?? "", now()));
  for (const pod of staticPods(spec, now())) await runStaticPod(client, pod);
  return node;
}

/** The machine gets another version of Kubernetes: its kubelet tells so, and its static pods are made anew. */
export async function upgradeNode(client: LocalClient, spec: NodeSpec, now: Now = Date.now): Promise<void> {
  await joinNode(client, spec, now);
}

/** The machine is switched off: its kubelet is not heard of any more. */
export async function stopNode(client: LocalClient, name: string, now: Now = Date.now): Promise<void> {
  await setConditions(client, name, "Unknown", unknownConditions(now()));
}

/** The machine runs again, if its node is still there. */
export async function startNode(client: LocalClient, name: string, now: Now = Date.now): Promise<void> {
  await setConditions(client, name, "True", conditions(now()));
}

/** The machine is gone, and with it its node, its lease and whatever ran on it. */
export async function removeNode(client: LocalClient, name: string): Promise<void> {
  const pods = await client.list("/api/v1/pods", { fieldSelector: `spec.nodeName=${name}` });
  for (const { metadata } of pods) {
    await deleteNow(client, `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`);
  }
  await deleteNow(client, `${LEASES}/${name}`);
  await deleteNow(client, `${NODES}/${name}`);
}

async function register(client: LocalClient, spec: NodeSpec, now: Now): Promise<KubeObject> {
  const made = await unless(409, client.create(NODES, nodeObject(spec, now())));
  const node = made ?? (await client.get(`${NODES}/${spec.name}`));
  const taints = objectsAt(node, "spec", "taints");
  const left = taints.filter((taint) => taint.key !== NOT_READY);
  if (left.length === taints.length) return node;
  const patch = { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints: left } };
  return client.patch(`${NODES}/${spec.name}`, "merge", patch);
}

async function refresh(client: LocalClient, node: KubeObject, spec: NodeSpec): Promise<KubeObject> {
  const path = `${NODES}/${spec.name}`;
  const labels = differing(labelsOf(spec), stringMapAt(node, "metadata", "labels"));
  const annotations = differing(spec.annotations ?? {}, stringMapAt(node, "metadata", "annotations"));
  const known = optionalStringAt(node, "spec", "providerID");
  const providerID = known === undefined || known === "" ? spec.providerID : undefined;
  let current = node;
  if (labels !== undefined || annotations !== undefined || providerID !== undefined) {
    current = await client.patch(path, "merge", {
      metadata: { ...(labels && { labels }), ...(annotations && { annotations }) },
      ...(providerID === undefined ? {} : { spec: { providerID } }),
    });
  }
  if (stringAt(node, "status", "nodeInfo", "kubeletVersion") === spec.version) return current;
  return client.patch(`${path}/status`, "merge", { status: { nodeInfo: nodeInfo(spec) } });
}

/** Undefined when there is nothing to set. */
function differing(wanted: Readonly<Record<string, string>>, found: Record<string, string>): JsonObject | undefined {
  const entries = Object.entries(wanted).filter(([key, value]) => found[key] !== value);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** A kubelet makes a mirror anew when the manifest has changed, and never changes it. */
async function runStaticPod(client: LocalClient, pod: StaticPod): Promise<void> {
  const path = `${PODS}/${pod.object.metadata.name}`;
  const there = await client.find(path);
  const image = objectsAt(there, "spec", "containers")[0]?.image;
  if (there !== undefined && image !== pod.image) await deleteNow(client, path);
  const running = image === pod.image && objectAt(there, "status")?.phase === "Running";
  if (running) return;
  if (image !== pod.image) await unless(409, client.create(PODS, pod.object));
  await client.patch(`${path}/status`, "merge", { status: pod.status });
}

/** Written only when Ready changes. A node that is gone is left alone. */
async function setConditions(client: LocalClient, name: string, ready: string, wanted: JsonObject[]): Promise<void> {
  const node = await client.find(`${NODES}/${name}`);
  if (node === undefined) return;
  const found = objectsAt(node, "status", "conditions").find(({ type }) => type === "Ready");
  if (found?.status === ready) return;
  await client.patch(`${NODES}/${name}/status`, "strategic", { status: { conditions: wanted } });
}
