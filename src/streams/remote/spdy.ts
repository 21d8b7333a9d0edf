import type { Duplex } from "node:stream";
import { SpdyConnection } from "../spdy/connection.js";
import type { SpdyStream } from "../spdy/stream.js";
import type { RemoteOptions, RemoteSession } from "./session.js";
import { statusAsText, statusOfKubelet } from "./status.js";

const V4 = "v4.channel.k8s.io";
const V3 = "v3.channel.k8s.io";

/** In the kubelet's order; upstream: apimachinery/pkg/util/remotecommand/constants.go. */
export const SPDY_REMOTE_PROTOCOLS: readonly string[] = [V4, V3, "v2.channel.k8s.io", "channel.k8s.io"];

/** What keeps time for a session. */
export interface SessionClock {
  /** Runs `callback` once after `ms`; the answer cancels it. */
  after(ms: number, callback: () => void): () => void;
  /** Called with each sign of life. */
  touch(): void;
}

/** The kubelet's DefaultStreamCreationTimeout. */
export const STREAM_CREATION_MS = 30_000;

/** Waits for the client to open its streams. Undefined: it did not, and the connection is closed. */
export function spdySession(
  socket: Duplex,
  protocol: string,
  options: RemoteOptions,
  clock: SessionClock,
): Promise<RemoteSession | undefined> {
  const wanted = wantedStreams(protocol, options);
  const found = new Map<string, SpdyStream>();
  return new Promise((resolve) => {
    const connection: SpdyConnection = new SpdyConnection(socket, {
      touch: () => clock.touch(),
      accept: (stream) => {
        const type = stream.headers.get("streamtype") ?? "";
        if (!wanted.has(type) || found.has(type)) return true; // upstream minds neither, and waits for the others
        found.set(type, stream);
        // After its reply has been sent.
        if (found.size === wanted.size) queueMicrotask(() => settle(true));
        return true;
      },
    });
    const cancel = clock.after(STREAM_CREATION_MS, () => settle(false));
    const settle = (complete: boolean) => {
      cancel();
      if (complete) {
        resolve(sessionOf(connection, found, protocol));
      } else {
        connection.close();
        resolve(undefined);
      }
    };
    void connection.ended.then(() => settle(false));
  });
}

function wantedStreams(protocol: string, { stdin, stdout, stderr, tty }: RemoteOptions): Set<string> {
  const wanted = new Set(["error"]);
  if (stdin) wanted.add("stdin");
  if (stdout) wanted.add("stdout");
  if (stderr) wanted.add("stderr");
  if (tty && (protocol === V4 || protocol === V3)) wanted.add("resize");
  return wanted;
}

function sessionOf(
  connection: SpdyConnection,
  streams: ReadonlyMap<string, SpdyStream>,
  protocol: string,
): RemoteSession {
  const { ended } = connection;
  for (const type of ["stdout", "stderr", "error"]) streams.get(type)?.resume(); // nothing comes but the end
  return {
    stdin: streams.get("stdin"),
    stdout: streams.get("stdout"),
    stderr: streams.get("stderr"),
    resize: streams.get("resize"),
    error: streams.get("error")!,
    statusOf: protocol === V4 ? statusOfKubelet : statusAsText,
    gone: ended,
    close: () => connection.close(),
  };
}
