import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const BIN = fileURLToPath(new URL("../../src/cli/bin.ts", import.meta.url));
const TSX = import.meta.resolve("tsx");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  /** By default the system's folder for temporary files. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A shell command that is run first and then replaced by the program: "ulimit -n 100". */
  readonly under?: string;
}

/** A folder that goes with the test. */
export function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), "fake-apiserver-cli-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The command as a user runs it, as a process of its own. */
export class Program {
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;

  constructor(args: readonly string[], { cwd, env, under }: Surroundings = {}) {
    const command = [process.execPath, "--import", TSX, BIN, ...args];
    const [file, ...rest] = under === undefined ? command : ["bash", "-c", `${under}; exec "$@"`, "bash", ...command];
    this.#child = spawn(file!, rest, {
      cwd: cwd ?? tmpdir(),
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.#ended = once(this.#child, "close").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Resolves when the stream has said it. @throws when the program ends without having said it */
  async says(stream: "stdout" | "stderr", what: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = what.exec(this[stream]);
      if (found) return found;
      const more = once(this.#child[stream]!, "data").then(() => undefined);
      const end = await Promise.race([more, this.#ended]);
      if (end && !what.test(this[stream])) throw new Error(`ended without ${what}: ${JSON.stringify(end)}`);
    }
  }
}

/** Runs the command to its end. */
export function runProgram(args: readonly string[], surroundings?: Surroundings): Promise<Ended> {
  return new Program(args, surroundings).ended();
}

/** A fleet of two clusters that is up, on whichever ports are free. */
export async function serving(out: string, ...args: readonly string[]): Promise<Program> {
  const program = new Program(["--clusters", "2", "--base-port", "0", "--out", out, ...args]);
  onTestFinished(async () => {
    program.kill("SIGKILL");
    await program.ended();
  });
  await program.says("stdout", /kubeconfigs .*\n/);
  return program;
}
