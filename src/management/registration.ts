import { listAt, objectAt, objectsAt, stringAt } from "../kube/access.js";
import { isObject, type Json, type JsonObject, type KubeObject } from "../kube/json.js";
import type { Taint } from "../machines/spec.js";

/** What a KubeadmConfig says of the node that its machine becomes. */
export interface Registration {
  /** Undefined: none, or one that only the machine could fill in. */
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly providerID?: string;
  readonly bindPort?: number;
}

/** What a machine finds in its metadata, by key. */
export type Metadata = Readonly<Record<string, string | undefined>>;

/** `first`: the machine that initializes the control plane. */
export function registrationOf(config: KubeObject | undefined, first: boolean, metadata: Metadata): Registration {
  const init = objectAt(config, "spec", "initConfiguration");
  const join = objectAt(config, "spec", "joinConfiguration");
  const [own, other] = first ? [init, join] : [join, init];
  const found = objectAt(own, "nodeRegistration") ?? objectAt(other, "nodeRegistration");
  const args = argumentsOf(found);
  const name = rendered(stringAt(found, "name"), metadata);
  const providerID = rendered(args["provider-id"] ?? "", metadata);
  const bindPort = bindPortOf(init, join);
  const taints = found?.taints;
  return {
    labels: labelsOf(args["node-labels"] ?? "", metadata),
    ...(name === undefined ? {} : { name }),
    ...(Array.isArray(taints) ? { taints: taints.filter(isObject) as Taint[] } : {}),
    ...(providerID === undefined ? {} : { providerID }),
    ...(bindPort === undefined ? {} : { bindPort }),
  };
}

function bindPortOf(init: JsonObject | undefined, join: JsonObject | undefined): number | undefined {
  const endpoint = objectAt(init, "localAPIEndpoint") ?? objectAt(join, "controlPlane", "localAPIEndpoint");
  const port = endpoint?.bindPort;
  return typeof port === "number" && port > 0 ? port : undefined;
}

/** kubeletExtraArgs: a map in one contract, a list of names and values in the other. */
function argumentsOf(registration: JsonObject | undefined): Record<string, string> {
  const args: Json | undefined = registration?.kubeletExtraArgs;
  const entries = Array.isArray(args)
    ? objectsAt(registration, "kubeletExtraArgs").map(({ name, value }) => [name, value])
    : Object.entries(isObject(args) ? args : {});
  return Object.fromEntries(entries.filter(([name, value]) => typeof name === "string" && typeof value === "string"));
}

/** "a=b,c={{ ds.meta_data.uuid }}". What can't be filled in is left out. */
function labelsOf(text: string, metadata: Metadata): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const part of text.split(",")) {
    const [key = "", value = ""] = part.split("=");
    const filled = value === "" ? "" : rendered(value, metadata);
    if (key.trim() !== "" && filled !== undefined) labels[key.trim()] = filled;
  }
  return labels;
}

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** With cloud-init's placeholders ({{ ds.meta_data.uuid }}) filled in. Undefined: empty, or one of them is not known. */
function rendered(text: string, metadata: Metadata): string | undefined {
  let known = true;
  const filled = text.trim().replace(PLACEHOLDER, (_all, path: string) => {
    const key = /([\w-]+)["']?\]?$/.exec(path)?.[1]?.replaceAll("-", "_") ?? "";
    const value = metadata[key];
    if (value === undefined) known = false;
    return value ?? "";
  });
  return known && filled !== "" ? filled : undefined;
}

/** Whether a ClusterConfiguration's etcd runs elsewhere. */
export function externalEtcd(...specs: readonly (JsonObject | undefined)[]): JsonObject | undefined {
  for (const spec of specs) {
    const external = objectAt(spec, "clusterConfiguration", "etcd", "external");
    if (external !== undefined && listAt(external, "endpoints").length > 0) return external;
  }
  return undefined;
}
