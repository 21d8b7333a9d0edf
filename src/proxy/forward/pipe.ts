import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { PipeMeter } from "../../cluster/traffic.js";
import type { Address } from "./address.js";
import { joined } from "./upgraded.js";

const CONNECT_MS = 10_000;

/** Leads a connection to an address, its bytes untouched. Resolves when it is over. @throws Error when nobody is there */
export async function lead(connection: Duplex, address: Address, meter: PipeMeter): Promise<void> {
  const upstream = await connected(address);
  if (connection.destroyed) {
    upstream.destroy();
    return;
  }
  connection.on("data", (chunk: Buffer) => {
    meter.cameIn(chunk.length);
  });
  upstream.on("data", (chunk: Buffer) => {
    meter.wentOut(chunk.length);
  });
  // A breakdown of the server's side is to look like one: an end would be no more than a goodbye.
  upstream.once("error", () => reset(connection));
  await joined(connection, upstream);
}

/** Ends a connection so that the client notices at once. */
export function reset(connection: Duplex & Partial<Pick<Socket, "resetAndDestroy">>): void {
  if (connection.resetAndDestroy === undefined) connection.destroy();
  else connection.resetAndDestroy();
}

function connected({ host, port, connect: own }: Address): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = own?.() ?? connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
    const late = setTimeout(() => socket.destroy(new Error("no connection within 10 s")), CONNECT_MS);
    const failed = (error: Error) => {
      clearTimeout(late);
      reject(error);
    };
    socket.once("error", failed);
    socket.once("connect", () => {
      clearTimeout(late);
      socket.off("error", failed);
      resolve(socket);
    });
  });
}
