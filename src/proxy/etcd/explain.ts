import { X509Certificate } from "node:crypto";
import { StartError } from "../../cluster/start-error.js";
import type { EtcdConnection } from "./connection.js";
import { EtcdError } from "./error.js";

/** Causes within the texts of TLS and of the system, and what they come to. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /alert (number 4[25]|bad certificate|certificate expired)|ALERT_(BAD_CERTIFICATE|CERTIFICATE_EXPIRED)/i,
    "it refuses our client certificate: is it signed by the CA that etcd trusts, and not expired?",
  ],
  [/alert (number 48|unknown ca)|ALERT_UNKNOWN_CA/i, "it does not know the CA of our client certificate (--etcd-cert)"],
  [/certificate required|alert number 116/i, "it wants a client certificate (--etcd-cert and --etcd-key)"],
  [/certificate has expired/i, "its serving certificate has expired; renew it"],
  [
    /unable to verify|self.signed certificate|unable to get (local )?issuer/i,
    "its serving certificate is not of the given CA (--etcd-ca)",
  ],
  [/does not match certificate's altnames/i, "its serving certificate is not for that host"],
  [/wrong version number|packet length too long/i, "it does not speak TLS"],
  [/ECONNREFUSED/, "nothing listens there; start it, or mend --etcd-endpoints"],
  [/ENOTFOUND|EAI_AGAIN|Name resolution failed/, "its name can't be resolved; mend --etcd-endpoints"],
  [
    /no connection within|Deadline exceeded|Waiting for LB pick|Connection dropped/i,
    "it does not answer; see whether it has stopped, has lost its majority or is overloaded",
  ],
  [/ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/, "the network does not lead there, or breaks off"],
  [
    /no leader|request timed out|leader changed/i,
    "its members don't agree in time; see that most of them run, and that their disks keep up",
  ],
];

/**
 * What an error of etcd means to the person who gave the connection; other errors are left as they are. `who` is whose
 * work failed: "cluster a".
 */
export function explained(error: unknown, connection: EtcdConnection, who?: string): unknown {
  if (!(error instanceof EtcdError)) return error;
  const wrong = (text: string, problem: "failed" | "invalid" = "failed") =>
    new StartError(who === undefined ? text : `${who}: ${text}`, problem);
  const user = connection.user ?? commonName(connection) ?? "nobody";
  if (error.is("wrongPassword")) {
    return wrong(`etcd refuses the password of its user ${user}: give the right one (--etcd-password-file)`, "invalid");
  }
  if (error.is("userEmpty")) {
    return wrong(
      "etcd has authentication on and knows nobody by our certificate: give the user root and its password " +
        "(--etcd-user, --etcd-password-file), or a client certificate with the common name root",
      "invalid",
    );
  }
  if (error.is("userNotFound")) {
    const by = connection.user === undefined ? "--etcd-cert, --etcd-key" : "--etcd-user";
    return wrong(`etcd has no user ${user}: come as root, or as another user with the role root (${by})`, "invalid");
  }
  if (error.is("denied")) {
    return wrong(
      `etcd's user ${user} may not do this: users and roles are made by a user with the role root`,
      "invalid",
    );
  }
  if (error.code === "RESOURCE_EXHAUSTED" && /space exceeded/.test(error.message)) {
    return wrong(
      "etcd's database is full: raise its --quota-backend-bytes, or compact and defragment it; then disarm the alarm",
    );
  }
  if (error.code === "UNAVAILABLE" || error.code === "DEADLINE_EXCEEDED") {
    const cause = CAUSES.find(([pattern]) => pattern.test(error.message))?.[1];
    return wrong(`etcd at ${connection.endpoints.join(", ")} can't be reached: ${cause ?? error.message}`);
  }
  return wrong(`etcd: ${error.message.replace(/^etcdserver: /, "")}`);
}

/** Refuses what can be seen to be wrong without asking etcd. `now`: milliseconds since the epoch. @throws StartError */
export function checkConnection(connection: EtcdConnection, now: number): void {
  const wrong = (text: string) => new StartError(text, "invalid");
  for (const endpoint of connection.endpoints) {
    const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
    if (url === undefined || url.host === "") throw wrong(`${endpoint} is no endpoint of etcd: https://host:2379`);
    if (url.protocol !== "https:") {
      throw wrong(`etcd at ${endpoint}: tenants are told apart by their certificates, which takes TLS (https)`);
    }
  }
  if (connection.endpoints.length === 0) throw wrong("no endpoint of etcd is given (--etcd-endpoints)");
  const { client } = connection;
  if (client === undefined) return;
  const certificate = new X509Certificate(client.certificate);
  if (Date.parse(certificate.validTo) > now) return;
  const on = new Date(certificate.validTo).toISOString();
  throw wrong(
    `the client certificate for etcd (${commonName(connection)}) expired on ${on}: give a newer one (--etcd-cert)`,
  );
}

/** Of the client certificate. */
export function commonName({ client }: EtcdConnection): string | undefined {
  if (client === undefined) return undefined;
  return /^CN=(.*)$/m.exec(new X509Certificate(client.certificate).subject)?.[1];
}
