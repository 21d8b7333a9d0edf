import { readFileSync } from "node:fs";
import { startFakeApiserver } from "../../src/embed.js";
import { Client, endpointOf } from "./client.js";

/** The server that contract cases run against: by default ours, with TARGET=real the one of REAL_KUBECONFIG. */
export interface Target {
  readonly real: boolean;
  readonly client: Client;
  close(): Promise<void>;
}

export const isReal = process.env.TARGET === "real";

export async function openTarget(): Promise<Target> {
  if (isReal) return openReal();
  const fleet = await startFakeApiserver({ clusters: 1 });
  const client = new Client(endpointOf(await fleet.clusters[0]!.kubeconfigObject()));
  return {
    real: false,
    client,
    close: () => {
      client.close();
      return fleet.stop();
    },
  };
}

async function openReal(): Promise<Target> {
  const path = process.env.REAL_KUBECONFIG;
  if (!path) throw new Error("TARGET=real needs REAL_KUBECONFIG, the path of a kube-apiserver's kubeconfig");
  const client = new Client(endpointOf(readFileSync(path, "utf8")));
  return { real: true, client, close: async () => client.close() };
}
