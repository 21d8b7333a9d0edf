import { type Duplex, finished } from "node:stream";

/**
 * Resolves when a connection that speaks TLS is over. It is cut when `signal` is aborted, and when the client has ended
 * its half: TLS has no use for the other one, and Node's would wait with it for ever in the middle of a handshake.
 */
export function whenOver(connection: Duplex, signal: AbortSignal): Promise<void> {
  const cut = () => connection.destroy();
  connection.once("end", () => setImmediate(cut));
  signal.addEventListener("abort", cut, { once: true });
  if (signal.aborted) cut();
  return new Promise((resolve) => {
    finished(connection, () => {
      signal.removeEventListener("abort", cut);
      resolve();
    });
  });
}
