import type { KubeClient } from "../client/client.js";
import { Informer } from "../client/informer.js";
import { stringAt } from "../kube/access.js";
import type { KubeObject } from "../kube/json.js";
import { collectionPath, type Discovery } from "./api/discovery.js";
import { CAPI, clusterKeyOf, type Reference, referenceAt, referenceKey } from "./objects.js";

export interface ViewParts {
  readonly api: KubeClient;
  readonly discovery: Discovery;
  /** Undefined: all. */
  readonly namespace: string | undefined;
  /** Told of each Cluster, as "namespace/name", that something has happened to. */
  readonly changed: (cluster: string) => void;
  readonly failed: (what: string, error: unknown) => void;
  readonly absentMs: number;
}

/** What the loop knows of the management cluster: a copy of each collection that matters, kept by a watch. */
export class ManagementView {
  readonly clusters: Informer;
  readonly machines: Informer;
  readonly controlPlanes: Informer;
  readonly configs: Informer;
  readonly hosts: Informer;
  readonly #parts: ViewParts;
  readonly #infrastructure = new Map<string, Informer>();
  readonly #running = new Set<Promise<void>>();
  readonly #departed = new Map<string, KubeObject>();
  #signal: AbortSignal | undefined;

  constructor(parts: ViewParts) {
    this.#parts = parts;
    this.clusters = this.#informer(CAPI, "Cluster");
    this.machines = this.#informer(CAPI, "Machine", clusterKeyOf);
    this.controlPlanes = this.#informer(`controlplane.${CAPI}`, "KubeadmControlPlane");
    this.configs = this.#informer(`bootstrap.${CAPI}`, "KubeadmConfig");
    this.hosts = this.#informer("metal3.io", "BareMetalHost", consumerOf);
  }

  /** Follows everything until `signal` is aborted; resolves when it has. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    for (const informer of [this.clusters, this.machines, this.controlPlanes, this.configs, this.hosts]) {
      this.#start(informer);
    }
    for (const informer of this.#infrastructure.values()) this.#start(informer);
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.all(this.#running);
  }

  /** Resolves when everything has been read once. */
  async synced(): Promise<void> {
    const first = [this.clusters, this.machines, this.controlPlanes, this.configs, this.hosts];
    await Promise.all(first.map((informer) => informer.synced));
  }

  /** The collection of an infrastructure provider's kind, followed from the first time it is asked for. */
  infrastructure({ group, kind }: Pick<Reference, "group" | "kind">): Informer {
    const id = `${kind}.${group}`;
    let informer = this.#infrastructure.get(id);
    if (informer === undefined) {
      informer = this.#informer(group, kind);
      this.#infrastructure.set(id, informer);
      if (this.#signal !== undefined) this.#start(informer);
    }
    return informer;
  }

  /** The object that a field of another names; undefined where it is not there, or not yet known. */
  referred(object: KubeObject, ...path: readonly string[]): KubeObject | undefined {
    const reference = referenceAt(object, ...path);
    return reference && this.infrastructure(reference).get(referenceKey(reference));
  }

  /** The host that a Metal3Machine runs on. */
  hostOf(metal3Machine: KubeObject): KubeObject | undefined {
    const { namespace = "", name = "", annotations } = metal3Machine.metadata;
    const named = annotations?.["metal3.io/BareMetalHost"];
    return (named === undefined ? undefined : this.hosts.get(named)) ?? this.hosts.group(`${namespace}/${name}`)[0];
  }

  /** A Cluster that has gone, as it was at last; told once. */
  departed(key: string): KubeObject | undefined {
    const cluster = this.#departed.get(key);
    this.#departed.delete(key);
    return cluster;
  }

  #start(informer: Informer): void {
    const running = informer.run(this.#signal!);
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  #informer(group: string, kind: string, groupOf?: (object: KubeObject) => string | undefined): Informer {
    const { api, discovery, namespace, failed, absentMs } = this.#parts;
    return new Informer({
      api,
      path: async () => {
        const found = await discovery.find(group, kind);
        return found && collectionPath(found, namespace);
      },
      changed: (object, gone) => this.#tell(object, gone),
      failed: (error) => failed(`${kind}.${group}`, error),
      ...(groupOf === undefined ? {} : { groupOf }),
      absentMs,
    });
  }

  #tell(object: KubeObject, gone: boolean): void {
    const consumer = object.kind === "BareMetalHost" ? this.#consumer(object) : object;
    const key = consumer && clusterKeyOf(consumer);
    if (key === undefined) return;
    if (object.kind === "Cluster" && gone) this.#departed.set(key, object);
    this.#parts.changed(key);
  }

  #consumer(host: KubeObject): KubeObject | undefined {
    return this.referred(host, "spec", "consumerRef");
  }
}

/** What a BareMetalHost is used by, as "namespace/name". */
function consumerOf(host: KubeObject): string | undefined {
  const consumer = referenceAt(host, "spec", "consumerRef");
  return stringAt(host, "spec", "consumerRef", "kind") === "Metal3Machine" && consumer
    ? referenceKey(consumer)
    : undefined;
}
