import { fileURLToPath } from "node:url";
import { type Mode, runClients, startServer } from "./fleet.js";

/** Prints how long it takes from starting the process until so many clusters have each answered their admin. */
export async function startup(clusters: number, mode: Mode): Promise<void> {
  const begin = performance.now();
  const server = startServer(clusters, mode);
  try {
    await runClients(server, clusters, "get");
    const seconds = (performance.now() - begin) / 1000;
    const { now, peak } = server.memory();
    const figures = `${seconds.toFixed(1)} s, ${now} MiB (peak ${peak}), ${server.cpu().toFixed(1)} s of processor time`;
    console.log(`startup: ${clusters} clusters by ${mode} have each answered an authenticated request: ${figures}`);
  } finally {
    await server.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [clusters = "1000", mode = "ports"] = process.argv.slice(2);
  await startup(Number(clusters), mode as Mode);
}
