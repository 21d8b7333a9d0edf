import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";

/** Where build.sh puts programs. */
export const bin =
  process.env.REAL_BIN ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "fake-apiserver/real");

/** The path of a program that build.sh has made. */
export function program(name: string): string {
  const path = join(bin, name);
  if (!existsSync(path)) throw new Error(`there is no ${path}: run test/e2e/passthrough/build.sh`);
  return path;
}

/** The etcds that are supported. */
export const ETCDS = { "3.4": "etcd-3.4", "3.5": "etcd-3.5", "3.6": "etcd" } as const;

export const silent = pino({ level: "silent" });

/** A folder for a test, and what removes it. */
export function folder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "passthrough-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
