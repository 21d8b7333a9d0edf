import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A Go program that answers a line with a line. */
export interface Oracle {
  ask(line: string): Promise<string>;
  close(): void;
}

/** Builds and starts the program in a folder beside this file. */
export function startOracle(folder: string): Oracle {
  const out = join(mkdtempSync(join(tmpdir(), `${folder}-oracle-`)), folder);
  const cwd = fileURLToPath(new URL(folder, import.meta.url));
  execFileSync("go", ["build", "-o", out, "."], { cwd, stdio: "inherit", env: { ...process.env, CGO_ENABLED: "0" } });
  const program = spawn(out, { stdio: ["pipe", "pipe", "inherit"] });
  const waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  createInterface({ input: program.stdout }).on("line", (line) => waiting.shift()?.resolve(line));
  program.once("exit", (code) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`the oracle ended with ${code}`));
  });
  return {
    ask: (line) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        program.stdin.write(`${line}\n`);
      }),
    close: () => program.stdin.end(),
  };
}

/** The same cases every time, or as many others as are asked for: ORACLE_RUNS=100000 npm run test:oracle. */
export function runs(usual: number) {
  const asked = process.env.ORACLE_RUNS;
  return asked === undefined ? { numRuns: usual, seed: 1 } : { numRuns: Number(asked) };
}
