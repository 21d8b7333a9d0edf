import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import { Fuzzer } from "./fuzzer.js";
import { openShared, type Task } from "./shared.js";
import type { Target } from "./target.js";

/** A run that takes longer, twice, hangs. */
const SLOW_MS = 1000;
/** Memory may grow by this much from the first runs on. */
const MAX_GROWTH = 96 * 1024 * 1024;
const BETWEEN_CHECKS = 10_000;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const task = workerData as Task;
const shared = openShared(task.memory);

function heapUsed(): number {
  collectGarbage();
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

/** Milliseconds that a run takes, of which those do not count in which the machine was busy with something else. */
async function timed(fuzzer: Fuzzer, input: Buffer): Promise<number> {
  const [began, used] = [performance.now(), process.cpuUsage()];
  await fuzzer.run(input);
  const took = performance.now() - began;
  if (took <= SLOW_MS) return took;
  const { user, system } = process.cpuUsage(used);
  return Math.min(took, (user + system) / 1000);
}

async function run(): Promise<{ runs: number; outcomes: number; seconds: number }> {
  const { TARGETS } = (await import(task.module ?? "./targets/index.js")) as {
    TARGETS: Record<string, () => Promise<Target>>;
  };
  const target = await TARGETS[task.target]!();
  const fuzzer = new Fuzzer(target, task.seed);
  const start = performance.now();
  const over = () => (task.runs === undefined ? performance.now() - start >= task.seconds! * 1000 : runs >= task.runs);
  let first: number | undefined;
  let runs = 0;
  for (; !over(); runs++) {
    const input = fuzzer.next();
    shared.begin(runs, input);
    let took = await timed(fuzzer, input);
    if (took > SLOW_MS) took = await timed(fuzzer, input);
    if (took > SLOW_MS) throw new Error(`${input.length} bytes took ${Math.round(took)} ms`);
    if (runs % BETWEEN_CHECKS !== BETWEEN_CHECKS - 1) continue;
    const used = heapUsed();
    first ??= used;
    if (used - first > MAX_GROWTH) throw new Error(`memory grew from ${first} to ${used} bytes in ${runs} runs`);
  }
  return { runs, outcomes: fuzzer.outcomes, seconds: (performance.now() - start) / 1000 };
}

// What escapes a target's promises is a crash of the server, too.
process.on("unhandledRejection", (error) => {
  throw error;
});
const result = await run();
shared.end();
parentPort!.postMessage(result);
// Targets may keep servers open.
process.exit(0);
