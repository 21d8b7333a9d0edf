import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./processes.js";

/** The kube-apiserver that test/real/up.sh has started, and down.sh ends, in a folder. Linux only. */
export class RealServer {
  readonly #state: string;
  #command: readonly string[] = [];

  constructor(state: string) {
    this.#state = state;
  }

  /** As a crash would; etcd goes on. */
  async kill(): Promise<void> {
    const pid = Number(readFileSync(this.#file("pid"), "utf8"));
    this.#command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
    process.kill(pid, "SIGKILL");
    // Whoever is to reap it may be late: a zombie has no command line.
    await until("the end of the management API server", 30, async () => (commandOf(pid) === "" ? true : undefined));
  }

  /** With the flags it had. */
  async start(): Promise<void> {
    const [program = "", ...args] = this.#command;
    const log = openSync(this.#file("log"), "a");
    const child = spawn(program, args, { stdio: ["ignore", log, log] });
    closeSync(log);
    await once(child, "spawn");
    child.unref();
    writeFileSync(this.#file("pid"), `${child.pid}\n`);
  }

  #file(what: string): string {
    return join(this.#state, `kube-apiserver.${what}`);
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
