import { readFile } from "node:fs/promises";

/** What another process takes. */
export interface ProcessUse {
  readonly residentBytes: number;
  readonly cpuSeconds: number;
}

/** Linux tells processor time in these, whatever the kernel's own clock is. */
const TICKS_PER_SECOND = 100;

/** Undefined: it has ended, or the system does not tell. */
export async function useOf(pid: number): Promise<ProcessUse | undefined> {
  try {
    const [stat, status] = await Promise.all(
      ["stat", "status"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8")),
    );
    const resident = /^VmRSS:\s+(\d+) kB/m.exec(status!)?.[1];
    // A program's name stands between parentheses and may hold anything.
    const fields = stat!.slice(stat!.lastIndexOf(")") + 2).split(" ");
    const [user, system] = [fields[11], fields[12]].map(Number);
    if (resident === undefined || user === undefined || system === undefined) return undefined;
    return { residentBytes: Number(resident) * 1024, cpuSeconds: (user + system) / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}
