import type { KeyPair } from "../../pki/authority.js";

/** Where a real server is reached, for as long as it is there. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Whom its serving certificate is from. PEM. */
  readonly ca: string;
}

/** Whom connections belong to: the one who may speak for others, or nobody. */
export interface Credentials {
  readonly client?: KeyPair | undefined;
}

/** Options of a TLS connection there, as Node's clients take them. */
export function tlsOptions({ host, port, ca }: Address, { client }: Credentials) {
  return {
    host,
    port,
    ca,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
  };
}

/** "https://host:port" */
export function urlOf({ host, port }: Address): string {
  return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
