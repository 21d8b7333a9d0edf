import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** What a process has used: processor time in seconds; resident memory in MiB. */
export interface Usage {
  readonly cpu: number;
  readonly rss: number;
}

/** What programs, by name, and the machine as a whole have used so far. */
export interface Sample {
  readonly at: number;
  /** Seconds that all processors together were not idle. */
  readonly busy: number;
  readonly programs: ReadonlyMap<string, Usage>;
}

/** Linux counts a process's time in hundredths of a second, and its memory in pages. */
const TICK = 100;
const PAGE = 4096;

export function sample(pids: ReadonlyMap<string, number>): Sample {
  const [, user, nice, system, , , irq, soft, steal] = readFileSync("/proc/stat", "utf8").split(/ +/, 9).map(Number);
  const busy = user! + nice! + system! + irq! + soft! + steal!;
  const programs = new Map([...pids].map(([name, pid]) => [name, usageOf(pid)]));
  return { at: performance.now(), busy: busy / TICK, programs };
}

function usageOf(pid: number): Usage {
  const [, after = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const fields = after.split(" ").map(Number);
  return { cpu: (fields[11]! + fields[12]!) / TICK, rss: Math.round((fields[21]! * PAGE) / 2 ** 20) };
}

/** Processors that each program kept busy between two samples. */
export function shares(from: Sample, to: Sample): ReadonlyMap<string, number> {
  const seconds = (to.at - from.at) / 1000;
  const used = ([name, { cpu }]: readonly [string, Usage]) => (cpu - (from.programs.get(name)?.cpu ?? 0)) / seconds;
  return new Map([...to.programs].map((each) => [each[0], used(each)]));
}

/** What kept more from being done meanwhile, in a sentence. */
export function limit(from: Sample, to: Sample): string {
  const all = cpus().length;
  const busy = (to.busy - from.busy) / ((to.at - from.at) / 1000);
  const used = [...shares(from, to)].sort(([, a], [, b]) => b - a);
  const listed = used.map(([name, share]) => `${name} ${share.toFixed(2)}`).join(", ");
  const fleet = used.find(([name]) => name === "fleet")?.[1] ?? 0;
  const own = used.reduce((sum, [, share]) => sum + share, 0);
  const what =
    busy > 0.9 * all
      ? `the machine's processors${own < 0.7 * busy ? ", which others use, too" : ""}`
      : fleet > 0.9
        ? "the one thread of this program"
        : "neither processors nor this program: the controllers wait for their own timers and rate limits";
  return `${what}; of ${all} processors ${busy.toFixed(2)} were busy: ${listed}`;
}
