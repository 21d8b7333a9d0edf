/**
 * Real Cluster API controllers on a real management cluster, with this program for their workload clusters, through the
 * whole life of three clusters: `npm run e2e:capi`. Needs Go, and `npm run build` to have been run.
 *
 * Environment: WORK (a folder to keep everything in; by default a temporary one, removed when all went well), STEPS
 * (numbers of steps, such as 1,2: only these), CAPI_VERSION (1.13: an earlier Cluster API than module/go.mod has).
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startManagement } from "./management.js";
import { Processes } from "./processes.js";
import { STEPS } from "./steps.js";
import { World } from "./world.js";

const work = process.env.WORK ?? mkdtempSync(join(tmpdir(), "fake-apiserver-capi."));
const logs = join(work, "logs");
mkdirSync(logs, { recursive: true });
const wanted = process.env.STEPS?.split(",").map(Number);
const processes = new Processes(logs);
const began = Date.now();
const seconds = () => ((Date.now() - began) / 1000).toFixed(0).padStart(4);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void end(130));

let world: World | undefined;
try {
  const management = await startManagement(work, processes);
  world = new World(management, processes, work);
  if (process.env.FLEET !== "no") world.startFleet();
  console.log(`${seconds()} s  the management cluster and its controllers are there`);
  for (const [at, { name, run }] of STEPS.entries()) {
    if (wanted !== undefined && !wanted.includes(at + 1)) continue;
    await run(world);
    console.log(`${seconds()} s  ${at + 1}. ${name}`);
    if (!processes.alive("fleet")) throw new Error("the program has ended");
  }
  await end(0);
} catch (error) {
  console.error(error instanceof Error ? error.stack : error);
  console.error(`logs are kept in ${logs}; the program's last lines:\n${processes.tail("fleet")}`);
  await end(1);
}

async function end(code: number): Promise<never> {
  await processes.stopAll();
  world?.management.stop();
  if (code === 0 && process.env.WORK === undefined) rmSync(work, { recursive: true, force: true });
  process.exit(code);
}
