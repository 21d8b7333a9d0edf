import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Mode, runClients, startServer } from "./fleet.js";

/** Time for garbage and closed connections to go. */
const SETTLE_MS = 5000;

/** Prints the memory of a fleet that has answered, and of the same with a control plane's objects in every cluster. */
export async function memory(clusters: number, mode: Mode): Promise<void> {
  const server = startServer(clusters, mode);
  const report = async (what: string) => {
    await sleep(SETTLE_MS);
    const { now, peak } = server.memory();
    console.log(`memory: ${clusters} clusters by ${mode}, ${what}: ${now} MiB (peak ${peak})`);
  };
  try {
    await runClients(server, clusters, "get");
    await report("each has answered");
    await runClients(server, clusters, "fill");
    await report("with 1 node, 3 pods and kubeadm-config in each");
  } finally {
    await server.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [clusters = "1000", mode = "ports"] = process.argv.slice(2);
  await memory(Number(clusters), mode as Mode);
}
