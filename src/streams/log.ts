import type { LogSource } from "./hooks.js";

/** What a client wants of a log. */
export interface LogSelection {
  readonly timestamps: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
}

const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (.*)$/s;

/**
 * The bytes of a log that a client wants, as the kubelet selects them: of the last lines those that are new enough, cut
 * where there are too many bytes. The last lines are told when the source pauses for the first time, or ends.
 *
 * @param start RFC 3339 time of lines without one
 */
export async function* selectLog(source: LogSource, selection: LogSelection, start: string): AsyncGenerator<Buffer> {
  let left = selection.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const line of lastLines(source, selection.tailLines)) {
    const text = written(line, selection, start);
    if (text === undefined) continue;
    const bytes = Buffer.from(text);
    if (bytes.length >= left) {
      yield bytes.subarray(0, left);
      return;
    }
    left -= bytes.length;
    yield bytes;
  }
}

/** Undefined: too old. */
function written(line: string, { timestamps, since }: LogSelection, start: string): string | undefined {
  const [, stamp = start, text = line] = STAMPED.exec(line) ?? [];
  if (since !== undefined && Date.parse(stamp) < since) return undefined;
  return timestamps ? `${stamp} ${text}\n` : `${text}\n`;
}

async function* lastLines(source: LogSource, count: number | undefined): AsyncGenerator<string> {
  if (count === undefined) {
    yield* source;
    return;
  }
  const lines = iterate(source);
  const last: string[] = [];
  let next = lines.next();
  try {
    for (;;) {
      const result = await Promise.race([next, pause()]);
      if (result === undefined) break; // it waits for what is to come
      if (result.done) {
        yield* last;
        return;
      }
      last.push(result.value);
      if (last.length > count) last.shift();
      next = lines.next();
    }
    yield* last;
    for (let result = await next; !result.done; result = await lines.next()) yield result.value;
  } finally {
    // A source that waits is told by its signal.
    void lines.return(undefined).catch(() => undefined);
  }
}

async function* iterate(source: LogSource): AsyncGenerator<string, undefined> {
  yield* source;
  return undefined;
}

function pause(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(resolve, undefined));
}
