import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { freePort, Line, Rig } from "./rig.js";

let rig: Rig;
let port: number;

beforeEach(async () => {
  rig = await Rig.start();
  port = await freePort();
});
afterEach(() => rig.stop());

const told = (...expected: (string | RegExp)[]) =>
  rig.until(async () => {
    const events = await rig.events();
    expect(events).toHaveLength(expected.length);
    for (const [at, each] of expected.entries()) expect(events[at]).toMatch(each);
  });

describe("what is amiss is told once, and once more when it is mended:", () => {
  it("two Clusters that claim one port", async () => {
    rig.loop();
    await rig.cluster("c1", port);
    await rig.secrets("c1");
    await rig.until(() => rig.fleet.cluster("default.c1"));
    await rig.cluster("c2", port);
    await rig.secrets("c2");
    await told(/^Warning EndpointTaken Cluster\/c2 .*127\.0\.0\.1:\d+.*default\.c1/);
    await rig.delete("Cluster", "c1");
    await rig.until(() => rig.fleet.cluster("default.c2"));
    await told(/^Warning/, /^Normal EndpointTaken Cluster\/c2 Mended/);
    expect([...rig.fleet.clusters.keys()]).toEqual(["default.c2"]);
  });

  it("a port that another process has", async () => {
    const other = new Line({ host: "127.0.0.1", port });
    await other.open();
    rig.loop();
    await rig.cluster("c1", other.port);
    await rig.secrets("c1");
    await told(/^Warning Endpoint(Taken|Failed) Cluster\/c1 .*127\.0\.0\.1:\d+/);
    await other.cut();
    await rig.until(() => rig.fleet.cluster("default.c1"));
  });

  it("garbage in a Secret", async () => {
    rig.loop();
    await rig.secrets("c1");
    await rig.secret("c1-ca", "garbage", "garbage");
    await rig.cluster("c1", port);
    await told(/^Warning InvalidSecret Cluster\/c1 Secret c1-ca /);
    const authority = CertificateAuthority.create(Date.now());
    await rig.secret("c1-ca", authority.pair.certificate, CertificateAuthority.create(Date.now()).pair.key);
    await told(/^Warning/, /^Warning InvalidSecret Cluster\/c1 Secret c1-ca .*key does not belong/);
    await rig.secret("c1-ca", authority.pair.certificate, authority.pair.key);
    await rig.until(() => rig.fleet.cluster("default.c1"));
    await told(/^Warning/, /^Warning/, /^Normal InvalidSecret Cluster\/c1 Mended/);
  });

  it("Secrets that don't come", async () => {
    rig.loop({ retryMs: 10 });
    await rig.cluster("c1", port);
    await told(/^Warning SecretMissing Cluster\/c1 No Secret c1-ca: /);
    const authority = CertificateAuthority.create(Date.now());
    await rig.secret("c1-ca", authority.pair.certificate, authority.pair.key);
    await told(/^Warning/, /^Warning SecretMissing Cluster\/c1 No Secret c1-etcd and c1-sa: /);
    await rig.secrets("c1", authority);
    await rig.until(() => rig.fleet.cluster("default.c1"));
    await rig.until(async () => {
      const events = (await rig.events()).slice(2);
      expect(events.pop()).toMatch(/^Normal SecretMissing Cluster\/c1 Mended/);
      // They come one after the other: the last may have been missed by itself.
      for (const event of events) expect(event).toMatch(/^Warning SecretMissing Cluster\/c1 No Secret c1-(etcd|sa): /);
    });
  });

  it("a CA without its key", async () => {
    rig.loop();
    await rig.secrets("c1");
    await rig.api.patch("/api/v1/namespaces/default/secrets/c1-ca", { data: { "tls.key": null } });
    await rig.cluster("c1", port);
    await told("Warning InvalidSecret Cluster/c1 Secret c1-ca has no tls.key: nothing can be signed with it");
  });

  it("a CA that is rotated under a running cluster, which goes on with its own", async () => {
    rig.loop({ resyncMs: 50 });
    await rig.cluster("c1", port);
    const authority = await rig.secrets("c1");
    await rig.machine("c1", "cp-1", { controlPlane: true });
    await rig.node("c1", "cp-1");
    const other = CertificateAuthority.create(Date.now());
    await rig.secret("c1-ca", other.pair.certificate, other.pair.key);
    await told(/^Warning CertificateAuthorityChanged Cluster\/c1 Secret c1-ca /);
    const { authority: serving } = await rig.fleet.cluster("default.c1").identity();
    expect(serving.certificate).toBe(authority.certificate);
    await rig.machine("c1", "w-1");
    await rig.node("c1", "w-1");
    await rig.secret("c1-ca", authority.pair.certificate, authority.pair.key);
    await told(/^Warning/, /^Normal CertificateAuthorityChanged Cluster\/c1 Mended/);
  });
});

it("a rotated CA is noticed at the next machine, long before Secrets are looked at by themselves", async () => {
  rig.loop({ resyncMs: 3_600_000 });
  await rig.cluster("c1", port);
  await rig.secrets("c1");
  await rig.machine("c1", "cp-1", { controlPlane: true });
  await rig.node("c1", "cp-1");
  const other = CertificateAuthority.create(Date.now());
  await rig.secret("c1-ca", other.pair.certificate, other.pair.key);
  await rig.machine("c1", "w-1");
  await told(/^Warning CertificateAuthorityChanged Cluster\/c1 Secret c1-ca /);
});

it("what was amiss with a Machine ends with it", async () => {
  rig.loop();
  await rig.cluster("c1", port);
  await rig.secrets("c1");
  await rig.machine("c1", "cp-1", { controlPlane: true });
  const nodeRegistration = { kubeletExtraArgs: { "node-labels": "a/b/c=d" } };
  await rig.machine("c1", "bad", { config: { joinConfiguration: { nodeRegistration } } });
  await told(/^Warning NodeRejected/);
  await rig.delete("Machine", "bad");
  await told(/^Warning/, /^Normal NodeRejected Cluster\/c1 Mended/);
});

it("a CA that is changed before anybody has joined is taken", async () => {
  rig.loop({ resyncMs: 50 });
  await rig.cluster("c1", port);
  await rig.secrets("c1");
  await rig.until(() => rig.fleet.cluster("default.c1"));
  const other = CertificateAuthority.create(Date.now());
  await rig.secret("c1-ca", other.pair.certificate, other.pair.key);
  await rig.until(async () => {
    const { authority } = await rig.fleet.cluster("default.c1").identity();
    expect(authority.certificate).toBe(other.certificate);
  });
});

it("a Cluster that is made anew under the same name starts from nothing", async () => {
  rig.loop();
  await rig.cluster("c1", port);
  await rig.secrets("c1");
  await rig.machine("c1", "cp-1", { controlPlane: true });
  await rig.node("c1", "cp-1");
  for (const kind of ["Machine", "StubMachine"]) await rig.delete(kind, "cp-1");
  for (const kind of ["Cluster", "KubeadmControlPlane"]) await rig.delete(kind, "c1");
  const authority = await rig.secrets("c1");
  await rig.cluster("c1", port);
  await rig.machine("c1", "cp-2", { controlPlane: true });
  await rig.node("c1", "cp-2");
  expect(await rig.nodes("c1")).toEqual(["cp-2"]);
  const { authority: serving } = await rig.fleet.cluster("default.c1").identity();
  expect(serving.certificate).toBe(authority.certificate);
});
