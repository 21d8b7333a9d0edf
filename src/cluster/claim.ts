import { linkSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "./start-error.js";

/** The process whose fleet a folder belongs to. */
interface Holder {
  readonly pid: number;
  /** When the process began, in the kernel's words: process numbers come again. Undefined where it does not tell. */
  readonly began?: string;
}

const FILE = "fleet.lock";

/** Folders that fleets of this process run on. */
const own = new Set<string>();

/**
 * Makes an existing folder one fleet's own. What a killed process left is taken over. Returns what gives the folder
 * back; if that is never called, the end of the process does it. @throws StartError when another fleet runs on it,
 * with the option that names the folder
 */
export function claim(dir: string, option = "--out"): () => void {
  const folder = realpathSync(dir);
  const file = join(folder, FILE);
  const aside = `${file}.${process.pid}`;
  const began = beginning(process.pid);
  const me: Holder = { pid: process.pid, ...(began === undefined ? {} : { began }) };
  for (;;) {
    const other = claimant(folder);
    if (other !== undefined) {
      throw new StartError(
        `a fleet runs on the folder ${dir} already (process ${other}); end it, or give this one its own ${option}`,
      );
    }
    rmSync(file, { force: true });
    writeFileSync(aside, JSON.stringify(me), { mode: 0o600 });
    try {
      linkSync(aside, file); // fails when somebody was first
      own.add(folder);
      return () => {
        if (own.delete(folder)) rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      rmSync(aside, { force: true });
    }
  }
}

/** The number of the running process that has claimed the folder. */
export function claimant(dir: string): number | undefined {
  const holder = readHolder(join(dir, FILE));
  if (holder === undefined) return undefined;
  if (holder.pid === process.pid) return own.has(realpathSync(dir)) ? holder.pid : undefined;
  return isAlive(holder.pid) && holder.began === beginning(holder.pid) ? holder.pid : undefined;
}

function readHolder(file: string): Holder | undefined {
  try {
    const { pid, began } = JSON.parse(readFileSync(file, "utf8")) as Partial<Holder>;
    return typeof pid === "number" ? { pid, ...(began === undefined ? {} : { began }) } : undefined;
  } catch {
    return undefined; // absent or damaged: nobody's
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Field 22 of /proc/PID/stat; the second field, a name in brackets, may hold anything. */
function beginning(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
