import type { Writable } from "node:stream";
import { type Answer, isStream, type StreamAnswer, type StreamSink, type UnaryAnswer } from "../kube/handler.js";
import type { Exchange } from "./exchange.js";
import type { Outlet } from "./outlet.js";
import { respondUpgraded, UpgradeOutlet } from "./upgrade.js";

/**
 * Bytes handed over at once. A stream that nobody reads then holds this much and no more: with HTTP/2's hundred
 * streams it bounds what a session can pin.
 */
const FRAME = 64 * 1024;

/** Writes an answer and returns when it has been handed over, or the client is gone. Rejects only for faults of a stream. */
export async function respond(exchange: Exchange, outlet: Outlet, answer: Answer): Promise<void> {
  if (isStream(answer)) return respondStream(exchange, outlet, answer);
  return respondUnary(exchange, outlet, answer);
}

async function respondUnary(exchange: Exchange, outlet: Outlet, answer: UnaryAnswer): Promise<void> {
  const { status, chunks } = answer;
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const bodiless = status === 204 || status === 304;
  const sized = !bodiless && length <= outlet.buffer;
  const headers = sized ? { ...answer.headers, "Content-Length": String(length) } : answer.headers;
  const empty = bodiless || length === 0 || exchange.method === "HEAD";
  const { body } = outlet;
  if (outlet.gone) return;
  outlet.head(status, headers, empty ? "nothing" : "body");
  if (empty) return;
  if (length <= FRAME) {
    body.end(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length));
    return;
  }
  for (const frame of frames(chunks)) {
    if (outlet.gone) return;
    if (!body.write(frame)) await writable(body);
  }
  body.end();
}

/** The chunks' bytes in pieces of one size: small ones joined, large ones cut. */
export function* frames(chunks: readonly Buffer[], size = FRAME): Generator<Buffer> {
  let small: Buffer[] = [];
  let gathered = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + size - gathered);
      at += part.length;
      gathered += part.length;
      small.push(part);
      if (gathered < size) continue;
      yield small.length === 1 ? part : Buffer.concat(small, gathered);
      small = [];
      gathered = 0;
    }
  }
  if (gathered > 0) yield small.length === 1 ? small[0]! : Buffer.concat(small, gathered);
}

async function respondStream(exchange: Exchange, outlet: Outlet, answer: StreamAnswer): Promise<void> {
  if (outlet.gone) return;
  if (answer.upgrade !== undefined) {
    if (!(outlet instanceof UpgradeOutlet)) throw new Error("the request can't leave HTTP");
    return respondUpgraded(exchange, outlet, answer, answer.upgrade);
  }
  const empty = exchange.method === "HEAD";
  const trailers = answer.trailers && (() => answer.trailers!());
  outlet.head(answer.status, answer.headers, empty ? "nothing" : answer.prompt ? "body" : "stream", trailers);
  if (empty) return;
  try {
    await answer.run(new Sink(exchange, outlet));
  } finally {
    if (!outlet.gone) outlet.end(trailers);
  }
}

class Sink implements StreamSink {
  readonly #exchange: Exchange;
  readonly #outlet: Outlet;

  constructor(exchange: Exchange, outlet: Outlet) {
    this.#exchange = exchange;
    this.#outlet = outlet;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }

  write(chunk: Buffer): boolean {
    // Whoever writes to a client that is gone will learn it from the signal; till then it must not wait for room.
    return this.#outlet.gone || this.#outlet.body.write(chunk);
  }

  drained(): Promise<void> {
    return writable(this.#outlet.body, this.#exchange.signal);
  }

  abort(): void {
    this.#outlet.abort();
  }
}

/** Resolves when a writable takes more, or never will, or need not. */
function writable(body: Writable, signal?: AbortSignal): Promise<void> {
  if (body.destroyed || !body.writableNeedDrain || signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      body.off("drain", done).off("close", done);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    body.on("drain", done).on("close", done);
    signal?.addEventListener("abort", done);
  });
}
