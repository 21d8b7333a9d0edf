import { createServer, type Server, type Socket } from "node:net";
import { StartError } from "../cluster/start-error.js";

export interface Address {
  readonly host: string;
  /** 0: whichever is free. */
  readonly port: number;
}

/** Dead peers are noticed within minutes, as Go's listeners do. */
const OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 180_000 };

/** How many ports an error names. */
const NAMED = 5;

/**
 * Listens on all addresses or on none. `accept` gets the index of the address; `onError` learns of connections that
 * could not be accepted. Throws StartError that names what is busy.
 */
export async function listenAll(
  addresses: readonly Address[],
  accept: (index: number, socket: Socket) => void,
  onError: (error: Error) => void,
): Promise<Server[]> {
  const tried = await Promise.allSettled(
    addresses.map((address, index) => listen(address, (socket) => accept(index, socket), onError)),
  );
  const failed = tried.flatMap((result, index) =>
    result.status === "rejected" ? [{ error: result.reason as NodeJS.ErrnoException, address: addresses[index]! }] : [],
  );
  const servers = tried.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (failed.length === 0) return servers;
  servers.forEach(closeServer);
  const taken = failed[0]!.error.code === "EADDRINUSE";
  throw new StartError(failureText(failed), taken ? "conflict" : "failed", "endpoint.port");
}

/** The port that a server got. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen on a port");
  return address.port;
}

/** Frees the port at once. The connections are not its business. */
export function closeServer(server: Server): void {
  server.close();
}

function listen(address: Address, accept: (socket: Socket) => void, onError: (error: Error) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(OPTIONS, accept);
    server.once("error", reject);
    server.listen({ ...address, exclusive: true }, () => {
      server.off("error", reject).on("error", onError);
      resolve(server);
    });
  });
}

const CAUSES: Readonly<Record<string, string>> = {
  EADDRINUSE: "already in use",
  EACCES: "not permitted (ports below 1024 need privileges)",
  EADDRNOTAVAIL: "not an address of this machine",
  ENOTFOUND: "not a known host",
  EAI_AGAIN: "not a known host",
  EMFILE: "beyond the limit of open files",
  ENFILE: "beyond the limit of open files of this machine",
};

function failureText(failed: readonly { error: NodeJS.ErrnoException; address: Address }[]): string {
  const { error, address } = failed[0]!;
  const same = failed.filter((one) => one.error.code === error.code);
  const cause = CAUSES[error.code ?? ""] ?? error.message;
  if (error.code === "EADDRINUSE" || error.code === "EACCES") {
    const ports = same.slice(0, NAMED).map((one) => one.address.port);
    const more = same.length > NAMED ? ` and ${same.length - NAMED} more` : "";
    return `can't listen on ${address.host}: port ${ports.join(", ")}${more} ${cause}`;
  }
  return `can't listen on ${address.host} port ${address.port}: ${cause}`;
}
