import { setMaxListeners } from "node:events";
import { finished, type Readable, type Writable } from "node:stream";
import type { AttachRequest, TerminalSize } from "../hooks.js";
import type { RemoteResult, StatusWriter } from "./status.js";

/** The streams that a client asks for. */
export interface RemoteOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** A client's streams, however they came. */
export interface RemoteSession {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  readonly resize: Readable | undefined;
  readonly error: Writable;
  readonly statusOf: StatusWriter;
  /** Resolves when the client is gone. */
  readonly gone: Promise<void>;
  close(): void;
}

/** What a session's work is given of it. */
export type RemoteStreams = Pick<AttachRequest, "tty" | "stdin" | "stdout" | "stderr" | "resize" | "signal">;

/** Does a session's work, tells how it ended, and closes it. Settles when the client has been told, or is gone. */
export async function serveSession(
  session: RemoteSession,
  options: RemoteOptions,
  command: readonly string[],
  signal: AbortSignal,
  work: (streams: RemoteStreams) => Promise<number | undefined>,
): Promise<void> {
  const ended = new AbortController();
  setMaxListeners(0, ended.signal);
  const end = () => ended.abort();
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  void session.gone.then(end, end);
  try {
    const { tty } = options;
    const { stdin, stdout, stderr } = session;
    const resize = terminalSizes(session.resize);
    const streams = { tty, stdin, stdout, stderr, resize, signal: ended.signal };
    const result = await Promise.race([resultOf(work, streams), aborted(ended.signal)]);
    if (result === undefined) return;
    await Promise.race([tell(session, result, command), aborted(ended.signal)]);
  } finally {
    signal.removeEventListener("abort", end);
    session.close();
    end();
  }
}

async function resultOf(
  work: (streams: RemoteStreams) => Promise<number | undefined>,
  streams: RemoteStreams,
): Promise<RemoteResult> {
  try {
    return { exitCode: (await work(streams)) ?? 0 };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { error: `error executing command in container: ${why}` };
  }
}

/** Output first, then the status: clients stop reading when they have it. */
async function tell(session: RemoteSession, result: RemoteResult, command: readonly string[]): Promise<void> {
  await Promise.all([endOf(session.stdout), endOf(session.stderr)]);
  const status = session.statusOf(result, command);
  if (status !== undefined) session.error.write(status);
  await endOf(session.error);
}

/** Ends a stream and resolves when all has been handed over, or never will be. */
export function endOf(stream: Writable | undefined): Promise<void> {
  if (stream === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    finished(stream, { readable: false }, () => resolve());
    if (!stream.writableEnded) stream.end();
  });
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

/** Longest text of one size; who sends more sends no sizes. */
const MAX_SIZE_TEXT = 1024;

/** Sizes come as JSON objects, one after the other: {"Width":80,"Height":24}. */
async function* terminalSizes(source: Readable | undefined): AsyncGenerator<TerminalSize> {
  if (source === undefined) return;
  let text = "";
  try {
    for await (const chunk of source) {
      text += String(chunk);
      for (let end = text.indexOf("}"); end >= 0; end = text.indexOf("}")) {
        const { Width, Height } = JSON.parse(text.slice(0, end + 1)) as Record<string, unknown>;
        text = text.slice(end + 1);
        if (typeof Width === "number" && typeof Height === "number") yield { width: Width, height: Height };
      }
      if (text.length > MAX_SIZE_TEXT) return;
    }
  } catch {
    // As upstream, which stops to listen at the first that it can't read.
  }
}
