import { Output } from "../cluster/output.js";
import { StartError } from "../cluster/start-error.js";
import { kubeconfig, kubeconfigText } from "../pki/kubeconfig.js";
import { AdminClient, runningFleet } from "./admin-client.js";

/** The kubeconfig of one cluster. @throws StartError */
export async function printKubeconfig(out: string, name: string): Promise<string> {
  const admin = AdminClient.find(out);
  if (admin === undefined) return fromFolder(out, name);
  return admin.call<string>("GET", `/v1/clusters/${encodeURIComponent(name)}/kubeconfig`);
}

/**
 * Without an admin API the identity is read from the folder, or made there: the fleet takes it up when the cluster is
 * first connected to, whoever of the two comes first.
 */
function fromFolder(out: string, name: string): string {
  const record = runningFleet(out);
  const cluster = record.clusters.find((candidate) => candidate.name === name);
  if (!cluster) {
    const [first, last] = [record.clusters[0]?.name, record.clusters.at(-1)?.name];
    throw new StartError(`there is no cluster ${JSON.stringify(name)} on ${out}; there are ${first} … ${last}`);
  }
  const { authority, admin } = new Output(out).identity(name, Date.now());
  const { server, tlsServerName } = cluster;
  const access = { name, server, caCertificate: authority.certificate, client: admin };
  return kubeconfigText(kubeconfig([tlsServerName === undefined ? access : { ...access, tlsServerName }]));
}
