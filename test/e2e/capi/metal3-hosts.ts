import type { ManagedObject } from "./providers.js";

export const HOST_FINALIZER = "baremetalhost.metal3.io";

/** What is to be changed of a host. */
export interface HostChange {
  /** Of its metadata: all finalizers that are left. */
  readonly finalizers?: readonly string[];
  readonly status?: Readonly<Record<string, unknown>>;
}

/** The way of a host that nobody has a use for. */
const NEXT: Readonly<Record<string, string>> = {
  "": "registering",
  registering: "inspecting",
  inspecting: "preparing",
  preparing: "available",
};

/**
 * What the Bare Metal Operator does next with a host, which it takes from state to state, one at a time: what has an
 * image gets it, what has it no more is cleaned. Undefined: nothing.
 */
export function nextHostChange(host: ManagedObject): HostChange | undefined {
  const { metadata, spec, status = {} } = host;
  const finalizers = (metadata.finalizers ?? []) as string[];
  const leaving = metadata.deletionTimestamp !== undefined;
  if (!leaving && !finalizers.includes(HOST_FINALIZER)) return { finalizers: [...finalizers, HOST_FINALIZER] };
  const state: string = status.provisioning?.state ?? "";
  const image = leaving ? undefined : spec.image?.url;
  if (state in NEXT) {
    const found = state === "inspecting" ? { hardware: hardwareOf(host) } : {};
    return { status: { ...statusOf(host, NEXT[state]!), ...found } };
  }
  if (state === "available" && leaving) {
    return { finalizers: finalizers.filter((each) => each !== HOST_FINALIZER) };
  }
  if (state === "available" && image !== undefined) return { status: statusOf(host, "provisioning") };
  if (state === "provisioning") {
    return { status: { ...statusOf(host, "provisioned", { url: spec.image?.url ?? "" }), poweredOn: true } };
  }
  if (state === "provisioned" && image !== status.provisioning.image?.url) {
    return { status: { ...statusOf(host, "deprovisioning"), poweredOn: false } };
  }
  if (state === "deprovisioning") return { status: statusOf(host, "available", { url: "" }) };
  if (state === "provisioned" && status.poweredOn !== spec.online) return { status: { poweredOn: spec.online } };
  return undefined;
}

function statusOf({ metadata, status }: ManagedObject, state: string, image = status?.provisioning?.image) {
  return {
    errorCount: 0,
    errorMessage: "",
    operationalStatus: "OK",
    provisioningFailCount: 0,
    poweredOn: status?.poweredOn ?? false,
    provisioning: { ID: metadata.uid, state, ...(image === undefined ? {} : { image }) },
  };
}

function hardwareOf({ metadata, spec }: ManagedObject) {
  const last = Number(/\d+$/.exec(metadata.name)?.[0] ?? 0) % 200;
  const card = { name: "eth0", mac: spec.bootMACAddress ?? "", ip: `192.168.111.${20 + last}` };
  return { hostname: metadata.name, ramMebibytes: 4096, nics: [card] };
}
