import { readFileSync } from "node:fs";
import { StartError } from "./start-error.js";

/** Descriptors that the process holds besides listeners and connections, and a few for the first clients. */
const RESERVE = 64;

/** The soft limit of open files; undefined where the platform does not tell or knows none. */
export function descriptorLimit(): number | undefined {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return reportedLimit();
  }
}

/** Where there is no /proc. A report takes tens of milliseconds. */
function reportedLimit(): number | undefined {
  const report: unknown = process.report?.getReport();
  const soft = (report as { userLimits?: { open_files?: { soft?: unknown } } } | undefined)?.userLimits?.open_files
    ?.soft;
  return typeof soft === "number" ? soft : undefined;
}

/**
 * Throws StartError when so many listeners can't be opened. Otherwise tells whether there is room for one client of
 * each, too.
 */
export function checkDescriptors(listeners: number, limit: number | undefined): { readonly roomForClients: boolean } {
  const needed = listeners + RESERVE;
  if (limit !== undefined && limit < needed) {
    const plenty = 2 ** Math.ceil(Math.log2(2 * needed));
    throw new StartError(
      `${listeners} listeners need ${needed} open files or more, but the limit is ${limit}: ` +
        `raise it (ulimit -n ${plenty}), or share one port with --sni`,
    );
  }
  return { roomForClients: limit === undefined || limit >= needed + listeners };
}
