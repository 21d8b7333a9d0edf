import { createHash, randomBytes } from "node:crypto";
import { performServerHandshake, type ServerHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { LRUCache } from "lru-cache";
import type { CertificateAuthority } from "../pki/authority.js";
import { whenOver } from "./connection.js";
import { Etcd, type EtcdCluster } from "./etcd.js";
import { serveCalls } from "./rpc/serve.js";
import { services } from "./services/index.js";

/** Which member a connection goes to, and under which address it is known. */
export interface MemberPlace {
  readonly name: string;
  readonly address: string;
}

/** Members whose TLS contexts (about 35 kB each) are kept at the same time. */
const CONTEXTS = 256;
/** How long a client may take for its handshake. */
const HANDSHAKE_MS = 10_000;

/** What listens on the members' port 2379, without a port of this machine. */
export class EtcdListener {
  readonly #now: () => number;
  readonly #etcds = new WeakMap<EtcdCluster, Etcd>();
  readonly #servers = new LRUCache<string, { readonly authority: CertificateAuthority; readonly server: Server }>({
    max: CONTEXTS,
  });

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Serves one connection and resolves when it is over. */
  async serve(cluster: EtcdCluster, place: MemberPlace, connection: Duplex, signal: AbortSignal): Promise<void> {
    const server = await this.#serverOf(cluster, place);
    const over = whenOver(connection, signal);
    if (!connection.destroyed) server.emit("connection", connection);
    await over;
  }

  async #serverOf(cluster: EtcdCluster, place: MemberPlace): Promise<Server> {
    const authority = await cluster.etcdAuthority();
    const key = `${cluster.name}/${place.name}/${place.address}`;
    const kept = this.#servers.get(key);
    if (kept?.authority === authority) return kept.server;
    const etcd = this.#etcds.get(cluster) ?? new Etcd(cluster);
    this.#etcds.set(cluster, etcd);
    const server = createServer(this.#options(authority, place, key), (socket) =>
      this.#welcome(etcd, place.name, socket),
    );
    this.#servers.set(key, { authority, server });
    return server;
  }

  #options(authority: CertificateAuthority, { name, address }: MemberPlace, key: string) {
    const hosts = [...new Set([name, "localhost", "127.0.0.1", "::1", address.replace(/^\[|\]$/g, "")])];
    const serving = authority.issueServing(this.#now(), hosts, name);
    return {
      cert: serving.certificate,
      key: serving.key,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.2" as const,
      ALPNProtocols: ["h2"],
      handshakeTimeout: HANDSHAKE_MS,
      // A session of one cluster must not resume on another: it would carry its authorization there.
      ticketKeys: randomBytes(48),
      sessionIdContext: createHash("sha256").update(key).digest("hex").slice(0, 32),
    };
  }

  #welcome(etcd: Etcd, member: string, socket: TLSSocket): void {
    socket.disableRenegotiation();
    socket.on("error", () => socket.destroy());
    const session: ServerHttp2Session = performServerHandshake(socket);
    session.on("error", () => session.destroy());
    const hangUp = () => session.close();
    serveCalls(session, services, { etcd, member, now: this.#now, hangUp });
  }
}
