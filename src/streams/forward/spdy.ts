import { setMaxListeners } from "node:events";
import type { Duplex } from "node:stream";
import { type SessionClock, STREAM_CREATION_MS } from "../remote/spdy.js";
import { SpdyConnection } from "../spdy/connection.js";
import type { SpdyStream } from "../spdy/stream.js";
import { type Forward, type ForwardTarget, servePair } from "./pair.js";

export const PORT_FORWARD_PROTOCOL = "portforward.k8s.io";

interface Pair {
  data?: SpdyStream;
  error?: SpdyStream;
  readonly cancel: () => void;
}

/** Serves a client that opens a data and an error stream for each connection. Settles when it is gone, or `signal`. */
export async function serveSpdyForward(
  socket: Duplex,
  target: ForwardTarget,
  signal: AbortSignal,
  clock: SessionClock,
  forward: Forward,
): Promise<void> {
  const pairs = new Map<string, Pair>();
  const ended = new AbortController();
  setMaxListeners(0, ended.signal);
  const take = (stream: SpdyStream, request: string, port: number): void => {
    const pair = pairs.get(request) ?? begin(request);
    const kind = stream.headers.get("streamtype") as "data" | "error";
    if (pair[kind] !== undefined) {
      pair.error?.write(`error processing stream for request ${request}: ${kind} stream already assigned`);
      return;
    }
    pair[kind] = stream;
    const { data, error } = pair;
    if (data === undefined || error === undefined) return;
    pair.cancel();
    pairs.delete(request);
    error.resume(); // nothing comes but its end
    void servePair(target, port, { data, error }, ended.signal, forward);
  };
  const begin = (request: string): Pair => {
    const late = () => {
      const { error, data } = pairs.get(request) ?? {};
      pairs.delete(request);
      error?.end(`(request=${request}) timed out waiting for streams`);
      data?.destroy();
    };
    const pair: Pair = { cancel: clock.after(STREAM_CREATION_MS, late) };
    pairs.set(request, pair);
    return pair;
  };
  const connection: SpdyConnection = new SpdyConnection(socket, {
    touch: () => clock.touch(),
    accept: (stream) => {
      const port = portOf(stream);
      if (port === undefined) return false;
      queueMicrotask(() => take(stream, requestOf(stream), port)); // after its reply
      return true;
    },
  });
  const close = () => connection.close();
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();
  await connection.ended;
  signal.removeEventListener("abort", close);
  ended.abort();
  for (const pair of pairs.values()) pair.cancel();
}

/** Undefined for a stream that is none of a port's; upstream: kubelet/pkg/cri/streaming/portforward/httpstream.go. */
function portOf({ headers }: SpdyStream): number | undefined {
  const text = headers.get("port") ?? "";
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  const kind = headers.get("streamtype");
  return port >= 1 && port <= 65_535 && (kind === "error" || kind === "data") ? port : undefined;
}

/** Clients that name no request open the error stream, then the data stream. */
function requestOf({ headers, id }: SpdyStream): string {
  const named = headers.get("requestid") ?? "";
  if (named !== "") return named;
  return String(headers.get("streamtype") === "data" ? id - 2 : id);
}
