import type { KubeClient } from "../client/client.js";
import { managedName } from "../cluster/spec.js";
import { type Delays, draw } from "../config/delays.js";
import { objectsAt, stringAt, valueAt } from "../kube/access.js";
import { timestamp } from "../kube/clock.js";
import type { JsonObject, KubeObject } from "../kube/json.js";
import { addressOf } from "../machines/addresses.js";
import { type Discovery, objectPath } from "./api/discovery.js";
import { endpointAt, type HostAndPort, isDeleting, isPaused, ownerOf } from "./objects.js";
import type { ManagedFleet } from "./settings.js";
import type { ManagementView } from "./view.js";

export interface InfrastructureParts {
  readonly api: KubeClient;
  readonly discovery: Discovery;
  readonly view: ManagementView;
  readonly fleet: ManagedFleet;
  /** Kinds, or "all". */
  readonly kinds: ReadonlySet<string>;
  readonly delays: Delays;
}

/**
 * A provider without infrastructure: makes the objects of infrastructure kinds ready by themselves, as both contracts
 * of Cluster API have it. What a CRD's version has no field for, the server drops.
 */
export class Infrastructure {
  readonly #parts: InfrastructureParts;
  /** When what is being provisioned will be, by uid. */
  readonly #due = new Map<string, number>();
  /** What was written last to objects that the view has not seen change since, by uid. */
  readonly #written = new Map<string, string | undefined>();

  constructor(parts: InfrastructureParts) {
    this.#parts = parts;
  }

  provides(kind: string): boolean {
    const { kinds } = this.#parts;
    return kinds.has(kind) || (kinds.has("all") && kind !== "");
  }

  /** Gives a Cluster its endpoint, a port of the fleet that is then its own, and makes its infrastructure ready. */
  async makeCluster(cluster: KubeObject): Promise<void> {
    const object = this.#parts.view.referred(cluster, "spec", "infrastructureRef");
    if (object === undefined || !this.#mayMake(cluster, object, "Cluster")) return;
    if (endpointAt(object) === undefined) {
      const { host, port } = endpointAt(cluster) ?? (await this.#reserve(cluster));
      await this.#write(object, { spec: { controlPlaneEndpoint: { host, port } } });
    }
    if (!isReady(object)) await this.#write(object, { status: readyStatus() }, true);
  }

  /** Undefined, or in how many milliseconds the machine will be there. */
  async makeMachine(cluster: KubeObject, machine: KubeObject): Promise<number | undefined> {
    const object = this.#parts.view.referred(machine, "spec", "infrastructureRef");
    if (object === undefined || !this.#mayMake(cluster, object, "Machine") || isDeleting(machine)) return undefined;
    if (stringAt(machine, "spec", "bootstrap", "dataSecretName") === "") return undefined;
    const left = this.#left(machine, object);
    if (left > 0) return left;
    if (stringAt(object, "spec", "providerID") === "") {
      await this.#write(object, { spec: { providerID: providerIdOf(object) } });
    }
    if (!isReady(object)) {
      const address = addressOf(machine.metadata.name ?? "");
      const addresses = [
        { type: "InternalIP", address },
        { type: "Hostname", address: machine.metadata.name ?? "" },
      ];
      await this.#write(object, { status: { ...readyStatus(), addresses } }, true);
    }
    return undefined;
  }

  #mayMake(cluster: KubeObject, object: KubeObject, owner: "Cluster" | "Machine"): boolean {
    if (!this.provides(object.kind) || isDeleting(object) || isPaused(cluster, object)) return false;
    const { uid = "", resourceVersion } = object.metadata;
    if (this.#written.get(uid) === resourceVersion) return false;
    this.#written.delete(uid);
    return ownerOf(object, owner) !== undefined;
  }

  async #reserve(cluster: KubeObject): Promise<HostAndPort> {
    const { namespace = "", name = "" } = cluster.metadata;
    const live = await this.#parts.fleet.ensure({ name: managedName(namespace, name), caComesLater: true });
    const { host, port, serverName } = live.endpoint;
    return { host: serverName ?? host, port };
  }

  #left(machine: KubeObject, object: KubeObject): number {
    const uid = machine.metadata.uid ?? "";
    const due = this.#due.get(uid) ?? performance.now() + draw(this.#parts.delays.provisioning, Math.random());
    const left = isReady(object) ? 0 : due - performance.now();
    if (left > 0) this.#due.set(uid, due);
    else this.#due.delete(uid);
    return left;
  }

  async #write(object: KubeObject, patch: JsonObject, status = false): Promise<void> {
    await this.#parts.api.patch(await objectPath(this.#parts.discovery, object, status ? "status" : undefined), patch);
    this.#written.set(object.metadata.uid ?? "", object.metadata.resourceVersion);
  }
}

/** By either contract. */
function isReady(object: KubeObject): boolean {
  const provisioned = valueAt(object, "status", "initialization", "provisioned") === true;
  const conditions = objectsAt(object, "status", "conditions");
  const told = conditions.some(({ type, status }) => type === "Ready" && status === "True");
  return (provisioned || valueAt(object, "status", "ready") === true) && told;
}

function readyStatus(): JsonObject {
  const condition = { type: "Ready", status: "True", reason: "Provisioned", message: "" };
  return {
    ready: true,
    initialization: { provisioned: true },
    conditions: [{ ...condition, lastTransitionTime: timestamp(Date.now()) }],
  };
}

/** As CAPM3 makes it, where the machine is one of its kind. */
function providerIdOf({ kind, metadata }: KubeObject): string {
  const { namespace, name } = metadata;
  return kind === "Metal3Machine" ? `metal3://${namespace}/${name}/${name}` : `fake://${namespace}/${name}`;
}
