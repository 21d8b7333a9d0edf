import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Answer } from "../../kube/handler.js";

/** The answer to a request that has left HTTP: its head as it came, then bytes both ways. */
export function leftHttp(response: IncomingMessage, socket: Duplex, head: Buffer, signal: AbortSignal): Answer {
  const onAbort = () => socket.destroy();
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  socket.once("close", () => signal.removeEventListener("abort", onAbort)).on("error", onAbort);
  return {
    status: response.statusCode!,
    headers: {},
    upgrade: { protocol: "raw" },
    run: ({ tunnel }) => {
      if (tunnel?.kind !== "bytes") throw new Error("no connection to hand on");
      tunnel.socket.write(headText(response));
      if (head.length > 0) socket.unshift(head);
      return joined(tunnel.socket, socket);
    },
  };
}

function headText({ statusCode, statusMessage, rawHeaders }: IncomingMessage): Buffer {
  let text = `HTTP/1.1 ${statusCode} ${statusMessage}\r\n`;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  return Buffer.from(`${text}\r\n`, "latin1");
}

/** Leads two connections to each other. What one has said last still arrives. Resolves when both are done. */
export function joined(one: Duplex, other: Duplex): Promise<void> {
  const ways = [follows(one, other), follows(other, one)];
  one.pipe(other);
  other.pipe(one);
  return Promise.all(ways).then(() => undefined);
}

/** How long an end that nobody reads any more has to go away by itself. */
const LINGER_MS = 5_000;

/** Whether it was an end or a breakdown, the other side is to see the same. */
function follows(one: Duplex, other: Duplex): Promise<void> {
  return new Promise((resolve) => {
    one.on("error", () => other.destroy());
    one.once("close", () => {
      if (one.readableEnded) {
        other.unpipe(one).resume();
        const late = setTimeout(() => other.destroy(), LINGER_MS).unref();
        other.once("close", () => clearTimeout(late));
      } else other.destroy();
      resolve();
    });
  });
}
