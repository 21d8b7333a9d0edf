import { Duplex } from "node:stream";
import type { MessageSocket } from "../../kube/tunnel.js";

/** The bytes that WebSocket messages carry, whatever their cut: how SPDY is tunnelled. */
export function messageBytes(socket: MessageSocket): Duplex {
  let reading = false;
  let room: (() => void) | undefined;
  const pump = async (duplex: Duplex) => {
    for await (const message of socket.messages) {
      if (duplex.destroyed) return;
      if (message.length > 0 && !duplex.push(message)) {
        await new Promise<void>((resolve) => {
          room = resolve;
        });
      }
    }
    if (!duplex.destroyed) duplex.push(null);
  };
  return new Duplex({
    allowHalfOpen: true,
    read() {
      room?.();
      room = undefined;
      if (reading) return;
      reading = true;
      pump(this).catch((error: Error) => this.destroy(error));
    },
    write(chunk: Buffer, _encoding, callback) {
      if (socket.send(chunk, true)) callback();
      else void socket.drained().then(() => callback());
    },
    final(callback) {
      socket.close(1000);
      callback();
    },
    destroy(error, callback) {
      room?.();
      socket.close(1000);
      callback(error);
    },
  });
}
