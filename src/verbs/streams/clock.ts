import type { Sources } from "../../kube/clock.js";
import type { Wheel } from "../../kube/wheel.js";
import type { SessionClock } from "../../streams/remote/spdy.js";

/** How long a connection may be silent: kubelet's --streaming-connection-idle-timeout. */
export const IDLE_MS = 4 * 3600 * 1000;

/** Does `work`, whose signal is aborted with `signal` or after too long a silence. */
export async function whileLively(
  deps: { readonly wheel: Wheel; readonly sources: Sources },
  signal: AbortSignal,
  work: (clock: SessionClock, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { wheel, sources } = deps;
  const ended = new AbortController();
  const end = () => ended.abort();
  let last = sources.now();
  let cancel = () => {};
  const watchOver = (ms: number) => {
    cancel = wheel.after(ms, () => {
      const left = last + IDLE_MS - sources.now();
      if (left <= 0) end();
      else watchOver(left);
    });
  };
  watchOver(IDLE_MS);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    const touch = () => {
      last = sources.now();
    };
    await work({ after: (ms, callback) => wheel.after(ms, callback), touch }, ended.signal);
  } finally {
    cancel();
    signal.removeEventListener("abort", end);
  }
}
