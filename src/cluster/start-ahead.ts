import type { Cluster } from "./cluster.js";

/** Starts the servers that are to run before anybody asks. What fails is told in the log and tried again. */
export async function startAhead(clusters: Iterable<Cluster>): Promise<void> {
  await Promise.all([...clusters].filter(isWanted).map((cluster) => start(cluster).catch(() => undefined)));
}

async function start(cluster: Cluster): Promise<void> {
  const real = await cluster.real;
  await real?.ready();
}

function isWanted({ kind, awaitsAuthority }: Cluster): boolean {
  if (kind.type === "emulated" || awaitsAuthority) return false;
  return kind.runtime.type !== "process" || kind.runtime.start !== "demand";
}
