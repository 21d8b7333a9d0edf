import type { Cluster } from "../cluster/cluster.js";
import { type Delays, draw } from "../config/delays.js";
import { objectAt, stringAt, valueAt } from "../kube/access.js";
import type { JsonObject, KubeObject } from "../kube/json.js";
import type { LocalClient } from "../kube/local-client.js";
import { ApiError } from "../kube/status.js";
import type { ControlPlaneSpec } from "../machines/cluster-configuration.js";
import { initControlPlane, isInitialized } from "../machines/control-plane.js";
import { joinNode, removeNode, startNode, stopNode } from "../machines/nodes.js";
import { USER } from "./endpoint.js";
import {
  authorityOf,
  byAge,
  type HostAndPort,
  isControlPlane,
  isDeleting,
  referenceAt,
  referenceKey,
} from "./objects.js";
import { MACHINE_ANNOTATION, type MachinePlan, planMachine } from "./plan.js";
import { externalEtcd } from "./registration.js";
import type { Troubles } from "./troubles.js";
import type { ManagementView } from "./view.js";

/** What is known of one Machine's machine. */
interface Member {
  readonly name: string;
  node: string;
  place: string | undefined;
  /** What its node was last told to be; undefined: it has not joined in this process's time. */
  joined: string | undefined;
  /** When it will have booted and joined. */
  due: number | undefined;
  off: boolean;
  /** Whether those have been told who want to know that it has joined. */
  noted: boolean;
}

export interface RosterParts {
  readonly view: ManagementView;
  readonly troubles: Troubles;
  readonly delays: Delays;
  readonly provided: (kind: string) => boolean;
  /** Asks for another round in so many milliseconds. */
  readonly later: (ms: number) => void;
  readonly retryMs: number;
  /** Told of each Machine that has joined, also before this process's time. */
  readonly joined: (machine: KubeObject) => Promise<void>;
}

/** The machines of one cluster: what happens on them follows their Machines. */
export class Roster {
  readonly #parts: RosterParts;
  /** By the Machines' uids. */
  #members = new Map<string, Member>();
  #known: LocalClient | undefined;
  #incarnation = -1;
  #initialized = false;

  constructor(parts: RosterParts) {
    this.#parts = parts;
  }

  /** One round. `machines`: those of the Cluster. */
  async follow(cluster: KubeObject, machines: readonly KubeObject[], live: Cluster, at: HostAndPort): Promise<void> {
    const client = await live.localClient(USER);
    const ordered = [...machines].sort((a, b) => Number(isControlPlane(b)) - Number(isControlPlane(a)) || byAge(a, b));
    if (this.#known === undefined || this.#incarnation !== live.incarnation) await this.#begin(client, live, ordered);
    await this.#bury(client, cluster, ordered);
    this.#initialized ||= await isInitialized(client);
    for (const machine of ordered) {
      const plan = planMachine(machine, {
        view: this.#parts.view,
        controlPlane: this.#controlPlane(cluster),
        first: !this.#initialized,
        provided: this.#parts.provided,
      });
      try {
        await this.#attend(client, cluster, plan, live, at);
        await this.#parts.troubles.end(cluster, "NodeRejected", plan.machine.metadata.uid);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const message = `Machine ${machine.metadata.name} can't be played: ${error.message}`;
        await this.#parts.troubles.begin(cluster, "NodeRejected", message, plan.machine.metadata.uid);
        this.#parts.later(this.#parts.retryMs);
      }
    }
  }

  /** After a start, or a reset of the cluster: nodes that are there tell which machines have joined. */
  async #begin(client: LocalClient, live: Cluster, machines: readonly KubeObject[]): Promise<void> {
    this.#members = new Map();
    this.#initialized = false;
    const byName = new Map(machines.map((machine) => [machine.metadata.name ?? "", machine.metadata.uid ?? ""]));
    for (const node of await client.list("/api/v1/nodes")) {
      const name = node.metadata.annotations?.[MACHINE_ANNOTATION];
      if (name === undefined) continue;
      const member = {
        name,
        node: node.metadata.name ?? "",
        place: undefined,
        joined: "",
        due: 0,
        off: false,
        noted: false,
      };
      this.#members.set(byName.get(name) ?? `gone/${name}`, member);
    }
    this.#known = client;
    this.#incarnation = live.incarnation;
  }

  /** What is no Machine any more is no machine either. */
  async #bury(client: LocalClient, cluster: KubeObject, machines: readonly KubeObject[]): Promise<void> {
    const left = new Set(machines.map(({ metadata }) => metadata.uid ?? ""));
    for (const [uid, member] of this.#members) {
      if (left.has(uid)) continue;
      if (member.joined !== undefined) await removeNode(client, member.node);
      this.#members.delete(uid);
    }
    await this.#parts.troubles.endOthers(cluster, left);
  }

  async #attend(
    client: LocalClient,
    cluster: KubeObject,
    plan: MachinePlan,
    live: Cluster,
    at: HostAndPort,
  ): Promise<void> {
    const member = this.#member(plan);
    if (member.joined === undefined && (isDeleting(plan.machine) || isDeleting(cluster))) return;
    if (plan.power === "off" && member.joined !== undefined && !member.off) {
      member.off = true;
      await stopNode(client, member.node);
    }
    if (plan.power !== "on") return;
    if (member.joined !== undefined) {
      await this.#keep(client, member, plan);
      return this.#note(member, plan);
    }
    if (await this.#isTaken(cluster, member, plan)) return;
    if (!this.#mayJoin(cluster, plan) || !this.#isDue(member)) return;
    const { metadata } = await joinNode(client, plan.node);
    member.joined = JSON.stringify(plan.node);
    member.node = metadata.name ?? plan.node.name;
    if (!this.#initialized && (isControlPlane(plan.machine) || !needsControlPlane(cluster))) {
      await initControlPlane(client, await this.#controlPlaneSpec(cluster, plan, live, at));
      this.#initialized = true;
    }
    await this.#note(member, plan);
  }

  async #note(member: Member, { machine }: MachinePlan): Promise<void> {
    if (member.noted) return;
    await this.#parts.joined(machine);
    member.noted = true;
  }

  /** A node that somebody has deleted comes back only when its machine is switched on again. */
  async #keep(client: LocalClient, member: Member, plan: MachinePlan): Promise<void> {
    const wanted = JSON.stringify({ ...plan.node, name: member.node });
    if (member.off) {
      await joinNode(client, { ...plan.node, name: member.node });
      await startNode(client, member.node);
      member.off = false;
    } else if (member.joined !== wanted && !isDeleting(plan.machine)) {
      const there = await client.find(`/api/v1/nodes/${member.node}`);
      if (there !== undefined) await joinNode(client, { ...plan.node, name: member.node });
    }
    member.joined = wanted;
    member.place = plan.place;
  }

  #member({ machine, node, place }: MachinePlan): Member {
    const uid = machine.metadata.uid ?? "";
    const name = machine.metadata.name ?? "";
    const known = this.#members.get(uid);
    if (known !== undefined) return known;
    const member = { name, node: node.name, place, joined: undefined, due: undefined, off: false, noted: false };
    this.#members.set(uid, member);
    return member;
  }

  /** Two Machines can't be one node, nor run on one host: who came first has it until it goes. */
  async #isTaken(cluster: KubeObject, member: Member, { node, place, machine }: MachinePlan): Promise<boolean> {
    const uid = machine.metadata.uid ?? "";
    member.node = node.name;
    member.place = place;
    for (const other of this.#members.values()) {
      if (other === member || other.joined === undefined) continue;
      const what =
        other.node === node.name ? `node name ${node.name}` : place !== undefined && other.place === place ? place : "";
      if (what === "") continue;
      const message = `Machine ${member.name} waits: Machine ${other.name} has its ${what}`;
      await this.#parts.troubles.begin(cluster, "MachineConflict", message, uid);
      return true;
    }
    await this.#parts.troubles.end(cluster, "MachineConflict", uid);
    return false;
  }

  #mayJoin(cluster: KubeObject, { machine }: MachinePlan): boolean {
    return this.#initialized || isControlPlane(machine) || !needsControlPlane(cluster);
  }

  #isDue(member: Member): boolean {
    const { boot, join } = this.#parts.delays;
    member.due ??= performance.now() + draw(boot, Math.random()) + draw(join, Math.random());
    const left = member.due - performance.now();
    if (left > 0) this.#parts.later(left);
    return left <= 0;
  }

  #controlPlane(cluster: KubeObject): KubeObject | undefined {
    const reference = referenceAt(cluster, "spec", "controlPlaneRef");
    return reference?.kind === "KubeadmControlPlane"
      ? this.#parts.view.controlPlanes.get(referenceKey(reference))
      : undefined;
  }

  async #controlPlaneSpec(
    cluster: KubeObject,
    { machine, node }: MachinePlan,
    live: Cluster,
    at: HostAndPort,
  ): Promise<ControlPlaneSpec> {
    const reference = referenceAt(machine, "spec", "bootstrap", "configRef");
    const config = objectAt(reference && this.#parts.view.configs.get(referenceKey(reference)), "spec");
    const own = objectAt(this.#controlPlane(cluster), "spec", "kubeadmConfigSpec");
    const of = (...path: string[]) =>
      valueAt(own, "clusterConfiguration", ...path) ?? valueAt(config, "clusterConfiguration", ...path);
    const external = externalEtcd(own, config);
    const network = objectAt(cluster, "spec", "clusterNetwork");
    const optional = (key: string, value: unknown) =>
      typeof value === "string" && value !== "" ? { [key]: value } : {};
    const cidr = (of: string) => firstOf(valueAt(network, of, "cidrBlocks"));
    const dns = of("dns");
    return {
      clusterName: cluster.metadata.name ?? "",
      version: node.version,
      endpoint: authorityOf(at),
      caCertificate: (await live.identity()).authority.certificate,
      ...optional("podSubnet", cidr("pods")),
      ...optional("serviceSubnet", cidr("services")),
      ...optional("dnsDomain", stringAt(network, "serviceDomain")),
      ...optional("imageRepository", of("imageRepository")),
      ...(external === undefined ? {} : { etcd: { external } }),
      ...(dns === undefined ? {} : { dns: dns as JsonObject }),
    };
  }
}

/** Whether there will be machines that run the control plane. */
function needsControlPlane(cluster: KubeObject): boolean {
  return referenceAt(cluster, "spec", "controlPlaneRef") !== undefined;
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}
