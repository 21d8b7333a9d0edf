import { connect } from "node:tls";
import { StartError } from "../../cluster/start-error.js";
import type { EtcdClient } from "./client.js";
import type { EtcdConnection } from "./connection.js";
import { EtcdError } from "./error.js";
import { commonName } from "./explain.js";

/** etcd's user and role who may do everything. */
export const ROOT = "root";

/**
 * Turns etcd's authentication on, unless it is on. Whatever stopped it half-way, it can be called again.
 * @throws StartError before anything is changed, where turning it on would lock us out; EtcdError
 */
export async function requireAuthentication(client: EtcdClient, connection: EtcdConnection): Promise<void> {
  await requireCertificates(connection);
  if (!(await client.auth.enabled())) {
    await prepareRoot(client, connection);
    await client.auth.enable();
  }
  // As ourselves, now that it counts who we are: 3.6 says of users that it does not know what it says of those asked for.
  if ((await client.auth.user(ROOT)) === undefined) throw EtcdError.of(9, "etcdserver: user name not found");
}

async function prepareRoot({ auth }: EtcdClient, connection: EtcdConnection): Promise<void> {
  const { user, password } = connection;
  const me = user ?? commonName(connection);
  if (me !== ROOT && !(me !== undefined && (await auth.user(me))?.includes(ROOT))) {
    throw new StartError(
      `etcd's authentication is off, and turning it on would lock us out: we come as ${me ?? "nobody"}, who is no user ` +
        "with the role root. Give the user root and a password, or a client certificate with the common name root",
      "invalid",
    );
  }
  const given = user === ROOT ? password : undefined;
  const there = (await auth.user(ROOT)) !== undefined;
  await auth.addUser(ROOT, given);
  // Nobody has had use for an earlier password yet.
  if (there && given !== undefined) await auth.changePassword(ROOT, given);
  await auth.addRole(ROOT);
  await auth.grantRole(ROOT, ROOT);
}

/**
 * Without --client-cert-auth etcd does not look at certificates: tenants could not come in by them, and everybody could
 * come without one.
 */
async function requireCertificates({ endpoints, ca }: EtcdConnection): Promise<void> {
  for (const endpoint of endpoints) {
    if (await takesAnybody(new URL(endpoint), ca)) {
      throw new StartError(
        `etcd at ${endpoint} lets in clients without a certificate: start it with --client-cert-auth and --trusted-ca-file`,
        "invalid",
      );
    }
  }
}

/** How long a member may take to turn a stranger away; one that is not there at all can't let anybody in. */
const PATIENCE_MS = 3_000;

function takesAnybody({ hostname, port }: URL, ca: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    // Up to TLS 1.2 a missing certificate fails the handshake; in 1.3 it would look well at first.
    const options = { host: hostname, port: Number(port === "" ? 443 : port), maxVersion: "TLSv1.2" } as const;
    const socket = connect({ ...options, ALPNProtocols: ["h2"], ...(ca === undefined ? {} : { ca }) });
    const settle = (letIn: boolean) => {
      socket.destroy();
      resolve(letIn);
    };
    socket.setTimeout(PATIENCE_MS, () => settle(false));
    socket.once("secureConnect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("close", () => settle(false));
  });
}
