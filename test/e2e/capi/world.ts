import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client, endpointOf } from "../../helpers/client.js";
import { ailments } from "./conditions.js";
import { Api, type Management } from "./management.js";
import { Metal3StandIn } from "./metal3-stand-in.js";
import { type ClusterShape, clusterObjects } from "./objects.js";
import { type Processes, until } from "./processes.js";
import type { ManagedObject } from "./providers.js";

const CAPI = "cluster.x-k8s.io/v1beta2";
const KCP = "controlplane.cluster.x-k8s.io/v1beta2";
const program = fileURLToPath(new URL("../../../dist/cli/bin.js", import.meta.url));
const run = promisify(execFile);

/** A cluster's endpoint, and the uids of some of its objects by "Kind/name". */
export interface Belongings {
  readonly endpoint: unknown;
  readonly uids: Readonly<Record<string, string>>;
}

/** A management cluster with real controllers and this program beside it, as a script sees them. */
export class World {
  readonly api: Api;
  readonly metal3: Metal3StandIn;
  /** By their kubeconfigs. */
  readonly #workloads = new Map<string, Api>();

  constructor(
    readonly management: Management,
    readonly processes: Processes,
    readonly work: string,
    readonly flags: readonly string[] = [],
  ) {
    this.api = management.api;
    this.metal3 = new Metal3StandIn(new Api(management.api.client));
  }

  /** Starts the program; its clusters come from the management cluster. */
  startFleet(): void {
    const fixed = ["--clusters", "0", "--log-level", "info", "--log-format", "text"];
    const places = ["--out", `${this.work}/fleet`, "--data-dir", `${this.work}/data`];
    const loop = [
      "--management-kubeconfig",
      this.management.kubeconfig,
      "--infrastructure",
      "PlainCluster,PlainMachine",
    ];
    const simulate = ["--simulate", "kubelet,namespace,gc,workloads"];
    this.processes.start("fleet", process.execPath, [
      program,
      ...fixed,
      ...places,
      ...loop,
      ...simulate,
      ...this.flags,
    ]);
  }

  machines(cluster: string, namespace = "default"): Promise<ManagedObject[]> {
    return this.api.list(CAPI, "Machine", namespace, `?labelSelector=cluster.x-k8s.io/cluster-name%3D${cluster}`);
  }

  controlPlane(cluster: string, namespace = "default"): Promise<ManagedObject> {
    return this.api.get(KCP, "KubeadmControlPlane", namespace, cluster);
  }

  /** A client of the workload cluster, with the kubeconfig that Cluster API made. */
  async workload(cluster: string, namespace = "default"): Promise<Api> {
    const secret = await this.api.get("v1", "Secret", namespace, `${cluster}-kubeconfig`);
    const known = this.#workloads.get(secret.data.value);
    if (known !== undefined) return known;
    const api = new Api(new Client(endpointOf(Buffer.from(secret.data.value, "base64").toString())));
    this.#workloads.set(secret.data.value, api);
    return api;
  }

  /** What keeps a cluster of that size from being called healthy, a line each. */
  async ailments(cluster: string, machines: number, namespace = "default"): Promise<string[]> {
    const objects = [
      await this.api.get(CAPI, "Cluster", namespace, cluster),
      await this.controlPlane(cluster, namespace),
    ];
    const present = await this.machines(cluster, namespace);
    const found = [...objects, ...present].flatMap(ailments);
    return present.length === machines ? found : [`${present.length} machines instead of ${machines}`, ...found];
  }

  /** Waits until a cluster has that many machines and every condition is as in good health. */
  async healthy(cluster: string, machines: number, seconds = 420, namespace = "default"): Promise<void> {
    let last: string[] = [];
    await until(`${cluster} in good health`, seconds, async () => {
      last = await this.ailments(cluster, machines, namespace);
      return last.length === 0 ? true : undefined;
    }).catch((error: Error) => {
      throw new Error([error.message, ...last].join("\n  "));
    });
  }

  /** Makes a cluster, where it is not there, and waits for its health. */
  async present(shape: ClusterShape, machines = shape.controlPlanes + shape.workers): Promise<void> {
    if (!(await this.names()).includes(shape.name)) {
      for (const object of clusterObjects(shape)) await this.api.apply(object);
    }
    await this.healthy(shape.name, machines);
  }

  /** Waits for an Event of ours on a Cluster, and returns its message. */
  async told(cluster: string, type: "Warning" | "Normal", reason: string, seconds = 180): Promise<string> {
    return until(`the Event ${type} ${reason} on ${cluster}`, seconds, async () => {
      const events = await this.api.list("v1", "Event", "default");
      return events.find(
        (event) =>
          event.type === type &&
          event.reason === reason &&
          event.involvedObject.kind === "Cluster" &&
          event.involvedObject.name === cluster,
      )?.message as string | undefined;
    });
  }

  async names(): Promise<string[]> {
    return (await this.api.list(CAPI, "Cluster", "default")).map(({ metadata }) => metadata.name);
  }

  /** What must not change when something happens to others: endpoints, and objects with their uids. */
  async belongings(clusters: readonly string[]): Promise<Record<string, Belongings>> {
    const found: Record<string, Belongings> = {};
    for (const cluster of clusters) {
      const { spec } = await this.api.get(CAPI, "Cluster", "default", cluster);
      const workload = await this.workload(cluster);
      const uids: Record<string, string> = {};
      const lists = [await workload.list("v1", "Node"), await workload.list("v1", "ConfigMap", "kube-system")];
      for (const { kind, metadata } of lists.flat()) {
        uids[`${kind}/${metadata.name}`] = metadata.uid as string;
      }
      found[cluster] = { endpoint: spec.controlPlaneEndpoint, uids };
    }
    return found;
  }

  async describe(cluster: string): Promise<string> {
    const args = ["describe", "cluster", cluster, "--kubeconfig", this.management.kubeconfig, "--show-conditions=all"];
    return (await run(this.management.clusterctl, args, { env: { ...process.env, HOME: this.work } })).stdout;
  }

  scale(cluster: string, replicas: number): Promise<unknown> {
    return this.api.merge(KCP, "KubeadmControlPlane", "default", cluster, { spec: { replicas } });
  }

  workers(cluster: string, replicas: number): Promise<unknown> {
    return this.api.merge(CAPI, "MachineDeployment", "default", cluster, { spec: { replicas } });
  }

  async upgrade(cluster: string, version: string): Promise<void> {
    await this.api.merge(KCP, "KubeadmControlPlane", "default", cluster, { spec: { version } });
    const template = { template: { spec: { version } } };
    await this.api.merge(CAPI, "MachineDeployment", "default", cluster, { spec: template });
  }
}
