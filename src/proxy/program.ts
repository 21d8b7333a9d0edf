import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { promisify } from "node:util";
import { StartError } from "../cluster/start-error.js";

/**
 * The path of a program: the given one, or the first of that name on PATH. `option` is how it can be given.
 * @throws StartError when there is none that can be run
 */
export function findProgram(name: string, given: string | undefined, option: string): string {
  if (given !== undefined && /[/\\]/.test(given)) {
    const path = resolve(given);
    const problem = problemOf(path);
    if (problem !== undefined) throw new StartError(`${option} ${given}: ${problem}`, "invalid");
    return path;
  }
  const wanted = given ?? name;
  for (const dir of (process.env.PATH ?? "").split(delimiter)) {
    if (isAbsolute(dir) && problemOf(join(dir, wanted)) === undefined) return join(dir, wanted);
  }
  throw new StartError(`there is no ${wanted} on the PATH: install it, or name one by ${option} FILE`, "invalid");
}

/** The first version such as "3.5.21" that a program tells of itself. @throws StartError */
export async function versionOf(program: string, option: string): Promise<string> {
  let output: string;
  try {
    output = (await promisify(execFile)(program, ["--version"], { timeout: 20_000 })).stdout;
  } catch (error) {
    const [cause] = (error as Error).message.split("\n");
    throw new StartError(`${program} can't be run (${cause}): name another by ${option} FILE`, "invalid");
  }
  const version = /\bv?(\d+\.\d+\.\d+)/.exec(output)?.[1];
  if (version === undefined) {
    throw new StartError(`${program} does not tell its version: name another by ${option} FILE`, "invalid");
  }
  return version;
}

/** Whether version `one` comes before `other`; both "major.minor…". */
export function isBefore(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => text.split(".").map(Number));
  const [major, minor] = [(a?.[0] ?? 0) - (b?.[0] ?? 0), (a?.[1] ?? 0) - (b?.[1] ?? 0)];
  return major < 0 || (major === 0 && minor < 0);
}

function problemOf(path: string): string | undefined {
  try {
    if (!statSync(path).isFile()) return "not a file";
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : "it can't be executed";
  }
}
