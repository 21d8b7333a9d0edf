import type { NodeTemplate } from "../admin/node-template.js";
import { ConfigError } from "../config/resolve.js";
import { AdminClient } from "./admin-client.js";
import { formatted, table } from "./print.js";

interface Row {
  readonly name: string;
  readonly role: string;
  readonly version: string;
  readonly ready: boolean;
  readonly providerID?: string;
}

interface List {
  readonly nodes: readonly Row[];
}

const nodesPath = (cluster: string) => `/v1/clusters/${encodeURIComponent(cluster)}/nodes`;
const nodePath = (cluster: string, node: string) => `${nodesPath(cluster)}/${encodeURIComponent(node)}`;

/** `format` is what -o got. @throws StartError, ConfigError for an unknown format */
export async function listNodes(out: string, cluster: string, format: string): Promise<string> {
  return listing((await AdminClient.of(out).call<List>("GET", nodesPath(cluster))).nodes, format);
}

/** What `nodes add` takes, as flags name it. */
export interface AddFlags {
  readonly count?: string;
  readonly start?: string;
  readonly name?: string;
  readonly role?: string;
  readonly kubeletVersion?: string;
  readonly etcd?: string;
  readonly label?: readonly string[];
  readonly annotation?: readonly string[];
  readonly taint?: readonly string[];
  readonly providerId?: string;
}

/** Prints those that were added. @throws StartError, ConfigError */
export async function addNodes(out: string, cluster: string, flags: AddFlags, format: string): Promise<string> {
  const { nodes } = await AdminClient.of(out).call<List>("POST", nodesPath(cluster), templateOf(flags));
  return listing(nodes, format);
}

/** @throws StartError */
export async function removeNode(out: string, cluster: string, node: string): Promise<void> {
  await AdminClient.of(out).call("DELETE", nodePath(cluster, node));
}

/** Switches machines off or on. @throws StartError */
export async function switchNode(out: string, cluster: string, node: string, ready: boolean): Promise<void> {
  await AdminClient.of(out).call("PATCH", nodePath(cluster, node), { ready });
}

function listing(nodes: readonly Row[], format: string): string {
  const cells = nodes.map(({ name, ready, role, version, providerID = "<none>" }) => {
    return [name, ready ? "Ready" : "NotReady", role, version, providerID];
  });
  const columns = (count: number) =>
    table([["NAME", "STATUS", "ROLE", "VERSION", "PROVIDER-ID"], ...cells].map((row) => row.slice(0, count)));
  return formatted(nodes, format, {
    table: () => columns(4),
    wide: () => columns(5),
    name: () => nodes.map(({ name }) => `${name}\n`).join(""),
  });
}

/** What does not fit is told by the API. */
function templateOf(flags: AddFlags): NodeTemplate {
  const { count, start, name, role, kubeletVersion: version, etcd, providerId: providerID } = flags;
  const given = {
    ...{ name, role, version, etcd, providerID, count: numberOf("count", count), start: numberOf("start", start) },
    ...{ labels: pairs("label", flags.label), annotations: pairs("annotation", flags.annotation) },
    taints: flags.taint?.map(taintOf),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as NodeTemplate;
}

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined || /^\d+$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new ConfigError(`--${flag}: expected a whole number, found ${JSON.stringify(text)}`);
}

function pairs(flag: string, texts: readonly string[] | undefined): Record<string, string> | undefined {
  const split = (text: string): [string, string] => {
    const at = text.indexOf("=");
    if (at < 1) throw new ConfigError(`--${flag}: expected KEY=VALUE, found ${JSON.stringify(text)}`);
    return [text.slice(0, at), text.slice(at + 1)];
  };
  return texts === undefined ? undefined : Object.fromEntries(texts.map(split));
}

/** KEY[=VALUE]:EFFECT, as kubectl takes it. */
function taintOf(text: string) {
  const [, key, value, effect] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text) ?? [];
  if (key === undefined || effect === undefined) {
    throw new ConfigError(`--taint: expected KEY[=VALUE]:EFFECT, found ${JSON.stringify(text)}`);
  }
  return { key, effect, ...(value === undefined ? {} : { value }) };
}
