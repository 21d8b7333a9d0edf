import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type EmbeddedCluster,
  type FakeApiserver,
  type FakeApiserverOptions,
  StartError,
  startFakeApiserver,
} from "../src/embed.js";
import { CertificateAuthority } from "../src/pki/authority.js";
import { freePort, Rig } from "./management/rig.js";

async function started(options: FakeApiserverOptions = {}): Promise<FakeApiserver> {
  const server = await startFakeApiserver(options);
  onTestFinished(() => server.stop());
  return server;
}

async function nodeNames(cluster: EmbeddedCluster): Promise<(string | undefined)[]> {
  const config = new KubeConfig();
  config.loadFromString((await cluster.kubeconfig()).replace("//fleet.example:", "//127.0.0.1:"));
  return (await config.makeApiClient(CoreV1Api).listNode()).items.map(({ metadata }) => metadata?.name);
}

describe("a cluster that is added", () => {
  it("is as asked for: its name, its CA, where it is reached", async () => {
    const server = await started({ clusters: 0 });
    const ca = CertificateAuthority.create(Date.now(), "my-ca").pair;
    const port = await freePort();
    const cluster = await server.create({ name: "mine", ca, endpoint: { host: "localhost", port } });
    expect([cluster.name, cluster.url]).toEqual(["mine", `https://localhost:${port}`]);
    const { clusters } = await cluster.kubeconfigObject();
    const told = clusters[0]!.cluster["certificate-authority-data"];
    expect(Buffer.from(told, "base64").toString()).toBe(ca.certificate);
    expect(await nodeNames(cluster)).toEqual([]); // so the CA's certificates are served
    expect((await server.create({})).name).toMatch(/^cluster-\d$/);
  });

  it("is refused for what can't be, and nothing is left of it", async () => {
    const server = await started({ clusters: 1 });
    const { port } = new URL(server.clusters[0]!.url);
    const [one, other] = [1, 2].map(() => CertificateAuthority.create(Date.now()).pair);
    const refused: [object, Partial<StartError>][] = [
      [
        { name: "x", endpoint: { port: Number(port) } },
        { problem: "conflict", field: "endpoint.port" },
      ],
      [{ name: "x", ca: { certificate: one!.certificate, key: other!.key } }, { problem: "invalid" }],
      [
        { name: "x", serviceAccountKey: "no key" },
        { problem: "invalid", field: "serviceAccountKey" },
      ],
    ];
    for (const [spec, problem] of refused) {
      const error: unknown = await server.create(spec).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StartError);
      expect(error).toMatchObject(problem);
    }
    expect(server.clusters.map(({ name }) => name)).toEqual(["cluster-1"]);
  });
});

describe("a fleet that follows a management cluster", () => {
  async function rig(): Promise<Rig> {
    const made = await Rig.start();
    onTestFinished(() => made.stop());
    return made;
  }

  it("has the clusters that are asked for there, with their nodes, and ends with its loop", async () => {
    const management = await rig();
    const kubeconfig = await management.management.clusters[0]!.kubeconfig();
    const options = { kubeconfig, namespace: "default", retryMs: 50 };
    const server = await started({ management: options, simulate: ["kubelet"] });
    expect(server.clusters).toEqual([]);
    const port = await freePort();
    await management.cluster("c1", port);
    await management.secrets("c1");
    await management.machine("c1", "cp-1", { controlPlane: true });
    const cluster = await management.until(() => server.cluster("default.c1"));
    expect(cluster.url).toBe(`https://127.0.0.1:${port}`);
    await management.until(async () => expect(await nodeNames(cluster)).toEqual(["cp-1"]));
    await server.stop();
    await management.delete("Machine", "cp-1");
    await management.delete("Cluster", "c1");
    // Another one takes over where it has left, and has clusters of its own besides.
    const next = await started({ management: options, clusters: 1 });
    await management.cluster("c2", await freePort());
    await management.secrets("c2");
    await management.until(() => expect(next.clusters.map(({ name }) => name)).toEqual(["cluster-1", "default.c2"]));
  });

  it("makes infrastructure, in its time, for hosts that are said to lead to it", async () => {
    const management = await rig();
    const kubeconfig = await management.management.clusters[0]!.kubeconfig();
    const delays = { join: { minMs: 1, maxMs: 2 } };
    const hosts = ["fleet.example"];
    const infrastructure = ["StubMachine"];
    const lease = { namespace: "default", name: "other" };
    const server = await started({ management: { kubeconfig, hosts, infrastructure, delays, lease, retryMs: 50 } });
    await management.cluster("c1", await freePort(), {}, "fleet.example");
    await management.secrets("c1");
    await management.machine("c1", "cp-1", { controlPlane: true, providerID: "" });
    const cluster = await management.until(() => server.cluster("default.c1"));
    expect(cluster.url).toMatch("https://fleet.example:");
    await management.until(async () => expect(await nodeNames(cluster)).toEqual(["cp-1"]));
    await management.api.get("/apis/coordination.k8s.io/v1/namespaces/default/leases/other");
  });

  it("says what is wrong with a kubeconfig, and leaves nothing running", async () => {
    const port = await freePort();
    const start = () => startFakeApiserver({ clusters: 1, basePort: port - 1, management: { kubeconfig: "{}" } });
    for (const _ of [1, 2]) {
      await expect(start()).rejects.toThrow(
        new StartError("management: kubeconfig: there is no context chosen", "invalid", "management"),
      );
    }
  });
});
