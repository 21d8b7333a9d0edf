import { once } from "node:events";
import { connect as netConnect } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import type { KubeRequest } from "../../src/kube/handler.js";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { admin, anonymous, connectHttp2, connectTls, fetchFrom, rawHttp1, request, testFleet } from "./support.js";

let fleet: Fleet | undefined;
afterEach(() => fleet?.close());

const MODES = [
  ["ports", {}],
  ["one port by SNI", { sni: { domain: "fleet.test", port: 0 } }],
] as const;

async function pair(options: (typeof MODES)[number][1]): Promise<[Cluster, Cluster]> {
  fleet = await testFleet(undefined, { clusters: 2, ...options });
  return [fleet.cluster("cluster-1"), fleet.cluster("cluster-2")];
}

const GET = "GET /api/v1/nodes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/** A request over HTTP/1.1 on a connection that offers a session; answers the status line and the session that came. */
async function exchange(options: ConnectionOptions, session?: Buffer) {
  const socket = await connectTls({ ...options, ALPNProtocols: ["http/1.1"], ...(session ? { session } : {}) });
  const reused = socket.isSessionReused();
  return { ...(await finish(socket)), reused };
}

async function finish(socket: TLSSocket) {
  let session = socket.getSession(); // TLS 1.2 has it with the handshake, 1.3 sends it after
  socket.on("session", (made) => {
    session = made;
  });
  socket.write(GET);
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return { text, session };
}

describe.each(MODES)("TLS with %s", (_mode, options) => {
  it("knows the admin of each cluster", async () => {
    const [a, b] = await pair(options);
    for (const cluster of [a, b]) {
      const reply = await fetchFrom(cluster, "/api/v1/nodes", await admin(cluster));
      expect([reply.status, JSON.parse(reply.text).user]).toEqual([200, "kubernetes-admin"]);
    }
  });

  it("answers 401 to another cluster's certificate, on health and /version, too", async () => {
    const [a, b] = await pair(options);
    const { cert, key } = await admin(a);
    for (const path of ["/api/v1/nodes", "/healthz", "/version"]) {
      const reply = await fetchFrom(b, path, { ...(await anonymous(b)), cert: cert!, key: key! });
      expect(reply.status).toBe(401);
      expect(JSON.parse(reply.text)).toEqual({
        ...{ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" },
        ...{ message: "Unauthorized", reason: "Unauthorized", code: 401 },
      });
      expect(reply.headers).not.toHaveProperty("x-kubernetes-pf-flowschema-uid");
    }
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("lets a session of A's admin be nobody on B (%s)", async (version) => {
    const [a, b] = await pair(options);
    const versions = { minVersion: version, maxVersion: version } as const;
    const first = await exchange({ ...(await admin(a)), ...versions });
    expect(first.text).toMatch(/^HTTP\/1.1 200/);
    // The session is worth something where it was made, or the rest would prove nothing.
    const again = await exchange({ ...(await admin(a)), ...versions }, first.session);
    expect([again.reused, again.text.slice(0, 12)]).toEqual([true, "HTTP/1.1 200"]);

    const { cert, key } = await admin(a);
    const stranger = { ...(await anonymous(b)), cert: cert!, key: key!, ...versions };
    const moved = await exchange(stranger, first.session);
    expect([moved.reused, moved.text.slice(0, 12)]).toEqual([false, "HTTP/1.1 401"]);
    const bare = await exchange({ ...(await anonymous(b)), ...versions }, first.session);
    expect([bare.reused, bare.text.slice(0, 12)]).toEqual([false, "HTTP/1.1 403"]);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("lets no session outlive being nobody (%s)", async (version) => {
    const [a, b] = await pair(options);
    const versions = { minVersion: version, maxVersion: version } as const;
    const { cert, key } = await admin(a);
    const stranger = { ...(await anonymous(b)), cert: cert!, key: key!, ...versions };
    const first = await exchange(stranger);
    const again = await exchange(stranger, first.session);
    expect([first.text.slice(0, 12), again.text.slice(0, 12)]).toEqual(["HTTP/1.1 401", "HTTP/1.1 401"]);
  });

  it("refuses TLS 1.1", async () => {
    const [a] = await pair(options);
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    await expect(connectTls({ ...(await anonymous(a)), ...old })).rejects.toThrow();
  });
});

describe("client certificates", () => {
  it("count only for client authentication", async () => {
    const [a] = await pair({});
    const { authority } = await a.identity();
    const serving = authority.issueServing(Date.now(), ["localhost"]);
    const reply = await fetchFrom(a, "/version", {
      ...(await anonymous(a)),
      cert: serving.certificate,
      key: serving.key,
    });
    expect(reply.status).toBe(401);
  });

  it("name the user and their groups", async () => {
    fleet = await testFleet(async (request: KubeRequest) => ({
      ...{ status: 200, headers: {} },
      chunks: [Buffer.from(JSON.stringify(request.user))],
    }));
    const cluster = fleet.cluster("cluster-1");
    const { authority } = await cluster.identity();
    const bob = authority.issueClient(Date.now(), { organizations: ["dev", "ops"], commonName: "bob" });
    const { text } = await fetchFrom(cluster, "/x", {
      ...(await anonymous(cluster)),
      cert: bob.certificate,
      key: bob.key,
    });
    expect(JSON.parse(text)).toEqual({
      name: "bob",
      groups: ["dev", "ops", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
    });
  });

  it("end while their connection goes on", async () => {
    let now = Date.now();
    fleet = await testFleet(undefined, {}, { now: () => now });
    const cluster = fleet.cluster("cluster-1");
    const session = connectHttp2(cluster, await admin(cluster));
    expect((await request(session, "/version")).status).toBe(200);
    now += 366 * 86_400_000;
    expect((await request(session, "/version")).status).toBe(401);
    session.close();
  });

  it("of a CA that was given are known", async () => {
    fleet = await testFleet();
    const given = CertificateAuthority.create(Date.now(), "given");
    const cluster = await fleet.create({ name: "guest", ca: given.pair });
    const client = given.issueClient(Date.now(), { commonName: "eve" });
    const options = { ...(await anonymous(cluster)), ca: given.certificate, cert: client.certificate, key: client.key };
    expect(JSON.parse((await fetchFrom(cluster, "/x", options)).text).user).toBe("eve");
  });
});

describe("the shared port", () => {
  it("tells a client that nobody has that name, or that a name is needed", async () => {
    const [a] = await pair({ sni: { domain: "fleet.test", port: 0 } });
    for (const servername of ["cluster-9.fleet.test", "fleet.test", ""]) {
      const options = { ...(await anonymous(a)), servername };
      await expect(connectTls(options)).rejects.toMatchObject({ code: "ERR_SSL_TLSV1_UNRECOGNIZED_NAME" });
    }
  });

  it("drops what is not TLS", async () => {
    const [a] = await pair({ sni: { domain: "fleet.test", port: 0 } });
    const socket = netConnect(a.endpoint.port, a.endpoint.host);
    socket.write("GET / HTTP/1.1\r\n\r\n");
    const [reply] = (await once(socket, "data")) as [Buffer];
    expect(reply.toString("hex")).toBe("15030300020232");
    await once(socket, "close");
  });

  it("names the cluster in its certificate", async () => {
    const [a, b] = await pair({ sni: { domain: "fleet.test", port: 0 } });
    const socket = await connectTls(await anonymous(b));
    expect(socket.getPeerX509Certificate()?.checkHost("cluster-2.fleet.test")).toBe("cluster-2.fleet.test");
    socket.destroy();
    expect(a.endpoint.port).toBe(b.endpoint.port);
  });

  it("finds clusters that come later, and loses those that stop", async () => {
    await pair({ sni: { domain: "fleet.test", port: 0 } });
    const made = await fleet!.create();
    expect((await fetchFrom(made, "/version", await admin(made))).status).toBe(200);
    const options = await anonymous(made);
    await fleet!.stop(made.name);
    await expect(connectTls(options)).rejects.toMatchObject({ code: "ERR_SSL_TLSV1_UNRECOGNIZED_NAME" });
  });
});

describe("contexts", () => {
  it("are made anew when more clusters are in use than fit", async () => {
    fleet = await testFleet(undefined, { clusters: 4, tlsContexts: 2 });
    for (let round = 0; round < 2; round++) {
      for (const cluster of fleet.clusters.values()) {
        expect((await fetchFrom(cluster, "/version", await admin(cluster))).status).toBe(200);
      }
    }
  });

  it("serve IPv6", async () => {
    fleet = await testFleet(undefined, { host: "::1" });
    const cluster = fleet.cluster("cluster-1");
    expect(cluster.url).toMatch(/^https:\/\/\[::1\]:\d+$/);
    expect((await fetchFrom(cluster, "/version", await admin(cluster))).status).toBe(200);
    expect(await rawHttp1(await admin(cluster), GET)).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  });
});
