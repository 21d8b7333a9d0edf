import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type FakeApiserver, type FakeApiserverOptions, StartError, startFakeApiserver } from "../src/embed.js";
import { CertificateAuthority } from "../src/pki/authority.js";
import { StandIn } from "./proxy/stand-in.js";

async function started(options: FakeApiserverOptions): Promise<FakeApiserver> {
  const server = await startFakeApiserver(options);
  onTestFinished(() => server.stop());
  return server;
}

describe("an embedded fleet", () => {
  it("is put before a server that somebody else runs", async () => {
    const standIn = await new StandIn().listen();
    onTestFinished(() => standIn.kill());
    const server = await started({ clusters: 1 });
    const { clusterCa, frontProxy, port } = standIn;
    const [url, ca] = [`https://127.0.0.1:${port}`, clusterCa.certificate];
    const runtime = { type: "external", server: url, ca, frontProxy } as const;
    const theirs = await server.create({
      ...{ name: "theirs", ca: clusterCa.pair },
      backend: { type: "passthrough", proxy: "terminate", runtime },
    });
    await theirs.ready();
    await server.cluster("cluster-1").ready();
    expect((await theirs.kubeconfigObject()).clusters[0]!.cluster.server).toBe(theirs.url);
  });

  it("has no servers of its own without an etcd", async () => {
    const server = await started({ clusters: 0 });
    const backend = { type: "passthrough", proxy: "pipe", runtime: { type: "process" } } as const;
    await expect(server.create({ backend })).rejects.toMatchObject({ field: "backend.runtime" });
    expect(server.clusters).toEqual([]);
  });

  it("tells what its real servers lack, and goes on without them", async () => {
    const etcd = { endpoints: ["https://127.0.0.1:1"], ca: CertificateAuthority.create(Date.now()).pair };
    const server = await started({ clusters: 1, passthrough: { clusters: 1, binary: "/none/kube-apiserver", etcd } });
    expect(server.clusters.map(({ name }) => name)).toEqual(["cluster-1", "cluster-2"]);
    const failure = server.cluster("cluster-2").ready();
    await expect(failure).rejects.toThrow(StartError);
    await expect(failure).rejects.toThrow(/^cluster cluster-2: .*\/none\/kube-apiserver: there is no such file/);
    await server.cluster("cluster-1").ready();
  });

  it("leaves nothing in the folder for temporary files", async () => {
    const before = process.env.TMPDIR;
    const dir = mkdtempSync(join(tmpdir(), "embed-"));
    process.env.TMPDIR = dir;
    onTestFinished(() => {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      rmSync(dir, { recursive: true, force: true });
    });
    const etcd = { endpoints: ["https://127.0.0.1:1"], ca: CertificateAuthority.create(Date.now()).pair };
    const server = await startFakeApiserver({ clusters: 0, passthrough: { clusters: 1, binary: "/none", etcd } });
    expect(readdirSync(dir)).toHaveLength(1);
    await server.stop();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("refuses a CA of etcd that is none", async () => {
    const etcd = { endpoints: ["https://127.0.0.1:1"], ca: { certificate: "none", key: "none" } };
    const refused = startFakeApiserver({ passthrough: { etcd } });
    await expect(refused).rejects.toMatchObject({ name: "StartError", field: "passthrough.etcd.ca" });
  });
});
