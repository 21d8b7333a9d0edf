import { createHash, randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { servingHosts } from "../pki/authority.js";
import { Connection } from "./connection.js";
import type { Front } from "./front.js";

export interface TlsSettings {
  /** How many clusters' TLS contexts (about 35 kB each) are kept at the same time. */
  readonly contexts: number;
  /** The host that listeners are bound to; it goes into serving certificates. */
  readonly host: string;
  /** The cluster IP of the `kubernetes` Service. */
  readonly serviceIp: string;
}

/** The clusters' TLS servers, made on first use; those used least are dropped and made anew when needed. */
export class TlsServers {
  readonly #servers: LRUCache<Front, Server>;

  constructor(
    settings: TlsSettings,
    parts: {
      readonly now: () => number;
      readonly log: Logger;
      readonly secure: (connection: Connection) => void;
    },
  ) {
    this.#servers = new LRUCache({
      max: settings.contexts,
      fetchMethod: async (front) => {
        const options = await serverOptions(front, settings, parts.now());
        const server = createServer(options, (socket) => welcome(front, socket, parts.secure));
        server.on("tlsClientError", (error) => {
          parts.log.debug({ err: error, cluster: front.cluster.name }, "a TLS handshake failed");
        });
        return server;
      },
    });
  }

  async of(front: Front): Promise<Server> {
    const server = await this.#servers.fetch(front);
    if (server === undefined) throw new Error("the TLS server went away while it was made");
    return server;
  }

  forget(front: Front): void {
    this.#servers.delete(front);
  }

  clear(): void {
    this.#servers.clear();
  }
}

async function serverOptions(front: Front, settings: TlsSettings, now: number) {
  const { authority } = await front.cluster.identity();
  const { host, serverName } = front.cluster.endpoint;
  const hosts = [host, isWildcard(settings.host) ? "" : settings.host, serverName ?? ""];
  const { certificate, key } = authority.issueServing(now, servingHosts(hosts, settings.serviceIp));
  return {
    cert: certificate,
    key,
    ca: authority.certificate,
    // Asked for and judged, but not enforced: a wrong certificate is answered with a Status, none is anonymous.
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: "TLSv1.2" as const,
    ALPNProtocols: ["h2", "http/1.1"],
    // A session of one cluster must not resume on another: it would carry its authorization there.
    ticketKeys: randomBytes(48),
    sessionIdContext: createHash("sha256").update(front.cluster.name).digest("hex").slice(0, 32),
  };
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || (isIP(host) === 6 && /^[0:]+$/.test(host));
}

function welcome(front: Front, socket: TLSSocket, secure: (connection: Connection) => void): void {
  socket.disableRenegotiation(); // it could change who the client is
  const connection = new Connection(front, socket);
  front.welcome(connection);
  secure(connection);
}
