import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pino from "pino";
import { parseTokenFile } from "../../src/auth/static-tokens.js";
import { startEmulatedFleet } from "../../src/compose.js";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { Client, type Endpoint, endpointOf } from "./client.js";

/** The server that contract cases run against: by default ours, with TARGET=real the one of REAL_KUBECONFIG. */
export interface Target {
  readonly real: boolean;
  readonly client: Client;
  /** A client of its own for somebody else. */
  as(who: Who): Client;
  close(): Promise<void>;
}

/** Whose certificate a client shows; without a name it shows none. */
export interface Who {
  readonly name?: string;
  readonly groups?: readonly string[];
  /** The certificate is by a CA that the server does not know. */
  readonly stranger?: boolean;
  /** The certificate is for a server to show, not a client; its name is kube-apiserver whatever is asked for. */
  readonly serving?: boolean;
  /** The certificate ran out a year ago. */
  readonly expired?: boolean;
}

export const isReal = process.env.TARGET === "real";

/** With STORE=etcd clusters keep their objects in the etcd that is on the PATH. */
export const inEtcd =
  process.env.STORE === "etcd" ? ({ store: "etcd", passthrough: { etcd: { managed: true } } } as const) : {};

/** As test/real/up.sh writes them. */
const TOKENS = 'contract-token,static-user,static-uid,"static-devs,static-ops"';

export async function openTarget(): Promise<Target> {
  if (isReal) return openReal();
  const tokens = parseTokenFile(TOKENS);
  const log = pino({ level: "silent" });
  const fleet = await startEmulatedFleet({ basePort: 0, clusters: 1, tokens, log, ...inEtcd });
  const cluster = [...fleet.clusters.values()][0]!;
  const { authority } = await cluster.identity();
  return target(
    false,
    endpointOf(await cluster.kubeconfig()),
    () => authority,
    () => fleet.close(),
  );
}

async function openReal(): Promise<Target> {
  const path = process.env.REAL_KUBECONFIG;
  if (!path) throw new Error("TARGET=real needs REAL_KUBECONFIG, the path of a kube-apiserver's kubeconfig");
  const file = (name: string) => readFileSync(join(dirname(path), "pki", name), "utf8");
  const authority = () => CertificateAuthority.load({ certificate: file("ca.crt"), key: file("ca.key") });
  return target(true, endpointOf(readFileSync(path, "utf8")), authority, async () => undefined);
}

const YEAR_MS = 365 * 24 * 3_600_000;

function target(
  real: boolean,
  endpoint: Endpoint,
  authority: () => CertificateAuthority,
  end: () => Promise<void>,
): Target {
  const others = new Map<string, Client>();
  const credentials = ({ name, groups = [], stranger, serving, expired }: Who) => {
    const { cert: _cert, key: _key, ...bare } = endpoint;
    if (name === undefined) return bare;
    const now = Date.now() - (expired ? 2 * YEAR_MS : 0);
    const by = stranger ? CertificateAuthority.create(now) : authority();
    const { certificate, key } = serving
      ? by.issueServing(now, ["localhost"])
      : by.issueClient(now, { commonName: name, organizations: groups });
    return { ...bare, cert: certificate, key };
  };
  // A real server's administrator is called this, and some answers tell it.
  const client = new Client(real ? endpoint : credentials({ name: "admin", groups: ["system:masters"] }));
  return {
    real,
    client,
    as: (who) => {
      const known = others.get(JSON.stringify(who)) ?? new Client(credentials(who));
      others.set(JSON.stringify(who), known);
      return known;
    },
    close: () => {
      for (const each of [client, ...others.values()]) each.close();
      return end();
    },
  };
}
