import { pipeline } from "node:stream/promises";
import type { AttachRequest, ExecRequest } from "../hooks.js";
import { EXEC_ANNOTATION, isRecord, ScriptError, scriptJson } from "./annotations.js";

/** What a shell says of a command that it can't find, and of one that it can't run. */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;

interface Answer {
  readonly command: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** Copies stdin to stdout. */
  readonly echo: boolean;
}

/** Answers a command as the pod's annotation has it. Resolves to the exit code. */
export async function scriptedExec(request: ExecRequest): Promise<number> {
  let answers: readonly Answer[];
  try {
    answers = readAnswers(scriptJson(request.pod, EXEC_ANNOTATION) ?? []);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    complain(request, error.message);
    return NOT_RUNNABLE;
  }
  const answer = answers.find(({ command }) => matches(command, request.command));
  if (answer === undefined) {
    const command = JSON.stringify(request.command);
    complain(request, `no answer for ${command} in annotation ${EXEC_ANNOTATION} of pod ${request.name}`);
    return NOT_FOUND;
  }
  request.stdout?.write(answer.stdout);
  (request.stderr ?? (request.tty ? request.stdout : undefined))?.write(answer.stderr);
  if (answer.echo && request.stdin) {
    if (request.stdout) await pipeline(request.stdin, request.stdout, { signal: request.signal });
    else await swallow(request);
  }
  return answer.exitCode;
}

/** A container that has nothing to say, and listens until the client has said all. */
export async function silentAttach(request: AttachRequest): Promise<number> {
  await swallow(request);
  return 0;
}

async function swallow({ stdin, signal }: Pick<AttachRequest, "stdin" | "signal">): Promise<void> {
  if (stdin === undefined || signal.aborted) return;
  for await (const _chunk of stdin);
}

function complain(request: ExecRequest, message: string): void {
  const target = request.stderr ?? (request.tty ? request.stdout : undefined);
  target?.write(`fake-apiserver: ${message}${request.tty ? "\r\n" : "\n"}`);
}

/** A last word "*" stands for any words, or none. */
function matches(pattern: readonly string[], command: readonly string[]): boolean {
  const open = pattern.at(-1) === "*";
  const words = open ? pattern.slice(0, -1) : pattern;
  return (open ? command.length >= words.length : command.length === words.length)
    ? words.every((word, index) => word === command[index])
    : false;
}

/** @throws ScriptError */
function readAnswers(script: unknown): readonly Answer[] {
  const fail = (why: string): never => {
    throw new ScriptError(EXEC_ANNOTATION, why);
  };
  if (!Array.isArray(script)) return fail("a list of answers is expected");
  return script.map((entry: unknown) => {
    if (!isRecord(entry)) return fail("an answer is an object");
    const { command, stdout = "", stderr = "", exitCode = 0, echo = false, ...unknown } = entry;
    const [odd] = Object.keys(unknown);
    if (odd !== undefined) return fail(`unknown field ${JSON.stringify(odd)}`);
    if (!Array.isArray(command) || !command.every((word) => typeof word === "string")) {
      return fail("command must be a list of words");
    }
    if (typeof stdout !== "string" || typeof stderr !== "string") return fail("stdout and stderr must be texts");
    if (typeof exitCode !== "number" || !Number.isInteger(exitCode)) return fail("exitCode must be a whole number");
    if (typeof echo !== "boolean") return fail("echo must be true or false");
    return { command, stdout, stderr, exitCode, echo };
  });
}
