import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { StartError } from "../../../src/cluster/start-error.js";
import { OPTIONS } from "../../../src/config/options.js";
import { CertificateAuthority } from "../../../src/pki/authority.js";
import { EtcdError } from "../../../src/proxy/etcd/error.js";
import { checkConnection, explained } from "../../../src/proxy/etcd/explain.js";

const now = Date.now();
const ca = CertificateAuthority.create(now);
const connection = { endpoints: ["https://192.0.2.1:2379"], client: ca.issueClient(now, { commonName: "root" }) };

describe("what is wrong with an etcd", () => {
  it("is told with options that there are", () => {
    const folder = fileURLToPath(new URL("../../../src/proxy/etcd", import.meta.url));
    const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
    // Those of etcd itself are told in full, and are not ours.
    const others = ["client-cert-auth", "trusted-ca-file", "quota-backend-bytes"];
    const told = texts.flatMap((text) => [...text.matchAll(/--(etcd-[a-z-]+)/g)].map(([, name]) => name ?? ""));
    expect(told.length).toBeGreaterThan(5);
    expect(
      [...new Set(told)].filter((name) => !(name in OPTIONS) && !others.includes(name) && name !== "etcd-prefix"),
    ).toEqual([]);
  });

  it.each([
    [
      "INVALID_ARGUMENT",
      "etcdserver: user name is empty",
      "etcd has authentication on and knows nobody by our certificate",
    ],
    ["PERMISSION_DENIED", "etcdserver: permission denied", "etcd's user root may not do this"],
    ["RESOURCE_EXHAUSTED", "etcdserver: mvcc: database space exceeded", "etcd's database is full"],
    ["UNAVAILABLE", "x: certificate has expired", "can't be reached: its serving certificate has expired"],
    ["UNAVAILABLE", "x: tlsv1 alert unknown ca", "can't be reached: it does not know the CA of our client certificate"],
    ["UNAVAILABLE", "x: SSL alert number 45", "it refuses our client certificate"],
    ["UNAVAILABLE", "x: Connection dropped", "it does not answer; see whether it has stopped"],
    ["DEADLINE_EXCEEDED", "x: no connection within 2500 ms", "it does not answer; see whether it has stopped"],
    ["UNAVAILABLE", "etcdserver: request timed out", "its members don't agree in time; see that most of them run"],
    ["UNAVAILABLE", "something new", "can't be reached: something new"],
    ["INTERNAL", "etcdserver: odd", "etcd: odd"],
  ] as const)("%s %s", (code, message, text) => {
    const error = explained(new EtcdError(code, message), connection, "cluster a") as StartError;
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toContain(text);
    expect(error.message.startsWith("cluster a: etcd")).toBe(true);
  });

  it("leaves other errors alone", () => {
    const other = new TypeError("bug");
    expect(explained(other, connection)).toBe(other);
  });

  it("is seen before it is asked", () => {
    const client = ca.issueClient(now - 3 * 365 * 24 * 3_600_000, { commonName: "root" });
    expect(() => checkConnection({ ...connection, client }, now)).toThrow(
      "the client certificate for etcd (root) expired on",
    );
    expect(() => checkConnection({ endpoints: ["host:2379"] }, now)).toThrow("host:2379 is no endpoint of etcd");
    expect(() => checkConnection({ endpoints: [] }, now)).toThrow("no endpoint of etcd is given (--etcd-endpoints)");
    expect(() => checkConnection(connection, now)).not.toThrow();
  });
});
