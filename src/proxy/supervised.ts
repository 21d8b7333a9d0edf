import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { StartError } from "../cluster/start-error.js";
import { spawnGuarded } from "./guard.js";
import { fileFailure } from "./runtime/failures.js";

export interface SupervisedOptions {
  /** Of the process, in logs and errors. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Gets what it writes to standard output and error, after what is there already. */
  readonly logFile: string;
  readonly log: Logger;
  /** Resolves when it answers; the signal ends the waiting. */
  readonly ready: (signal: AbortSignal) => Promise<void>;
  /** How long that may take. */
  readonly readyMs: number;
  /** What the end of its log says of why it ended. */
  readonly reason?: (log: string) => string | undefined;
}

/** Between the end of a process and its next start: from, up to. */
const BACKOFF_MS = [200, 10_000] as const;
/** Who has answered for that long starts again without delay. */
const STEADY_MS = 60_000;
/** Ends before the first answer that are put up with: what we ran before may take a moment to let go of a folder. */
const START_TRIES = 4;
/** How long an orderly end may take. */
const STOP_MS = 10_000;
/** How much of a log is read for a reason. */
const TAIL_BYTES = 16 * 1024;

interface Life {
  /** How it ended. */
  readonly end: Promise<string>;
}

/** A process that is started again whenever it ends, and ends with us. */
export class Supervised {
  readonly #options: SupervisedOptions;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #running: Promise<void> | undefined;
  #problem: string | undefined;

  constructor(options: SupervisedOptions) {
    this.#options = options;
  }

  /** Undefined while it is not running. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Why it does not answer, once it has been started. Undefined: it does. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Resolves when it answers for the first time. @throws StartError with its last words */
  async start(): Promise<void> {
    for (let tries = 1; ; tries++) {
      const life = await this.#spawn();
      const problem = await this.#answered(life);
      if (problem === undefined) {
        this.#running = this.#keep(life);
        return;
      }
      await this.#end();
      if (this.#stopping.signal.aborted || tries === START_TRIES || problem.late) {
        const { name, logFile } = this.#options;
        throw new StartError(`${name} did not start: ${problem.text}; its log is ${logFile}`);
      }
      await this.#pause(BACKOFF_MS[0] * 2 ** tries);
    }
  }

  /** Ends it, in order if it can. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#end();
    await this.#running;
  }

  /** Starts it again for as long as nobody wants it to stop. */
  async #keep(first: Life): Promise<void> {
    const { name, log, logFile } = this.#options;
    let life = first;
    let delay: number = BACKOFF_MS[0];
    for (;;) {
      const began = Date.now();
      const how = await life.end;
      if (this.#stopping.signal.aborted) return;
      if (Date.now() - began > STEADY_MS) delay = BACKOFF_MS[0];
      this.#problem = `${name} has ended (${this.#lastWords() ?? how}) and is started again; its log is ${logFile}`;
      log.warn({ process: name, delayMs: delay }, this.#problem);
      await this.#pause(delay);
      if (this.#stopping.signal.aborted) return;
      delay = Math.min(delay * 2, BACKOFF_MS[1]);
      life = await this.#spawn().catch((error: unknown) => ({ end: Promise.resolve((error as Error).message) }));
      void this.#recovered(life);
    }
  }

  async #recovered(life: Life): Promise<void> {
    for (;;) {
      const problem = await this.#answered(life);
      if (problem === undefined) this.#problem = undefined;
      if (!problem?.late || this.#stopping.signal.aborted) return;
    }
  }

  async #spawn(): Promise<Life> {
    const { command, args, logFile } = this.#options;
    let output: number;
    try {
      mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
      output = openSync(logFile, "a", 0o600);
    } catch (error) {
      throw new StartError(`${this.#options.name}: its log can't be written: ${fileFailure(error).message}`);
    }
    try {
      const child = await spawnGuarded(command, args, { stdio: [output, output] });
      this.#child = child;
      const end = once(child, "exit").then(([code, signal]) => {
        if (this.#child === child) this.#child = undefined;
        return signal === null ? `exit status ${code}` : `${signal}`;
      });
      return { end };
    } finally {
      closeSync(output);
    }
  }

  /** Undefined: it answers. */
  async #answered({ end }: Life): Promise<{ readonly text: string; readonly late: boolean } | undefined> {
    const { ready, readyMs } = this.#options;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stopping.signal, AbortSignal.timeout(readyMs)]);
    try {
      return await Promise.race([
        end.then((how) => ({ text: this.#lastWords() ?? how, late: false })),
        ready(signal).then(
          () => undefined,
          (error: unknown) => ({ text: (error as Error).message, late: true }),
        ),
      ]);
    } finally {
      over.abort();
    }
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    const last = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await gone;
    clearTimeout(last);
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  #lastWords(): string | undefined {
    const { logFile, reason } = this.#options;
    try {
      return reason?.(tailOf(logFile));
    } catch {
      return undefined; // how it ended has to do
    }
  }
}

function tailOf(path: string): string {
  const file = openSync(path, "r");
  try {
    const { size } = statSync(path);
    const length = Math.min(size, TAIL_BYTES);
    const buffer = Buffer.alloc(length);
    readSync(file, buffer, 0, length, size - length);
    return buffer.toString();
  } finally {
    closeSync(file);
  }
}
