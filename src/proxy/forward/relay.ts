import type { Readable } from "node:stream";
import type { StreamSink } from "../../kube/handler.js";

/**
 * Hands on what comes, as fast as the client takes it. Resolves at the end: the server's, or when `signal` says that
 * nobody is interested any more. An answer that breaks off does so for the client, too.
 * @param whole tells at the end whether it was one
 */
export function relay(source: Readable, sink: StreamSink, signal: AbortSignal, whole: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      source.off("data", onData).off("end", onEnd).off("close", onBroken);
      signal.removeEventListener("abort", onAbort);
      resolve();
    };
    const onData = (chunk: Buffer): void => {
      if (sink.write(chunk)) return;
      source.pause();
      void sink.drained().then(() => source.resume());
    };
    const onEnd = (): void => {
      if (!whole()) sink.abort?.();
      settle();
    };
    const onBroken = (): void => {
      sink.abort?.();
      settle();
    };
    const onAbort = (): void => {
      settle();
      source.destroy();
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    // Errors are followed by "close".
    source
      .on("error", () => undefined)
      .on("data", onData)
      .on("end", onEnd)
      .on("close", onBroken);
    if (source.destroyed) onBroken();
  });
}
