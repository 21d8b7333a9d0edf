import { isIP } from "node:net";
import type { KubeClient } from "../client/client.js";
import type { Cluster } from "../cluster/cluster.js";
import { managedName } from "../cluster/spec.js";
import { StartError } from "../cluster/start-error.js";
import { stringAt } from "../kube/access.js";
import type { KubeObject } from "../kube/json.js";
import { isInitialized } from "../machines/control-plane.js";
import { type HostAndPort, referenceAt } from "./objects.js";
import { type ClusterSecrets, readSecrets, SecretError, type SecretsFound, secretOf } from "./secrets.js";
import type { ManagedFleet, ManagementSettings } from "./settings.js";
import type { Trouble, Troubles } from "./troubles.js";

export interface EndpointParts {
  readonly api: KubeClient;
  readonly fleet: ManagedFleet;
  readonly settings: ManagementSettings;
  readonly troubles: Troubles;
  /** Whether Secrets that are not there have been waited for so long that it should be told. */
  readonly overdue: boolean;
}

/** Which Cluster an API server is for, on its kube-system namespace: kept with its objects, known after a restart. */
export const CLUSTER_ANNOTATION = "fake-apiserver/cluster-uid";

/** In whose name the loop acts in clusters. */
export const USER = "fake-apiserver:management";

const SYSTEM = "/api/v1/namespaces/kube-system";

/** What an attempt to bring a cluster up may end in. */
const REASONS: readonly Trouble[] = [
  "SecretMissing",
  "InvalidSecret",
  "CertificateAuthorityChanged",
  "CredentialChanged",
  "EndpointTaken",
  "EndpointFailed",
];

export type Outcome = "up" | "waiting" | "trouble";

/** Brings one Cluster's API server up, with the CAs in its Secrets and where its endpoint says. */
export async function bringUp(cluster: KubeObject, endpoint: HostAndPort, parts: EndpointParts): Promise<Outcome> {
  const { namespace = "", name = "" } = cluster.metadata;
  const managed = referenceAt(cluster, "spec", "controlPlaneRef")?.kind === "KubeadmControlPlane";
  let found: SecretsFound;
  try {
    found = await readSecrets(parts.api, namespace, name, managed);
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    return trouble(cluster, parts, "InvalidSecret", error.message);
  }
  if ("missing" in found) {
    const message = `No Secret ${found.missing.join(" and ")}: its API server can't do without`;
    if (parts.overdue) await trouble(cluster, parts, "SecretMissing", message);
    return "waiting";
  }
  try {
    await ensure(cluster, endpoint, found.secrets, parts);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return trouble(cluster, parts, ...explained(name, endpoint, error));
  }
  await parts.troubles.endAll(cluster, REASONS);
  return "up";
}

async function trouble(cluster: KubeObject, { troubles }: EndpointParts, reason: Trouble, message: string) {
  await troubles.begin(cluster, reason, message);
  for (const other of REASONS) if (other !== reason) await troubles.end(cluster, other);
  return "trouble" as const;
}

async function ensure(
  cluster: KubeObject,
  endpoint: HostAndPort,
  secrets: ClusterSecrets,
  { fleet, settings }: EndpointParts,
): Promise<void> {
  const { namespace = "", name = "", uid = "" } = cluster.metadata;
  const own = managedName(namespace, name);
  const serverName = settings.byServerName && isIP(endpoint.host) === 0 ? { serverName: endpoint.host } : {};
  const spec = { name: own, ...secrets, endpoint: { ...endpoint, ...serverName } };
  let live: Cluster;
  try {
    live = await fleet.ensure(spec);
  } catch (error) {
    const present = fleet.clusters.get(own);
    const differs = error instanceof StartError && error.problem === "conflict";
    if (!differs || present === undefined || !(await mayGo(present, uid))) throw error;
    await fleet.remove(own);
    live = await fleet.ensure(spec);
  }
  await mark(live, uid);
}

/** What another Cluster of that name has left, and what nobody has used yet, gives way. */
async function mayGo(cluster: Cluster, uid: string): Promise<boolean> {
  if (cluster.awaitsAuthority) return true;
  const client = await cluster.localClient(USER);
  const mark = (await client.get(SYSTEM)).metadata.annotations?.[CLUSTER_ANNOTATION];
  if (mark !== undefined && mark !== uid) return true;
  return !(await isInitialized(client)) && (await client.list("/api/v1/nodes", { limit: "1" })).length === 0;
}

async function mark(cluster: Cluster, uid: string): Promise<void> {
  const client = await cluster.localClient(USER);
  if ((await client.get(SYSTEM)).metadata.annotations?.[CLUSTER_ANNOTATION] === uid) return;
  await client.patch(SYSTEM, "merge", { metadata: { annotations: { [CLUSTER_ANNOTATION]: uid } } });
}

/** Whether a cluster of the fleet was brought up for a Cluster of a management cluster. */
export async function isManaged(cluster: Cluster): Promise<boolean> {
  if (cluster.awaitsAuthority) return false;
  const client = await cluster.localClient(USER);
  return stringAt(await client.get(SYSTEM), "metadata", "annotations", CLUSTER_ANNOTATION) !== "";
}

/** In the words of who made the Secrets and chose the endpoint. */
function explained(name: string, { host, port }: HostAndPort, error: StartError): [Trouble, string] {
  const { field = "", problem, message } = error;
  const secret = secretOf(name, field);
  if (secret !== undefined && problem === "invalid")
    return ["InvalidSecret", `Secret ${secret} is of no use: ${message}`];
  if (secret !== undefined) {
    const reason = field.startsWith("ca") ? "CertificateAuthorityChanged" : "CredentialChanged";
    const was = "is not what the API server runs with, which goes on with what it has";
    return [reason, `Secret ${secret} ${was}: machines are not made anew. Put it back, or recreate the Cluster`];
  }
  const at = `the API server can't be reached at ${host}:${port}`;
  return [
    field.startsWith("endpoint") && problem === "conflict" ? "EndpointTaken" : "EndpointFailed",
    `${at}: ${message}`,
  ];
}
