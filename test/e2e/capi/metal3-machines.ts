import { Client, endpointOf } from "../../helpers/client.js";
import { INFRASTRUCTURE } from "./infrastructure.js";
import type { Api } from "./management.js";
import type { ManagedObject } from "./providers.js";

const CAPI = "cluster.x-k8s.io/v1beta2";
const API = `${INFRASTRUCTURE}/v1beta2`;
const CLUSTER_LABEL = "cluster.x-k8s.io/cluster-name";
const HOST_ANNOTATION = "metal3.io/BareMetalHost";
const UUID_LABEL = "metal3.io/uuid";
const FINALIZER = `metal3machine.${INFRASTRUCTURE}`;
/** Label prefixes, on a Metal3Cluster: such labels of hosts are copied to their nodes. */
const PREFIXES = "metal3.io/metal3-label-sync-prefixes";
const SYNC_MS = 60_000;

/** CAPM3's part in the life of one Metal3Machine: takes a host, names its node, and gives the host back. */
export class Metal3Machines {
  readonly #api: Api;
  /** When the labels of a node were last looked at, by its Metal3Machine's uid. */
  readonly #synced = new Map<string, number>();

  constructor(api: Api) {
    this.#api = api;
  }

  async reconcile(metal3: ManagedObject, hosts: readonly ManagedObject[]): Promise<void> {
    const host = hostOf(metal3, hosts);
    if (metal3.metadata.deletionTimestamp !== undefined) return this.#release(metal3, host);
    const owner = ownerOf(metal3, "Machine");
    if (owner === undefined) return;
    const machine = await this.#api.get(CAPI, "Machine", metal3.metadata.namespace, owner);
    const cluster = await this.#api.get(CAPI, "Cluster", metal3.metadata.namespace, machine.spec.clusterName);
    const ready = cluster.status?.initialization?.infrastructureProvisioned === true;
    if (!ready || machine.spec.bootstrap.dataSecretName === undefined || cluster.spec.paused === true) return;
    if (host === undefined) return this.#take(metal3, machine, hosts);
    if (host.status?.provisioning?.state !== "provisioned") return;
    await this.#provision(metal3, machine, host);
  }

  /** A host that nobody has, and that is as the Metal3Machine wants it. */
  async #take(metal3: ManagedObject, machine: ManagedObject, hosts: readonly ManagedObject[]): Promise<void> {
    const wanted = Object.entries(metal3.spec.hostSelector?.matchLabels ?? {});
    const free = hosts.find(
      ({ metadata, spec, status }) =>
        spec.consumerRef === undefined &&
        metadata.deletionTimestamp === undefined &&
        status?.provisioning?.state === "available" &&
        wanted.every(([key, value]) => metadata.labels?.[key] === value),
    );
    if (free === undefined) throw new Error(`there is no host for ${metal3.metadata.name}`);
    const { name, namespace, uid } = metal3.metadata;
    const owner = { apiVersion: API, kind: "Metal3Machine", name, uid, controller: true };
    await this.#patch(free, {
      metadata: {
        labels: { [CLUSTER_LABEL]: machine.spec.clusterName },
        ownerReferences: [...owners(free), owner],
      },
      spec: {
        consumerRef: { apiVersion: API, kind: "Metal3Machine", name, namespace },
        image: metal3.spec.image,
        userData: { name: machine.spec.bootstrap.dataSecretName, namespace },
        online: true,
      },
    });
    await this.#patch(metal3, {
      metadata: {
        annotations: { [HOST_ANNOTATION]: `${free.metadata.namespace}/${free.metadata.name}` },
        finalizers: [...finalizers(metal3), FINALIZER],
      },
    });
  }

  async #provision(metal3: ManagedObject, machine: ManagedObject, host: ManagedObject): Promise<void> {
    const { name, namespace, uid } = metal3.metadata;
    const providerID = `metal3://${namespace}/${host.metadata.name}/${name}`;
    // A client for this once, as CAPM3 has it.
    const secret = await this.#api.get("v1", "Secret", namespace, `${machine.spec.clusterName}-kubeconfig`);
    const client = new Client(endpointOf(Buffer.from(secret.data.value, "base64").toString()));
    try {
      const node = await nodeOf(client, host, providerID);
      if (node === undefined) return;
      await this.#syncLabels(client, metal3, host, node.metadata.name);
    } finally {
      client.close();
    }
    if (metal3.spec.providerID !== providerID) await this.#patch(metal3, { spec: { providerID } });
    if (metal3.status?.initialization?.provisioned === true) return;
    const { hostname, nics } = host.status.hardware;
    const addresses = [
      ...nics.map(({ ip }: { ip: string }) => ({ type: "InternalIP", address: ip })),
      { type: "Hostname", address: hostname },
      { type: "InternalDNS", address: hostname },
    ];
    const status = { ...readyStatus("Metal3MachineReady"), addresses };
    await this.#api.status(API, "Metal3Machine", namespace, name, status);
    this.#synced.delete(uid as string);
  }

  async #syncLabels(client: Client, metal3: ManagedObject, host: ManagedObject, node: string): Promise<void> {
    const { namespace, labels, uid } = metal3.metadata;
    if (Date.now() - (this.#synced.get(uid as string) ?? 0) < SYNC_MS) return;
    const cluster = labels?.[CLUSTER_LABEL] ?? "";
    const { metadata } = await this.#api.get(API, "Metal3Cluster", namespace, cluster);
    const prefixes = (metadata.annotations?.[PREFIXES] ?? "").split(",").filter((each) => each !== "");
    const wanted = Object.entries(host.metadata.labels ?? {}).filter(([key]) =>
      prefixes.includes(key.split("/")[0] ?? ""),
    );
    const path = `/api/v1/nodes/${node}`;
    const present = await client.json<ManagedObject>("GET", path);
    present.metadata.labels = { ...present.metadata.labels, ...Object.fromEntries(wanted) };
    if (wanted.length > 0) await client.json("PUT", path, present);
    this.#synced.set(uid as string, Date.now());
  }

  /** The host is cleaned first, and free only then. */
  async #release(metal3: ManagedObject, host: ManagedObject | undefined): Promise<void> {
    if (host !== undefined) {
      const { image, userData, online } = host.spec;
      if (image !== undefined || userData !== undefined || online === true) {
        return this.#patch(host, { spec: { image: null, userData: null, online: false } });
      }
      if (host.status?.provisioning?.state !== "available") return;
      const left = owners(host).filter(({ uid }) => uid !== metal3.metadata.uid);
      const metadata = { labels: { [CLUSTER_LABEL]: null }, ownerReferences: left };
      await this.#patch(host, { metadata, spec: { consumerRef: null } });
    }
    const rest = finalizers(metal3).filter((each) => each !== FINALIZER);
    if (rest.length < finalizers(metal3).length) await this.#patch(metal3, { metadata: { finalizers: rest } });
  }

  /** Fails where somebody else was faster. */
  async #patch(object: ManagedObject, patch: { metadata?: object; spec?: object }): Promise<void> {
    const { name, namespace, resourceVersion } = object.metadata;
    const metadata = { ...patch.metadata, resourceVersion };
    await this.#api.merge(object.apiVersion, object.kind, namespace, name, { ...patch, metadata });
  }
}

/** The node that a host has become, with its providerID set. Undefined: it has not joined yet. */
async function nodeOf(client: Client, host: ManagedObject, providerID: string): Promise<ManagedObject | undefined> {
  const list = async (query = "") =>
    (await client.json<{ items: ManagedObject[] }>("GET", `/api/v1/nodes${query}`)).items;
  const selected = (label: string, value: string) => list(`?labelSelector=${encodeURIComponent(`${label}=${value}`)}`);
  const known = (await list()).find(({ spec }) => spec.providerID === providerID);
  if (known !== undefined) return known;
  const labelled = await selected(UUID_LABEL, host.metadata.uid as string);
  const found = labelled.length > 0 ? labelled : await selected("kubernetes.io/hostname", host.metadata.name);
  if (found.length > 1) throw new Error(`${found.length} nodes are the host ${host.metadata.name}`);
  const [node] = found;
  if (node === undefined || node.spec.providerID !== undefined) return node;
  const path = `/api/v1/nodes/${node.metadata.name}`;
  return client.json("PATCH", path, { spec: { providerID } }, "application/strategic-merge-patch+json");
}

/** The host that a Metal3Machine has taken, perhaps without having been able to note it. */
function hostOf({ metadata }: ManagedObject, hosts: readonly ManagedObject[]): ManagedObject | undefined {
  return hosts.find(
    ({ spec: { consumerRef } }) =>
      consumerRef?.kind === "Metal3Machine" &&
      consumerRef.name === metadata.name &&
      consumerRef.namespace === metadata.namespace,
  );
}

export function ownerOf(object: ManagedObject, kind: string): string | undefined {
  return owners(object).find((each) => each.kind === kind)?.name;
}

export function owners({ metadata }: ManagedObject): { kind: string; name: string; uid: string }[] {
  return (metadata.ownerReferences ?? []) as { kind: string; name: string; uid: string }[];
}

export function finalizers({ metadata }: ManagedObject): string[] {
  return (metadata.finalizers ?? []) as string[];
}

export function readyStatus(reason: string) {
  const condition = { type: "Ready", status: "True", reason, message: "" };
  return {
    initialization: { provisioned: true },
    conditions: [{ ...condition, lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, "Z") }],
  };
}
