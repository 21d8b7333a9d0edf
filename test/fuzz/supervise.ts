import { Worker } from "node:worker_threads";
import { createShared, openShared, type Task } from "./shared.js";

export type FuzzResult =
  | { readonly runs: number; readonly outcomes: number; readonly seconds: number }
  | { readonly problem: string; readonly input: Buffer };

/** How long a run may be under way before its worker is given up: slower ones that end are measured by the worker. */
const STUCK_MS = 60_000;
/** Loading a target takes its time on a busy machine. */
const START_MS = 120_000;
const HEAP_MB = 512;

/** Runs a target in a thread of its own, so that what hangs or eats all memory can be stopped and told. */
export function fuzz(task: Omit<Task, "memory">, stuckMs = STUCK_MS): Promise<FuzzResult> {
  const memory = createShared();
  const shared = openShared(memory);
  const worker = new Worker(new URL("./start-worker.mjs", import.meta.url), {
    workerData: { ...task, memory } satisfies Task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  return new Promise((resolve) => {
    let [seen, since] = [0, performance.now()];
    const settle = (result: FuzzResult) => {
      clearInterval(timer);
      resolve(result);
      void worker.terminate();
    };
    const timer = setInterval(() => {
      const { begun } = shared;
      if (begun !== seen) [seen, since] = [begun, performance.now()];
      if (begun < 0 || performance.now() - since < (begun === 0 ? START_MS : stuckMs)) return;
      settle({ problem: `run ${begun} hangs`, input: shared.input() });
    }, 500);
    worker.once("message", settle);
    worker.once("error", (error: Error) => settle({ problem: error.stack ?? String(error), input: shared.input() }));
    worker.once("exit", (code) => settle({ problem: `the worker ended with ${code}`, input: shared.input() }));
  });
}
