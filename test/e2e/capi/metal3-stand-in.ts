import { INFRASTRUCTURE } from "./infrastructure.js";
import type { Api } from "./management.js";
import { HOSTS } from "./metal3-definitions.js";
import { nextHostChange } from "./metal3-hosts.js";
import { finalizers, Metal3Machines, ownerOf, readyStatus } from "./metal3-machines.js";
import type { ManagedObject } from "./providers.js";

const API = `${INFRASTRUCTURE}/v1beta2`;
const FINALIZER = `metal3cluster.${INFRASTRUCTURE}`;
const CLUSTER_LABEL = "cluster.x-k8s.io/cluster-name";
const PAUSE_MS = 500;

/**
 * Stands in for Metal3's controllers, CAPM3 and the Bare Metal Operator: what they write to the management cluster and
 * ask of workload clusters, without a watch, in rounds.
 */
export class Metal3StandIn {
  readonly #api: Api;
  readonly #machines: Metal3Machines;
  #stopped = false;
  #running: Promise<void> | undefined;
  /** What went wrong in the last round; everything is tried again. */
  readonly troubles = new Set<string>();

  constructor(api: Api) {
    this.#api = api;
    this.#machines = new Metal3Machines(api);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.troubles.clear();
      await this.#attempt(() => this.#round());
      await new Promise((wake) => setTimeout(wake, PAUSE_MS));
    }
  }

  async #round(): Promise<void> {
    const hosts = await this.#api.list(`${HOSTS}/v1alpha1`, "BareMetalHost");
    for (const host of hosts) await this.#attempt(() => this.#advance(host));
    const machines = await this.#api.list(API, "Metal3Machine");
    for (const cluster of await this.#api.list(API, "Metal3Cluster")) {
      await this.#attempt(() => this.#cluster(cluster, machines));
    }
    for (const machine of machines) {
      // Each may take a host, and the next has to know.
      await this.#attempt(async () =>
        this.#machines.reconcile(machine, await this.#api.list(`${HOSTS}/v1alpha1`, "BareMetalHost")),
      );
    }
  }

  async #advance(host: ManagedObject): Promise<void> {
    const { apiVersion, kind, metadata } = host;
    const change = nextHostChange(host);
    if (change?.finalizers !== undefined) {
      const { resourceVersion } = metadata;
      const patch = { metadata: { finalizers: change.finalizers, resourceVersion } };
      await this.#api.merge(apiVersion, kind, metadata.namespace, metadata.name, patch);
    }
    if (change?.status !== undefined) {
      await this.#api.status(apiVersion, kind, metadata.namespace, metadata.name, change.status);
    }
  }

  async #cluster(cluster: ManagedObject, machines: readonly ManagedObject[]): Promise<void> {
    const { name, namespace, resourceVersion, deletionTimestamp } = cluster.metadata;
    const owner = ownerOf(cluster, "Cluster");
    if (owner === undefined) return;
    const merge = (left: readonly string[]) =>
      this.#api.merge(API, "Metal3Cluster", namespace, name, { metadata: { finalizers: left, resourceVersion } });
    if (deletionTimestamp !== undefined) {
      const own = machines.filter(
        ({ metadata }) => metadata.namespace === namespace && metadata.labels?.[CLUSTER_LABEL] === owner,
      );
      if (own.length === 0) await merge(finalizers(cluster).filter((each) => each !== FINALIZER));
    } else if (!finalizers(cluster).includes(FINALIZER)) {
      await merge([...finalizers(cluster), FINALIZER]);
    } else if (cluster.spec?.controlPlaneEndpoint?.port && cluster.status?.initialization?.provisioned !== true) {
      await this.#api.status(API, "Metal3Cluster", namespace, name, readyStatus("Metal3ClusterReady"));
    }
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.troubles.add(error instanceof Error ? error.message : String(error));
    }
  }
}
