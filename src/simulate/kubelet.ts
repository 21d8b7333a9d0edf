import { objectsAt, stringAt, stringMapAt } from "../kube/access.js";
import { timestamp } from "../kube/clock.js";
import type { JsonObject, KubeObject } from "../kube/json.js";
import { LocalClient, unless } from "../kube/local-client.js";
import { conditions, leaseObject } from "../machines/node.js";
import type { StoredObject } from "../store/store.js";
import { follow, type Reconciler, type SimulatedCluster } from "./follow.js";
import { objectOf, stored } from "./objects.js";
import { finished, finishedStatus, isReady, runningStatus, runTime } from "./pod-status.js";

const PODS = "pods/";
const NODES = "minions/";
const LEASES = "leases/kube-node-lease/";
const MIRROR = "kubernetes.io/config.mirror";
/** On a Node: "False" and "Unknown" make it so, and its kubelet falls silent. */
const READY = "fake-apiserver/ready";

const LEASE_MS = 10_000;
/** A kubelet with nothing to say reports all the same. */
const REPORT_MS = 300_000;
/** How much renewing one Lease may take of this process's time: in a large fleet they are renewed less often. */
const LEASE_COST_MS = 2;
/** How soon a mirror is made anew, and how soon a pod is looked at whose node is not there. */
const MIRROR_MS = 1_000;
const NODELESS_MS = 5_000;

const FIELD_MANAGER = { fieldManager: "kubelet" };

/** All nodes of the process, whose leases share one processor. */
let nodes = 0;

/**
 * Plays the kubelet of every node that no one else plays: renews leases and reports, runs pods that are bound, ends
 * pods that are deleted when their grace period is over, and makes the mirrors of static pods anew.
 */
export async function kubelet(cluster: SimulatedCluster): Promise<void> {
  const nodeWork = new NodeKubelet(cluster);
  cluster.signal.addEventListener("abort", () => nodeWork.forget(), { once: true });
  await follow(cluster, nodeWork);
  await follow(cluster, new PodKubelet(cluster));
}

class NodeKubelet implements Reconciler {
  readonly prefixes = [NODES];
  readonly #cluster: SimulatedCluster;
  readonly #client: LocalClient;
  readonly #known = new Set<string>();

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    this.#client = new LocalClient(cluster.handler, "system:nodes");
  }

  forget(): void {
    nodes -= this.#known.size;
    this.#known.clear();
  }

  *keys({ key }: StoredObject, gone: boolean): Iterable<string> {
    if (this.#known.has(key) === gone) {
      nodes += gone ? -1 : 1;
      if (gone) this.#known.delete(key);
      else this.#known.add(key);
    }
    if (!gone) yield key;
  }

  async reconcile(key: string): Promise<number | undefined> {
    const node = stored(this.#cluster, key);
    if (node === undefined) return undefined;
    const asked = stringMapAt(node, "metadata", "annotations")[READY];
    const ready = objectsAt(node, "status", "conditions").find(({ type }) => type === "Ready");
    if (asked === "False" || asked === "Unknown") {
      if (ready?.status !== asked) await this.#report(node, unready(asked, this.#cluster.now()));
      await this.#taint(node, asked);
      return undefined;
    }
    const now = this.#cluster.now();
    // Another reason is somebody else's doing: a machine that is switched off, a real node controller.
    if (ready === undefined || SIMULATED.has(stringAt(ready, "reason"))) await this.#report(node, conditions(now));
    else if (ready.status !== "True") return undefined;
    else if (now - Date.parse(stringAt(ready, "lastHeartbeatTime")) >= REPORT_MS) await this.#heartbeat(node, now);
    await this.#taint(node, "True");
    return this.#renew(node, now);
  }

  /** The taints that the node controller derives from Ready. Upstream: pkg/controller/nodelifecycle. */
  async #taint(node: KubeObject, ready: string): Promise<void> {
    const taints = objectsAt(node, "spec", "taints");
    const wanted = TAINTS[ready];
    const kept = taints.filter(({ key }) => key === wanted || !DERIVED.has(String(key)));
    const missing = (wanted === undefined ? [] : ["NoSchedule", "NoExecute"]).filter(
      (effect) => !kept.some((taint) => taint.key === wanted && taint.effect === effect),
    );
    if (missing.length === 0 && kept.length === taints.length) return;
    const timeAdded = timestamp(this.#cluster.now());
    const added = missing.map((effect) => ({ key: wanted!, effect, ...(effect === "NoExecute" && { timeAdded }) }));
    const patch = { metadata: { uid: node.metadata.uid }, spec: { taints: [...kept, ...added] } };
    await unless(404, this.#client.patch(`/api/v1/nodes/${node.metadata.name}`, "merge", patch, FIELD_MANAGER));
  }

  /** Resolves to when the lease has to be renewed again. */
  async #renew(node: KubeObject, now: number): Promise<number> {
    const period = Math.max(LEASE_MS, nodes * LEASE_COST_MS);
    const name = node.metadata.name ?? "";
    const lease = stored(this.#cluster, LEASES + name);
    const path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    const fresh = leaseObject(name, node.metadata.uid ?? "", now);
    if (lease === undefined) {
      await unless(404, this.#client.create(path, fresh, FIELD_MANAGER));
      return period;
    }
    const due = Date.parse(stringAt(lease, "spec", "renewTime")) + period - now;
    // A timer runs a little late, and late is late enough.
    if (due > LEASE_MS / 10) return due;
    await this.#client.patch(
      `${path}/${name}`,
      "merge",
      { spec: (fresh as { spec?: JsonObject }).spec! },
      FIELD_MANAGER,
    );
    return period;
  }

  async #heartbeat(node: KubeObject, now: number): Promise<void> {
    const time = timestamp(now);
    const known = objectsAt(node, "status", "conditions");
    await this.#report(
      node,
      known.map(({ type }) => ({ type: type!, lastHeartbeatTime: time })),
    );
  }

  /** Conditions keep the time of their last transition where their status is what it was. */
  async #report(node: KubeObject, conditions: readonly JsonObject[]): Promise<void> {
    const known = objectsAt(node, "status", "conditions");
    const next = conditions.map((condition) => {
      const before = known.find(({ type }) => type === condition.type);
      const same = before !== undefined && before.status === condition.status;
      return same ? { ...condition, lastTransitionTime: before.lastTransitionTime } : condition;
    });
    const path = `/api/v1/nodes/${node.metadata.name}/status`;
    const kept = next.map((each) =>
      Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined)),
    );
    await unless(404, this.#client.patch(path, "strategic", { status: { conditions: kept } }, FIELD_MANAGER));
  }
}

/** By the status of Ready. */
const TAINTS: Readonly<Record<string, string>> = {
  False: "node.kubernetes.io/not-ready",
  Unknown: "node.kubernetes.io/unreachable",
};
const DERIVED = new Set(Object.values(TAINTS));

const NOT_READY = "KubeletNotReady";
const SILENT = "KubeletSilenced";
const SIMULATED = new Set([NOT_READY, SILENT]);

function unready(status: "False" | "Unknown", now: number): JsonObject[] {
  const time = timestamp(now);
  const reason = status === "False" ? NOT_READY : SILENT;
  const message = `The annotation ${READY} says so.`;
  return [{ type: "Ready", status, reason, message, lastHeartbeatTime: time, lastTransitionTime: time }];
}

class PodKubelet implements Reconciler {
  readonly prefixes = [PODS];
  readonly #cluster: SimulatedCluster;
  readonly #client: LocalClient;
  /** Mirrors that have been deleted, by key. */
  readonly #mirrors = new Map<string, { readonly pod: KubeObject; readonly due: number }>();

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    this.#client = new LocalClient(cluster.handler, "system:nodes");
  }

  *keys(object: StoredObject, gone: boolean): Iterable<string> {
    if (!gone) {
      if (object.index.fields?.["spec.nodeName"]) yield object.key;
      return;
    }
    const pod = objectOf(object);
    if (stringMapAt(pod, "metadata", "annotations")[MIRROR] === undefined) return;
    this.#mirrors.set(object.key, { pod, due: this.#cluster.now() + MIRROR_MS });
    yield object.key;
  }

  async reconcile(key: string): Promise<number | undefined> {
    const pod = stored(this.#cluster, key);
    if (pod === undefined) return this.#mirrorAnew(key);
    this.#mirrors.delete(key);
    const node = stored(this.#cluster, NODES + stringAt(pod, "spec", "nodeName"));
    if (node === undefined) return NODELESS_MS;
    if (pod.metadata.deletionTimestamp !== undefined) return this.#end(pod);
    if (silent(node)) return NODELESS_MS;
    if (finished(pod)) return undefined;
    const now = this.#cluster.now();
    if (stringAt(pod, "status", "phase") !== "Running" || !isReady(pod)) {
      await this.#status(pod, runningStatus(pod, node, now));
      return runTime(pod);
    }
    const lasts = runTime(pod);
    if (lasts === undefined) return undefined;
    const left = Date.parse(stringAt(pod, "status", "startTime")) + lasts - now;
    if (left > 0) return left;
    await this.#status(pod, finishedStatus(pod, now));
    return undefined;
  }

  /** A pod's end comes with the end of its grace period; a mirror has none. */
  async #end(pod: KubeObject): Promise<number | undefined> {
    const mirror = stringMapAt(pod, "metadata", "annotations")[MIRROR] !== undefined;
    const left = Date.parse(pod.metadata.deletionTimestamp ?? "") - this.#cluster.now();
    if (!mirror && left > 0) return left;
    const options = { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } };
    await unless(404, this.#client.delete(pathOf(pod), options));
    return undefined;
  }

  async #mirrorAnew(key: string): Promise<number | undefined> {
    const gone = this.#mirrors.get(key);
    if (gone === undefined) return undefined;
    const left = gone.due - this.#cluster.now();
    if (left > 0) return left;
    this.#mirrors.delete(key);
    const { metadata, spec, status } = gone.pod as KubeObject & { spec: JsonObject; status: JsonObject };
    const node = stored(this.#cluster, NODES + stringAt(gone.pod, "spec", "nodeName"));
    if (node === undefined || node.metadata.deletionTimestamp !== undefined) return undefined;
    const { name, namespace, labels, annotations } = metadata as JsonObject;
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels, annotations }, spec };
    const made = await unless(409, this.#client.create(`/api/v1/namespaces/${namespace}/pods`, pod, FIELD_MANAGER));
    if (made !== undefined) await this.#status(made, status);
    return undefined;
  }

  async #status(pod: KubeObject, status: JsonObject): Promise<void> {
    // The uid keeps what is meant for one pod from another of its name.
    const patch = { metadata: { uid: pod.metadata.uid }, status };
    await unless(404, this.#client.patch(`${pathOf(pod)}/status`, "merge", patch, FIELD_MANAGER));
  }
}

function pathOf({ metadata }: KubeObject): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
}

function silent(node: KubeObject): boolean {
  const asked = stringMapAt(node, "metadata", "annotations")[READY];
  return asked === "False" || asked === "Unknown";
}
