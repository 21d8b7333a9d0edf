import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** Programs that a run has started; all of them are ended with it. */
export class Processes {
  readonly #logs: string;
  readonly #running = new Map<string, ChildProcess>();
  #closed = false;

  constructor(logs: string) {
    this.#logs = logs;
  }

  /** Starts a program whose output goes to `<name>.log`. */
  start(name: string, program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
    if (this.#closed) throw new Error("all is being ended");
    const log = openSync(this.log(name), "a");
    const child = spawn(program, args, { stdio: ["ignore", log, log], env: { ...process.env, ...env } });
    closeSync(log);
    child.once("error", (error) => console.error(`${name}: ${error.message}`));
    // For whoever has to end what is left of a run that was killed.
    const note = join(this.#logs, `${name}.pid`);
    if (child.pid !== undefined) writeFileSync(note, `${child.pid}\n`);
    child.once("exit", () => {
      if (this.#running.get(name) === child) rmSync(note, { force: true });
    });
    this.#running.set(name, child);
  }

  log(name: string): string {
    return join(this.#logs, `${name}.log`);
  }

  /** The last lines of a program's output, for messages. */
  tail(name: string): string {
    if (!existsSync(this.log(name))) return "none";
    return readFileSync(this.log(name), "utf8").split("\n").slice(-15).join("\n");
  }

  alive(name: string): boolean {
    const child = this.#running.get(name);
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Those that have ended by themselves. */
  ended(): string[] {
    return [...this.#running.keys()].filter((name) => !this.alive(name));
  }

  pid(name: string): number | undefined {
    return this.#running.get(name)?.pid;
  }

  /** Resolves when it has ended; after ten seconds without its consent. */
  async stop(name: string, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#running.get(name);
    if (child === undefined || !this.alive(name)) return;
    const ended = once(child, "exit");
    child.kill(signal);
    const hard = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(hard);
  }

  /** For good: nothing is started any more. */
  async stopAll(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#running.keys()].map((name) => this.stop(name)));
  }
}

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

/** Polls until `check` returns something; what it throws counts as not yet. @throws Error naming `what` */
export async function until<T>(what: string, seconds: number, check: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const found = await check();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((wake) => setTimeout(wake, 500));
  }
  const cause = last instanceof Error ? `: ${last.message}` : "";
  throw new Error(`${what}: not after ${seconds} s${cause}`);
}
