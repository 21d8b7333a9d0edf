import type { Duplex, Writable } from "node:stream";
import { endOf } from "../remote/session.js";

/** Serves one connection to a port. */
export type Forward = (port: number, connection: Duplex, signal: AbortSignal) => Promise<void>;

/** How the kubelet names the pod in what it says. */
export interface ForwardTarget {
  /** "name_namespace" */
  readonly pod: string;
  readonly uid: string;
}

/** Serves a connection and tells on the error stream what went wrong. Never throws. */
export async function servePair(
  target: ForwardTarget,
  port: number,
  streams: { readonly data: Duplex; readonly error: Writable },
  signal: AbortSignal,
  forward: Forward,
): Promise<void> {
  const { data, error } = streams;
  try {
    await forward(port, data, signal);
    await Promise.race([Promise.all([endOf(data), endOf(error)]), whenAborted(signal)]);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    error.write(`error forwarding port ${port} to pod ${target.pod}, uid ${target.uid}: ${why}`);
    await Promise.race([endOf(error), whenAborted(signal)]);
  } finally {
    data.destroy();
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
