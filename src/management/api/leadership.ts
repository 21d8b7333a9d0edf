import type { KubeClient } from "../../client/client.js";
import { pause } from "../../client/pause.js";
import { numberAt, stringAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { ApiError } from "../../kube/status.js";

export interface LeadershipSettings {
  readonly namespace: string;
  readonly name: string;
  /** The same after a restart, so that this does not wait for itself. */
  readonly identity: string;
  /** How long the Lease holds without being renewed. */
  readonly durationMs: number;
  readonly renewMs: number;
}

/** Keeps two loops from acting on the same management cluster: who holds the Lease acts. */
export class Leadership {
  readonly #api: KubeClient;
  readonly #settings: LeadershipSettings;
  readonly #told: (leads: boolean) => void;
  readonly #failed: (error: unknown) => void;
  #leads = false;
  #renewed = 0;
  /** Another's Lease as it was last seen to change: clocks of other machines are not trusted. */
  #other: { readonly version: string; readonly at: number } | undefined;

  constructor(
    api: KubeClient,
    settings: LeadershipSettings,
    parts: { readonly told: (leads: boolean) => void; readonly failed: (error: unknown) => void },
  ) {
    this.#api = api;
    this.#settings = settings;
    this.#told = parts.told;
    this.#failed = parts.failed;
  }

  get leads(): boolean {
    return this.#leads;
  }

  /** Runs until `signal` is aborted, then gives the Lease back. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#become(await this.#acquire());
      } catch (error) {
        // Whoever can't renew in time must think that somebody else has it.
        if (performance.now() - this.#renewed > this.#settings.durationMs) this.#become(false);
        if (!(error instanceof ApiError && error.status.code === 409)) this.#failed(error);
      }
      await pause(this.#settings.renewMs, signal);
    }
    if (this.#leads) await this.#release().catch(this.#failed);
    this.#become(false);
  }

  async #acquire(): Promise<boolean> {
    const { name, identity } = this.#settings;
    const began = performance.now();
    const lease = await this.#api.find(`${this.#collection}/${name}`);
    const holder = stringAt(lease, "spec", "holderIdentity");
    if (lease !== undefined && holder !== "" && holder !== identity && !this.#outlived(lease)) return false;
    const next = this.#lease(identity, lease, holder !== identity);
    if (lease === undefined) await this.#api.create(this.#collection, next);
    else await this.#api.update(`${this.#collection}/${name}`, next);
    this.#renewed = began;
    this.#other = undefined;
    return true;
  }

  #outlived(lease: KubeObject): boolean {
    const version = lease.metadata.resourceVersion ?? "";
    if (this.#other?.version !== version) this.#other = { version, at: performance.now() };
    return performance.now() - this.#other.at > numberAt(lease, "spec", "leaseDurationSeconds") * 1000;
  }

  async #release(): Promise<void> {
    const path = `${this.#collection}/${this.#settings.name}`;
    const lease = await this.#api.find(path);
    if (stringAt(lease, "spec", "holderIdentity") !== this.#settings.identity) return;
    await this.#api.update(path, this.#lease("", lease, false));
  }

  get #collection(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.#settings.namespace}/leases`;
  }

  #lease(holderIdentity: string, before: KubeObject | undefined, taken: boolean): JsonObject {
    const { namespace, name, durationMs } = this.#settings;
    const now = new Date().toISOString().replace("Z", "000Z");
    const spec = (before?.spec ?? {}) as JsonObject;
    return {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: {
        name,
        namespace,
        ...(before === undefined ? {} : { resourceVersion: before.metadata.resourceVersion }),
      },
      spec: {
        ...spec,
        holderIdentity,
        leaseDurationSeconds: Math.max(1, Math.round(durationMs / 1000)),
        renewTime: now,
        ...(taken ? { acquireTime: now, leaseTransitions: numberAt(spec, "leaseTransitions") + 1 } : {}),
      },
    };
  }

  #become(leads: boolean): void {
    if (this.#leads === leads) return;
    this.#leads = leads;
    this.#told(leads);
  }
}
