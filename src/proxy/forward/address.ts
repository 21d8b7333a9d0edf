import { Agent, type AgentOptions } from "node:https";
import type { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { KeyPair } from "../../pki/authority.js";

/** Where a real server is reached, for as long as it is there. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Whom its serving certificate is from. PEM. */
  readonly ca: string;
  /** The name in its serving certificate, where {@link host} is not in it. */
  readonly serverName?: string;
  /**
   * Makes a connection, by default over TCP. It can be written to at once; "connect" tells that somebody is there, as
   * with a socket.
   */
  readonly connect?: () => Duplex;
}

/** Whom connections belong to: the one who may speak for others, or nobody. */
export interface Credentials {
  readonly client?: KeyPair | undefined;
}

/** Options of a TLS connection there, as Node's clients take them. */
export function tlsOptions({ host, port, ca, serverName }: Address, { client }: Credentials) {
  return {
    host,
    port,
    ca,
    ...(serverName === undefined ? {} : { servername: serverName }),
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
  };
}

/** How a TLS connection is made, for Node's clients, where that is not over TCP. */
export function connecting(
  { connect, ...address }: Address,
  credentials: Credentials,
  protocols: readonly string[],
): { readonly createConnection?: () => TLSSocket } {
  if (connect === undefined) return {};
  const { host: _host, port: _port, ...options } = tlsOptions(address, credentials);
  const createConnection = () => {
    const raw = connect();
    const secure = connectTls({ ...options, socket: raw, ALPNProtocols: [...protocols] });
    // TLS learns of an end, not of why.
    raw.once("error", (error) => secure.destroy(error)).once("close", () => secure.destroy());
    secure.once("close", () => raw.destroy());
    return secure;
  };
  return { createConnection };
}

/** Keeps HTTP/1.1 connections there, as the options say. */
export function agentFor(address: Address, credentials: Credentials, options: AgentOptions): Agent {
  return Object.assign(new Agent(options), connecting(address, credentials, ["http/1.1"]));
}

/** "https://host:port" */
export function urlOf({ host, port }: Address): string {
  return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
