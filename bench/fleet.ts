import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "dist", "cli", "bin.js");

/** How a benchmark reaches the clusters: a port each, or one port by SNI. */
export type Mode = "ports" | "sni";

export interface ServerProcess {
  readonly out: string;
  /** Whether it writes every kubeconfig at start. */
  readonly eager: boolean;
  /** Resident memory now and at its highest, in MiB. */
  memory(): { readonly now: number; readonly peak: number };
  /** Seconds of processor time so far. */
  cpu(): number;
  stop(): Promise<void>;
}

/** Starts the built program as its users do, on free ports and in a folder of its own. */
export function startServer(clusters: number, mode: Mode): ServerProcess {
  if (!existsSync(bin)) throw new Error("build first: npm run build");
  const out = mkdtempSync(join(tmpdir(), "bench-"));
  const ports = mode === "sni" ? ["--sni", "bench.test", "--sni-port", "0"] : ["--base-port", "0"];
  const args = [
    "--max-semi-space-size=4",
    bin,
    "serve",
    "--clusters",
    String(clusters),
    "--out",
    out,
    "--log-level",
    "warn",
    ...ports,
  ];
  const env = { ...process.env, MALLOC_ARENA_MAX: "2" };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  return {
    out,
    eager: mode === "ports" || clusters <= 1000,
    memory: () => ({ now: statusMiB(child, "VmRSS"), peak: statusMiB(child, "VmHWM") }),
    cpu: () => cpuSeconds(child),
    stop: async () => {
      child.kill("SIGTERM");
      await ended(child);
      rmSync(out, { recursive: true });
    },
  };
}

/** What the clients do to every cluster. */
export type Task = "get" | "fill";

/** Runs the clients in a process of their own and resolves when every cluster has answered. */
export async function runClients(server: ServerProcess, clusters: number, task: Task): Promise<void> {
  const script = fileURLToPath(new URL("fleet-client.ts", import.meta.url));
  const args = ["--import", "tsx", script, server.out, String(clusters), task, server.eager ? "written" : "made"];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  const code = await ended(child);
  if (code !== 0) throw new Error(`the clients ended with ${code}`);
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once("exit", resolve));
}

function statusMiB(child: ChildProcess, field: string): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Math.round(Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024);
}

function cpuSeconds(child: ChildProcess): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
