import { objectsAt, stringAt, valueAt } from "../../kube/access.js";
import type { Json, JsonObject, KubeObject } from "../../kube/json.js";
import { unless } from "../../kube/local-client.js";
import { quantityOf } from "../../kube/quantity.js";
import type { SimulatedCluster } from "../follow.js";
import { finished } from "../pod-status.js";
import { conditionsWith } from "./conditions.js";
import { misfit } from "./node-fit.js";
import { podsPath } from "./pods.js";
import { type Seen, type Workload, Workspace } from "./workspace.js";

const PODS = "pods/";
const NODES = "minions/";

/** Milli-CPUs and bytes. */
interface Load {
  readonly cpu: number;
  readonly memory: number;
}

/**
 * Binds pods to the node among those that fit on which least has been asked for. Affinity between pods, spread, ports
 * and volumes are not looked at.
 */
export class Scheduler implements Workload {
  readonly prefixes = [PODS, NODES];
  readonly #space: Workspace;
  readonly #bound = new Map<string, Load & { readonly node: string }>();
  readonly #loads = new Map<string, Load & { readonly pods: number }>();
  readonly #waiting = new Set<string>();

  constructor(cluster: SimulatedCluster) {
    this.#space = new Workspace(cluster, "system:kube-scheduler");
  }

  *keys({ key, object, gone }: Seen): Iterable<string> {
    if (key.startsWith(NODES)) return yield* gone ? [] : this.#waiting;
    const node = stringAt(object, "spec", "nodeName");
    const ended = gone || finished(object);
    const freed = this.#bound.has(key) && ended;
    // What has just been bound may be told of as it was before.
    if (node !== "" || ended) this.#count(key, ended ? undefined : { node, ...requestsOf(object) });
    if (ended) this.#waiting.delete(key);
    else if (node === "") yield key;
    if (freed) yield* this.#waiting;
  }

  #count(key: string, load: (Load & { readonly node: string }) | undefined): void {
    const before = this.#bound.get(key);
    if (before !== undefined) this.#add(before, -1);
    if (load === undefined) this.#bound.delete(key);
    else {
      this.#bound.set(key, load);
      this.#add(load, 1);
    }
  }

  #add({ node, cpu, memory }: Load & { readonly node: string }, sign: number): void {
    const { pods, ...sum } = this.#loads.get(node) ?? { cpu: 0, memory: 0, pods: 0 };
    if (pods + sign === 0) this.#loads.delete(node);
    else this.#loads.set(node, { cpu: sum.cpu + sign * cpu, memory: sum.memory + sign * memory, pods: pods + sign });
  }

  async reconcile(key: string): Promise<undefined> {
    const pod = this.#space.get(key);
    this.#waiting.delete(key);
    if (pod === undefined || stringAt(pod, "spec", "nodeName") !== "" || finished(pod)) return;
    if (pod.metadata.deletionTimestamp !== undefined || objectsAt(pod, "spec", "schedulingGates").length > 0) return;
    if (stringAt(pod, "spec", "schedulerName") !== "default-scheduler") return;
    const asked = requestsOf(pod);
    const why = new Map<string, number>();
    const fitting = [...this.#space.all(NODES)].filter((node) => {
      const reason = misfit(pod, node) ?? this.#full(node, asked);
      if (reason !== undefined) why.set(reason, (why.get(reason) ?? 0) + 1);
      return reason === undefined;
    });
    const [best] = fitting.map((node) => ({ node, used: this.#used(node, asked) })).sort((a, b) => a.used - b.used);
    if (best === undefined) return this.#tell(key, pod, why);
    const { namespace = "", name = "", uid = "" } = pod.metadata;
    const target = { apiVersion: "v1", kind: "Node", name: best.node.metadata.name! };
    const binding = { apiVersion: "v1", kind: "Binding", metadata: { namespace, name, uid }, target };
    await unless(404, this.#space.client.create(`${podsPath(namespace, name)}/binding`, binding));
    this.#count(key, { node: target.name, ...asked });
  }

  async #tell(key: string, pod: KubeObject, why: ReadonlyMap<string, number>): Promise<undefined> {
    this.#waiting.add(key);
    const nodes = [...why.values()].reduce((sum, count) => sum + count, 0);
    const reasons = [...why].map(([reason, count]) => `${count} ${reason}`).sort();
    const message =
      nodes === 0 ? "no nodes available to schedule pods" : `0/${nodes} nodes are available: ${reasons.join(", ")}.`;
    const told = { type: "PodScheduled", status: "False", reason: "Unschedulable", message } as const;
    const conditions = conditionsWith(pod, [told], this.#space.now);
    await this.#space.status(podsPath(pod.metadata.namespace, pod.metadata.name), pod, { conditions });
  }

  #full(node: KubeObject, asked: Load): string | undefined {
    const name = node.metadata.name ?? "";
    const used = this.#loads.get(name) ?? { cpu: 0, memory: 0, pods: 0 };
    const room = roomOf(node);
    if (used.pods + 1 > room.pods) return "Too many pods";
    if (asked.cpu > 0 && used.cpu + asked.cpu > room.cpu) return "Insufficient cpu";
    if (asked.memory > 0 && used.memory + asked.memory > room.memory) return "Insufficient memory";
    return undefined;
  }

  /** From 0, nothing, to 3, full in every way. */
  #used(node: KubeObject, asked: Load): number {
    const used = this.#loads.get(node.metadata.name ?? "") ?? { cpu: 0, memory: 0, pods: 0 };
    const room = roomOf(node);
    const part = (wanted: number, there: number) => (there > 0 && there < Number.MAX_VALUE ? wanted / there : 0);
    return (
      part(used.cpu + asked.cpu, room.cpu) +
      part(used.memory + asked.memory, room.memory) +
      part(used.pods + 1, room.pods === Number.MAX_VALUE ? 110 : room.pods)
    );
  }
}

/** What a node has; of what it does not tell there is enough. */
function roomOf(node: KubeObject): Load & { readonly pods: number } {
  const of = (name: string, scale: number) => {
    const value = valueAt(node, "status", "allocatable", name);
    return value === undefined ? Number.MAX_VALUE : amount(value, scale);
  };
  return { cpu: of("cpu", -3), memory: of("memory", 0), pods: of("pods", 0) };
}

function amount(value: Json, scale: number): number {
  return Number(quantityOf(value).scaled(scale));
}

/** What its containers ask for together, or one of the init containers alone where that is more. */
function requestsOf(pod: KubeObject): Load {
  const of = (container: JsonObject, name: string, scale: number) => {
    const value = valueAt(container, "resources", "requests", name);
    return value === undefined ? 0 : amount(value, scale);
  };
  const total = (name: string, scale: number) => {
    const sum = objectsAt(pod, "spec", "containers").reduce((so, each) => so + of(each, name, scale), 0);
    return Math.max(sum, ...objectsAt(pod, "spec", "initContainers").map((each) => of(each, name, scale)));
  };
  return { cpu: total("cpu", -3), memory: total("memory", 0) };
}
