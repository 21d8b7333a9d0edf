import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Fleet } from "../../src/cluster/fleet.js";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { pkiFiles } from "../../src/proxy/pki.js";
import { RealServers } from "../../src/proxy/real-servers.js";
import { apiserverBinary } from "../../src/proxy/runtime/binary.js";
import { lastReason } from "../../src/proxy/runtime/failures.js";
import { type ServerSettings, serverFlags } from "../../src/proxy/runtime/flags.js";
import { admin, fetchFrom, silent, testFleet } from "../server/support.js";

const SETTINGS: ServerSettings = {
  preset: "plain",
  serviceCidr: "10.0.0.0/16",
  authorizationMode: "RBAC",
  enabledAdmission: [],
  disabledAdmission: ["ServiceAccount"],
};

/** A program that tells a version, and serves what it needs to be a kube-apiserver to us. */
const source = (version: string) => `#!${process.execPath}
const flag = (name) => process.argv.find((each) => each.startsWith("--" + name + "="))?.split("=")[1];
if (process.argv[2] === "--version") console.log("Kubernetes v${version}");
else if (process.argv.includes("--bad")) { console.error("Error: unknown flag: --bad"); process.exit(1); }
else {
  const fs = require("node:fs");
  const [cert, key] = ["tls-cert-file", "tls-private-key-file"].map((name) => fs.readFileSync(flag(name)));
  const away = () => fs.existsSync(__filename + ".etcd-is-away");
  require("node:http2").createSecureServer({ cert, key, allowHTTP1: true }, (asked, answer) => {
    if (asked.url.startsWith("/readyz") && away()) answer.writeHead(500).end("[+]ping ok\\n[-]etcd failed: why\\n");
    else answer.end("served");
  })
    .listen(Number(flag("secure-port")), "127.0.0.1");
}
`;

const notAsked = () => Promise.reject(new Error("nothing is moved here"));
let dir = "";
let diagnosis: string | undefined;
let fleet: Fleet;
const binary = () => join(dir, "kube-apiserver");
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "runtime-"));
  const ca = CertificateAuthority.create(Date.now());
  const client = ca.issueClient(Date.now(), { commonName: "tenant" });
  const reals = new RealServers({
    binary: apiserverBinary(binary(), "1.34"),
    etcd: {
      tenant: async (name) => ({
        name,
        prefix: `/${name}/`,
        endpoints: ["https://etcd:2379"],
        ca: ca.certificate,
        client,
      }),
      purge: async () => undefined,
      diagnose: async () => diagnosis,
      ...{ check: notAsked, take: notAsked, give: notAsked },
      close: async () => undefined,
    },
    settings: SETTINGS,
    serviceIp: "10.0.0.1",
    hosts: () => ["127.0.0.1"],
    dir: (cluster) => join(dir, cluster),
    now: Date.now,
    lostChecks: 1,
    log: silent,
  });
  diagnosis = "etcd can't be reached: start it";
  fleet = await testFleet(undefined, { clusters: 0 }, { createBackend: reals.create, reals });
});
afterEach(async () => {
  await fleet.close();
  rmSync(dir, { recursive: true, force: true });
});

function install(version = "1.34.4"): void {
  writeFileSync(binary(), source(version));
  chmodSync(binary(), 0o755);
}

async function cluster(flags: readonly string[] = [], start: "ahead" | "demand" = "demand") {
  const runtime = { type: "process", flags, start } as const;
  return fleet.create({ backend: { type: "passthrough", proxy: "terminate", runtime } });
}

describe("a kube-apiserver of our own", () => {
  it("runs before anybody asks", async () => {
    install();
    const made = await cluster([], "ahead");
    expect(made.touched).toBe(true);
    await expect.poll(async () => (await made.real)?.state.phase, { timeout: 20_000 }).toBe("ready");
  });

  it("is started by the first request if that is wanted", async () => {
    install();
    const made = await cluster();
    expect(made.touched).toBe(false);
    expect(await fetchFrom(made, "/x", await admin(made))).toMatchObject({ status: 200, text: "served" });
    expect((await made.real)?.state).toMatchObject({ phase: "ready", restarts: 0 });
  });

  it.each([
    ["no binary", () => undefined, /^cluster cluster-1: .*kube-apiserver: there is no such file/],
    [
      "another version",
      () => install("1.25.3"),
      /is of version 1\.25\.3, the fleet's is 1\.34: name another by --kube-api/,
    ],
  ])(
    "that can't run is told of with the cluster's name, and found once it is mended: %s",
    async (_why, break_, message) => {
      break_();
      const made = await cluster();
      const options = await admin(made);
      const refused = await fetchFrom(made, "/x", options);
      expect([refused.status, refused.headers["retry-after"]]).toEqual([503, expect.stringMatching(/^\d+$/)]);
      expect(JSON.parse(refused.text)).toMatchObject({
        reason: "ServiceUnavailable",
        message: expect.stringMatching(message),
      });
      install();
      await expect.poll(async () => (await fetchFrom(made, "/x", options)).status, { timeout: 20_000 }).toBe(200);
    },
  );

  it("that ends at once is told of in its own words", async () => {
    install();
    const made = await cluster(["--bad"]);
    const refused = await fetchFrom(made, "/x", await admin(made));
    expect([refused.status, JSON.parse(refused.text).message]).toEqual([
      503,
      expect.stringMatching(/^cluster cluster-1: .*unknown flag: --bad; mend the flags that it was given/),
    ]);
  });

  it("that does without etcd is told of where its state is asked for, and goes on getting requests", async () => {
    install();
    const made = await cluster();
    const options = await admin(made);
    expect((await fetchFrom(made, "/x", options)).status).toBe(200);
    const { pid } = (await made.real)!.state;
    writeFileSync(`${binary()}.etcd-is-away`, "");
    const state = async () => (await made.real)!.state;
    await expect
      .poll(state, { timeout: 20_000 })
      .toMatchObject({ phase: "failed", message: "kube-apiserver: not ready: etcd; etcd can't be reached: start it" });
    expect((await fetchFrom(made, "/x", options)).status).toBe(200);
    rmSync(`${binary()}.etcd-is-away`);
    await expect.poll(async () => (await state()).phase, { timeout: 20_000 }).toBe("ready");
    expect(await state()).toMatchObject({ pid, restarts: 0 });
    expect((await state()).message).toBeUndefined();
  });

  it("that does not find an etcd that answers is started again", async () => {
    install();
    const made = await cluster();
    const options = await admin(made);
    expect((await fetchFrom(made, "/x", options)).status).toBe(200);
    diagnosis = undefined;
    writeFileSync(`${binary()}.etcd-is-away`, "");
    const restarts = async () => (await made.real)!.state.restarts;
    await expect.poll(restarts, { timeout: 20_000 }).toBe(1);
    rmSync(`${binary()}.etcd-is-away`);
    await expect.poll(async () => (await fetchFrom(made, "/x", options)).status, { timeout: 20_000 }).toBe(200);
  });

  it("is the last that says why it has ended", () => {
    expect(lastReason('I1 x\nE1 run.go:72] "command failed" err="say \\"why\\""\nI2 y')).toBe('say "why"');
    expect(lastReason("I1 all is well")).toBeUndefined();
  });
});

it("goes without lists by watches where etcd does not tell it how far its watches are", () => {
  const tenant = { name: "a", prefix: "/a/", endpoints: ["https://e:1"], ca: "", client: { certificate: "", key: "" } };
  const place = { port: 1, tenant, etcd: { ca: "c", certificate: "d", key: "k" }, pki: pkiFiles("/pki") };
  const gate = "--feature-gates=WatchList=false";
  expect(serverFlags(place, SETTINGS)).not.toContain(gate);
  expect(serverFlags({ ...place, tenant: { ...tenant, noProgress: true } }, SETTINGS)).toContain(gate);
});

it("saves memory by going without caches, queues and admission", () => {
  const tenant = { name: "a", prefix: "/a/", endpoints: ["https://e:1"], ca: "", client: { certificate: "", key: "" } };
  const place = { port: 1, tenant, etcd: { ca: "c", certificate: "d", key: "k" }, pki: pkiFiles("/pki") };
  const plain = serverFlags(place, SETTINGS);
  const saving = serverFlags(place, { ...SETTINGS, preset: "saving" });
  expect(plain).toContain("--etcd-prefix=/a");
  expect(plain).toContain("--disable-admission-plugins=ServiceAccount");
  expect(plain).not.toContain("--watch-cache=false");
  expect(saving).toEqual(expect.arrayContaining(["--watch-cache=false", "--enable-priority-and-fairness=false"]));
});
