import { Duplex } from "node:stream";
import { KubeClient } from "../../client/client.js";
import type { Connection } from "../../client/connection.js";
import { Informer } from "../../client/informer.js";
import { portForward } from "../../client/port-forward.js";
import type { Reach } from "../../cluster/spec.js";
import { StartError } from "../../cluster/start-error.js";
import type { KubeObject } from "../../kube/json.js";
import { ApiError } from "../../kube/status.js";
import { lacks } from "./differs.js";
import { FLEET, fleetOf, instanceOf, MANAGER, noted } from "./labels.js";
import { isReady } from "./verdict.js";

export interface BackingSettings {
  /** In the fleet. */
  readonly name: string;
  readonly connection: Connection;
  /** Where everything goes. It has to be there. */
  readonly namespace: string;
  /** How its servers are reached, unless a cluster says otherwise. Default "port-forward". */
  readonly reach?: Reach;
  /** Where node ports are. Default: the host of its API. */
  readonly host?: string;
  /** How many servers it takes. */
  readonly capacity?: number;
  /** How many bytes of memory its servers may ask for together. */
  readonly memory?: number;
}

const COLLECTIONS: Readonly<Record<string, string>> = {
  Secret: "/api/v1/namespaces/NS/secrets",
  Service: "/api/v1/namespaces/NS/services",
  Deployment: "/apis/apps/v1/namespaces/NS/deployments",
  StatefulSet: "/apis/apps/v1/namespaces/NS/statefulsets",
};
/** In this order everything that stands on another goes before it. */
const REMOVED = ["Deployment", "StatefulSet", "Service", "Secret"] as const;

/** A Kubernetes cluster in which kube-apiservers of ours run. Methods throw ApiError and Node's errors. */
export class BackingCluster {
  readonly #api: KubeClient;
  readonly #fleet: string;
  readonly #informers: Readonly<Record<"deployments" | "services" | "pods", Informer>>;
  readonly #listeners = new Map<string, () => void>();
  readonly #stopping = new AbortController();
  #running = false;

  /** `fleet`: by which its objects are told from others'. */
  constructor(
    readonly settings: BackingSettings,
    fleet: string,
  ) {
    this.#api = new KubeClient(settings.connection);
    this.#fleet = fleet;
    const informer = (path: string) =>
      new Informer({
        api: this.#api,
        path: async () => path,
        query: this.#selection,
        changed: (object) => this.#listeners.get(instanceOf(object))?.(),
        failed: () => undefined, // whoever needs the API asks, and hears it
        groupOf: instanceOf,
      });
    this.#informers = {
      deployments: informer(this.#collection("Deployment")),
      services: informer(this.#collection("Service")),
      pods: informer(`/api/v1/namespaces/${settings.namespace}/pods`),
    };
  }

  get name(): string {
    return this.settings.name;
  }

  /** Calls `changed` whenever what an instance has there changes. The answer ends that. */
  follow(instance: string, changed: () => void): () => void {
    if (!this.#running) {
      this.#running = true;
      for (const informer of Object.values(this.#informers)) void informer.run(this.#stopping.signal);
    }
    this.#listeners.set(instance, changed);
    return () => {
      if (this.#listeners.get(instance) === changed) this.#listeners.delete(instance);
    };
  }

  /** As it was when it was last heard of. */
  deployment(instance: string): KubeObject | undefined {
    return this.#informers.deployments.get(`${this.settings.namespace}/${instance}`);
  }

  service(instance: string): KubeObject | undefined {
    return this.#informers.services.get(`${this.settings.namespace}/${instance}`);
  }

  pods(instance: string): readonly KubeObject[] {
    return this.#informers.pods.group(instance);
  }

  /** Whether anything of what is wanted is known to be different there. */
  strays(objects: readonly KubeObject[]): boolean {
    return objects.some((wanted) => {
      const { name = "" } = wanted.metadata;
      if (wanted.kind === "Deployment") return lacks(this.deployment(name), wanted);
      return wanted.kind === "Service" && lacks(this.service(name), wanted);
    });
  }

  /** Makes objects what is wanted, one after the other; those that are so are left. @throws StartError for strangers' */
  async apply(objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) {
      const wanted = noted(object);
      const path = `${this.#collection(object.kind)}/${object.metadata.name}`;
      const found = await this.#api.find(path);
      if (found !== undefined && fleetOf(found) !== this.#fleet) throw this.#strange(found);
      if (lacks(found, wanted)) await this.#api.apply(path, wanted, MANAGER);
    }
  }

  /** Deletes all that an instance has there. */
  async remove(instance: string): Promise<void> {
    await this.prune((each) => each !== instance);
  }

  /** Deletes what this fleet has there for instances that are not wanted. Answers with how many objects. */
  async prune(wanted: (instance: string) => boolean): Promise<number> {
    let deleted = 0;
    for (const kind of REMOVED) {
      const { items } = await this.#api.list(this.#collection(kind), this.#selection);
      for (const item of items) {
        if (wanted(instanceOf(item))) continue;
        await this.#api.delete(`${this.#collection(kind)}/${item.metadata.name}`).catch((error: unknown) => {
          if (!(error instanceof ApiError && error.status.code === 404)) throw error;
        });
        deleted++;
      }
    }
    return deleted;
  }

  /** A connection to a port of a ready pod of an instance; it fails where there is none. */
  forward(instance: string, port: number): Duplex {
    const ready = this.pods(instance).filter(isReady);
    const pod = ready[Math.floor(Math.random() * ready.length)]?.metadata.name;
    if (pod !== undefined) {
      return portForward(this.settings.connection, { namespace: this.settings.namespace, pod, port });
    }
    return new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() }).destroy(
      new Error(`no pod of ${instance} in backing cluster ${this.name} is ready`),
    );
  }

  /** Whether its API answers, in this namespace. */
  async answers(): Promise<boolean> {
    try {
      await this.#api.get(this.#collection("Deployment"), { ...this.#selection, limit: "1" });
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#stopping.abort();
    this.#listeners.clear();
    this.#api.close();
  }

  get #selection() {
    return { labelSelector: `${FLEET}=${this.#fleet}` };
  }

  #collection(kind: string): string {
    const path = COLLECTIONS[kind];
    if (path === undefined) throw new Error(`no ${kind} is kept in backing clusters`);
    return path.replace("NS", this.settings.namespace);
  }

  #strange({ kind, metadata: { name, namespace } }: KubeObject): StartError {
    return new StartError(
      `${kind} ${namespace}/${name} in backing cluster ${this.name} is not this fleet's: give it another namespace, or ` +
        "delete it there",
      "conflict",
    );
  }
}
