import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect, it, onTestFinished } from "vitest";
import { startFakeApiserver } from "../../../src/embed.js";
import { folder, program } from "./programs.js";

it("an embedded fleet has real servers among its clusters, which forget when they are told to", async () => {
  const place = folder();
  const [binary, etcd] = [program("kube-apiserver"), { binary: program("etcd") }];
  const passthrough = { clusters: 1, binary, etcd, preset: "saving" } as const;
  const server = await startFakeApiserver({ clusters: 1, out: place.path, passthrough });
  onTestFinished(async () => {
    await server.stop();
    place.remove();
  });
  const cluster = server.cluster("cluster-2");
  await cluster.ready();
  const config = new KubeConfig();
  config.loadFromString(await cluster.kubeconfig());
  const api = config.makeApiClient(CoreV1Api);
  await api.createNode({ body: { metadata: { name: "mine" } } });
  const names = async () => (await api.listNode()).items.map(({ metadata }) => metadata?.name);
  expect(await names()).toEqual(["mine"]);
  await cluster.reset();
  await cluster.ready();
  expect(await names()).toEqual([]);
});
