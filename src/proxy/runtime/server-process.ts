import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { KeyPair } from "../../pki/authority.js";
import type { Address } from "../forward/address.js";
import { spawnGuarded } from "../guard.js";
import { advice, lastReason, programFailure } from "./failures.js";
import { probe, SILENT } from "./probe.js";
import type { ServerFiles } from "./server-files.js";

/** How long a server may take until it is ready, on a machine that has a lot to do. */
const START_MS = 180_000;
const PROBE_MS = 200;
/** How often a running server is asked. */
const CHECK_MS = 5_000;
/** After so much silence it is ended. */
const SILENT_CHECKS = 12;
/** How long an orderly end may take. */
const STOP_MS = 15_000;

/** One life of a kube-apiserver's process. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #files: ServerFiles;
  readonly #logFrom: number;
  /** How it ended: for people. */
  readonly ended: Promise<string>;
  #alive = true;

  private constructor(child: ChildProcess, files: ServerFiles, logFrom: number) {
    this.#child = child;
    this.#files = files;
    this.#logFrom = logFrom;
    this.ended = once(child, "exit").then(([code, signal]: (number | string | null)[]) => {
      this.#alive = false;
      return this.#obituary(signal === null ? `exit status ${code}` : `it got ${signal}`);
    });
  }

  /** @throws the file system's errors */
  static async start(binary: string, flags: readonly string[], files: ServerFiles): Promise<ServerProcess> {
    const log = files.openLog();
    try {
      const from = files.logSize;
      return new ServerProcess(await spawnGuarded(binary, flags, { stdio: [log, log] }), files, from);
    } finally {
      closeSync(log);
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when it answers that it is ready. @throws Error: it has ended, or has taken too long */
  async ready(address: Address, admin: KeyPair, signal: AbortSignal): Promise<void> {
    const until = Date.now() + START_MS;
    const ended = this.ended.then((how) => {
      throw new Error(how);
    });
    ended.catch(() => undefined);
    for (;;) {
      const problem = await Promise.race([probe(address, admin, signal), ended]);
      if (problem === undefined) return;
      if (signal.aborted) throw new Error("it was stopped");
      if (Date.now() > until) throw new Error(`${problem}; its log is ${this.#files.log}`);
      await Promise.race([sleep(PROBE_MS), ended]);
    }
  }

  /** Asks now and then how it does, and ends it when it has fallen silent. */
  async watch(address: Address, admin: KeyPair, tell: (problem: string | undefined) => void): Promise<void> {
    for (let silent = 0; this.#alive; ) {
      await Promise.race([sleep(CHECK_MS, undefined, { ref: false }), this.ended]);
      if (!this.#alive) return;
      const problem = await probe(address, admin);
      if (!this.#alive) return;
      tell(problem);
      silent = problem === SILENT ? silent + 1 : 0;
      if (silent >= SILENT_CHECKS) this.#child.kill("SIGKILL");
    }
  }

  async stop(): Promise<void> {
    if (!this.#alive) return;
    this.#child.kill("SIGTERM");
    const late = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
    await this.ended;
    clearTimeout(late);
  }

  #obituary(how: string): string {
    const reason = lastReason(this.#files.logSince(this.#logFrom));
    if (reason === undefined) return `${how}; its log is ${this.#files.log}`;
    const told = programFailure(reason);
    return `${told}${told === reason ? `; ${advice(reason)}` : ""} (${this.#files.log})`;
  }
}
