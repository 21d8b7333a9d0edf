/**
 * Real Cluster API controllers on a real management cluster, with this program for their workload clusters: the whole
 * life of three clusters, one on Metal3's kinds, and what goes wrong and passes. `npm run e2e:capi`. Needs Go, and
 * `npm run build` to have been run.
 *
 * Environment: WORK (a folder to keep everything in; by default a temporary one, removed when all went well), STEPS
 * (numbers of steps, such as 1,2: only these), AWAY (for how many seconds the management API goes away, by default 60),
 * METAL3_CRDS (a folder with Metal3's CRDs; empty: our own in their place), CAPI_VERSION (see build.sh).
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FAULT_STEPS } from "./fault-steps.js";
import { startManagement, stopManagement } from "./management.js";
import { METAL3_STEPS } from "./metal3-steps.js";
import { Processes } from "./processes.js";
import { END_STEPS, LIFE_STEPS } from "./steps.js";
import { World } from "./world.js";

const steps = [...LIFE_STEPS, ...METAL3_STEPS, ...FAULT_STEPS, ...END_STEPS];
const work = process.env.WORK ?? mkdtempSync(join(tmpdir(), "fake-apiserver-capi."));
const logs = join(work, "logs");
mkdirSync(logs, { recursive: true });
const wanted = process.env.STEPS?.split(",").map(Number);
const processes = new Processes(logs);
const began = Date.now();
const seconds = () => ((Date.now() - began) / 1000).toFixed(0).padStart(4);
let ending: Promise<never> | undefined;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => void end(130));

let world: World | undefined;
try {
  const management = await startManagement(work, processes);
  world = new World(management, processes, work);
  if (process.env.FLEET !== "no") world.startFleet();
  console.log(`${seconds()} s  the management cluster and its controllers are there`);
  for (const [at, { name, run }] of steps.entries()) {
    if (wanted !== undefined && !wanted.includes(at + 1)) continue;
    await run(world);
    console.log(`${seconds()} s  ${at + 1}. ${name}`);
    const ended = processes.ended();
    if (ended.length > 0) throw new Error(`ended by themselves: ${ended.join(", ")}`);
  }
  await end(0);
} catch (error) {
  // Whoever has interrupted us wants no reasons.
  if (ending === undefined) {
    console.error(error instanceof Error ? error.stack : error);
    console.error(`logs are kept in ${logs}; the program's last lines:\n${processes.tail("fleet")}`);
  }
  await end(1);
}

/** Leaves nothing running, however far we have come. */
function end(code: number): Promise<never> {
  ending ??= (async () => {
    await world?.metal3.stop();
    await processes.stopAll();
    stopManagement(work);
    if (code === 0 && process.env.WORK === undefined) rmSync(work, { recursive: true, force: true });
    process.exit(code);
  })();
  return ending;
}
