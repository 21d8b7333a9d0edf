import type { Socket } from "node:net";
import { readClientHello } from "./client-hello.js";

/** How long a client may take to say which host it wants. */
const HELLO_MS = 10_000;

/** TLS alerts as they stand on the wire before any key: record header, fatal, code. */
const alert = (code: number): Buffer => Buffer.of(21, 3, 3, 0, 2, 2, code);
const UNRECOGNIZED_NAME = alert(112);
const DECODE_ERROR = alert(50);

/**
 * Reads the server name of a connection, puts the bytes back and calls `found` with the name; undefined when the client
 * sent none. `found` returns false for a name that nobody serves, and the client is told so. A connection that shows no
 * ClientHello in bounded bytes and time is dropped.
 */
export function peekServerName(socket: Socket, found: (serverName: string | undefined) => boolean): void {
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => socket.destroy(), HELLO_MS).unref();
  const finish = () => {
    clearTimeout(timer);
    socket.off("readable", onReadable).off("end", onEnd);
  };
  const refuse = (reply: Buffer) => {
    finish();
    socket.end(reply, () => socket.destroy());
  };
  const onReadable = () => {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
      chunks.push(chunk);
    }
    const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    const verdict = readClientHello(bytes);
    if (verdict.kind === "incomplete") return;
    if (verdict.kind === "invalid") {
      refuse(DECODE_ERROR);
      return;
    }
    finish();
    socket.unshift(bytes);
    if (!found(verdict.serverName)) refuse(UNRECOGNIZED_NAME);
  };
  const onEnd = () => {
    finish();
    socket.destroy();
  };
  socket.on("error", () => socket.destroy());
  socket.once("close", finish);
  socket.on("readable", onReadable).on("end", onEnd);
}
