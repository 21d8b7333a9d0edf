import { listAt, objectAt, objectsAt, optionalStringAt, stringAt } from "../kube/access.js";
import type { KubeObject } from "../kube/json.js";
import type { NodeAddress, NodeSpec } from "../machines/spec.js";
import { withV } from "../machines/versions.js";
import { isControlPlane, referenceAt, referenceKey } from "./objects.js";
import { externalEtcd, registrationOf } from "./registration.js";
import type { ManagementView } from "./view.js";

/** What a Machine is to its cluster. */
export interface MachinePlan {
  readonly machine: KubeObject;
  readonly node: NodeSpec;
  /** "on": provisioned and switched on. "off": provisioned, but switched off. "no": not provisioned. */
  readonly power: "on" | "off" | "no";
  /** What it runs on, which can be but one machine: a host, or an object of an infrastructure provider. */
  readonly place: string | undefined;
}

export interface PlanContext {
  readonly view: ManagementView;
  /** The KubeadmControlPlane, where there is one. */
  readonly controlPlane: KubeObject | undefined;
  /** Whether the control plane is yet to be initialized. */
  readonly first: boolean;
  /** Whether infrastructure of that kind is made ready here. */
  readonly provided: (kind: string) => boolean;
}

/** Nodes carry it, so that a restarted loop knows which are whose. */
export const MACHINE_ANNOTATION = "fake-apiserver/machine";

/** Cluster API's bootstrap provider has workers register with it; its core takes it away. */
const UNINITIALIZED = { key: "node.cluster.x-k8s.io/uninitialized", effect: "NoSchedule" };

const METAL3_UUID = "metal3.io/uuid";
const ADDRESS_TYPES = new Set(["InternalIP", "ExternalIP", "Hostname", "InternalDNS", "ExternalDNS"]);
const PROVISIONED = new Set(["provisioned", "externally provisioned"]);

export function planMachine(machine: KubeObject, context: PlanContext): MachinePlan {
  const { view } = context;
  const infrastructure = view.referred(machine, "spec", "infrastructureRef");
  const isMetal3 = infrastructure?.kind === "Metal3Machine";
  const host = isMetal3 ? view.hostOf(infrastructure) : undefined;
  const reference = referenceAt(machine, "spec", "infrastructureRef");
  return {
    machine,
    node: nodeSpec(machine, infrastructure, host, context),
    power: host === undefined ? powerOf(machine, infrastructure) : powerOfHost(host),
    place: host?.metadata.uid ?? (reference && `${reference.kind}/${referenceKey(reference)}`),
  };
}

function powerOfHost(host: KubeObject): MachinePlan["power"] {
  const status = objectAt(host, "status");
  if (!PROVISIONED.has(stringAt(status, "provisioning", "state"))) return "no";
  return status?.poweredOn === false ? "off" : "on";
}

function powerOf(machine: KubeObject, infrastructure: KubeObject | undefined): MachinePlan["power"] {
  return stringAt(infrastructure, "spec", "providerID") || stringAt(machine, "spec", "providerID") ? "on" : "no";
}

function nodeSpec(
  machine: KubeObject,
  infrastructure: KubeObject | undefined,
  host: KubeObject | undefined,
  { view, controlPlane, first, provided }: PlanContext,
): NodeSpec {
  const isMaster = isControlPlane(machine);
  const machineName = machine.metadata.name ?? "";
  const given =
    optionalStringAt(infrastructure, "spec", "providerID") || optionalStringAt(machine, "spec", "providerID");
  const uuid = host?.metadata.uid ?? infrastructure?.metadata.uid;
  const metadata = {
    uuid,
    instance_id: uuid,
    name: machineName,
    hostname: machineName,
    local_hostname: machineName,
    providerid: given?.replace(/^metal3:\/\//, ""),
  };
  const reference = referenceAt(machine, "spec", "bootstrap", "configRef");
  const config = reference && view.configs.get(referenceKey(reference));
  const registration = registrationOf(config, first && isMaster, metadata);
  const labels = { ...(host === undefined ? {} : { [METAL3_UUID]: host.metadata.uid ?? "" }), ...registration.labels };
  // CAPM3 finds its nodes by this label and sets their providerIDs itself.
  const left = infrastructure?.kind === "Metal3Machine" && !provided("Metal3Machine") && METAL3_UUID in labels;
  const providerID = registration.providerID ?? (left ? undefined : given);
  const name = stringAt(machine, "status", "nodeRef", "name") || registration.name || machineName;
  const external = externalEtcd(objectAt(controlPlane, "spec", "kubeadmConfigSpec"), objectAt(config, "spec"));
  const taints = registration.taints ?? (isMaster ? undefined : []);
  const { bindPort } = registration;
  const addresses = addressesOf(name, infrastructure, host);
  return {
    name,
    version: withV(stringAt(machine, "spec", "version") || "v1.34.0"),
    labels,
    annotations: { [MACHINE_ANNOTATION]: machineName },
    ...(isMaster
      ? { controlPlane: { etcd: external === undefined ? "stacked" : "external", ...(bindPort && { bindPort }) } }
      : {}),
    ...(taints === undefined ? {} : { taints: isMaster ? taints : [...taints, UNINITIALIZED] }),
    ...(providerID === undefined ? {} : { providerID }),
    ...(addresses === undefined ? {} : { addresses }),
  };
}

/** What the infrastructure says, or else the host's network cards. */
function addressesOf(
  name: string,
  infrastructure: KubeObject | undefined,
  host: KubeObject | undefined,
): NodeAddress[] | undefined {
  const told = objectsAt(infrastructure, "status", "addresses")
    .map((each) => ({ type: stringAt(each, "type"), address: stringAt(each, "address") }))
    .filter(({ type, address }) => ADDRESS_TYPES.has(type) && address !== "");
  if (told.some(({ type }) => type === "InternalIP")) return told;
  const cards = listAt(host, "status", "hardware", "nics").map((each) => stringAt(each, "ip"));
  const found = cards.filter((ip) => ip !== "").map((address) => ({ type: "InternalIP", address }));
  return found.length === 0 ? undefined : [...found, { type: "Hostname", address: name }];
}
