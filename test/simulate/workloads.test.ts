import { afterAll, beforeAll, expect, it } from "vitest";
import { condition, NODES, podSpec, Simulated } from "./simulated.js";

// biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked at, not trusted
type Body = any;

let cluster: Simulated;
beforeAll(async () => {
  cluster = await Simulated.start("kubelet", "gc", "workloads");
  for (const name of ["n1", "n2"]) await cluster.node(name);
});
afterAll(() => cluster.stop());

const APPS = "/apis/apps/v1/namespaces/default";
const CORE = "/api/v1/namespaces/default";
const BATCH = "/apis/batch/v1/namespaces/default";

const template = (app: string, image = "i:1", more: object = {}) => ({
  metadata: { labels: { app } },
  spec: podSpec({ terminationGracePeriodSeconds: 0, containers: [{ name: "c", image }], ...more }),
});
const set = (app: string, spec: object = {}, more: object = {}) => ({
  metadata: { name: app },
  spec: { selector: { matchLabels: { app } }, template: template(app, "i:1", more), ...spec },
});
const podsOf = async (app: string): Promise<Body[]> => cluster.list(`${CORE}/pods?labelSelector=app%3D${app}`);
const image = (pod: Body) => pod.spec.containers[0].image;
const newImage = { spec: { template: { spec: { containers: [{ name: "c", image: "i:2" }] } } } };
const settled = (path: string, replicas: number) =>
  cluster.becomes(path, ({ metadata, spec, status }) => {
    expect(spec.replicas).toBe(replicas);
    expect(status).toMatchObject({ observedGeneration: metadata.generation });
    const counts = [status.replicas, status.updatedReplicas, status.readyReplicas, status.availableReplicas];
    expect(counts.map((count) => count ?? 0)).toEqual(counts.map(() => replicas));
  });

it("a Deployment rolls out, is scaled, rolls back and leaves nothing behind", async () => {
  const path = `${APPS}/deployments/web`;
  await cluster.create(`${APPS}/deployments`, set("web", { replicas: 3 }));
  const first = await settled(path, 3);
  expect(first.metadata.annotations["deployment.kubernetes.io/revision"]).toBe("1");
  expect(condition(first, "Available")).toMatchObject({ status: "True", reason: "MinimumReplicasAvailable" });
  expect(condition(first, "Progressing")).toMatchObject({ status: "True", reason: "NewReplicaSetAvailable" });
  const [replicaSet] = (await cluster.list(`${APPS}/replicasets`)).filter(
    ({ metadata }) => metadata.labels.app === "web",
  );
  const owner = { controller: true, blockOwnerDeletion: true };
  expect(replicaSet.metadata.ownerReferences).toMatchObject([{ kind: "Deployment", name: "web", ...owner }]);
  for (const { metadata, spec } of await podsOf("web")) {
    expect(metadata.ownerReferences).toMatchObject([{ kind: "ReplicaSet", name: replicaSet.metadata.name, ...owner }]);
    expect(metadata.labels["pod-template-hash"]).toBe(replicaSet.metadata.labels["pod-template-hash"]);
    expect(["n1", "n2"]).toContain(spec.nodeName);
  }
  await cluster.patch(`${path}/scale`, { spec: { replicas: 5 } });
  await settled(path, 5);
  await cluster.patch(path, newImage);
  const second = await settled(path, 5);
  expect(second.metadata.annotations["deployment.kubernetes.io/revision"]).toBe("2");
  expect((await podsOf("web")).map(image)).toEqual(Array(5).fill("i:2"));
  await cluster.unchanged(path, () =>
    cluster.unchanged(`${APPS}/replicasets/${replicaSet.metadata.name}`, () => podsOf("web")),
  );
  await cluster.patch(path, { spec: { template: replicaSet.spec.template, replicas: 2 } });
  await cluster.patch(path, { spec: { template: { metadata: { labels: { "pod-template-hash": null } } } } });
  await cluster.until(async () => expect((await podsOf("web")).map(image)).toEqual(["i:1", "i:1"]));
  await settled(path, 2);
  await cluster.delete(path, { propagationPolicy: "Foreground" });
  await cluster.gone(path);
  await cluster.until(async () => expect(await podsOf("web")).toEqual([]));
});

it("a Deployment that is paused waits", async () => {
  const path = `${APPS}/deployments/paused`;
  await cluster.create(`${APPS}/deployments`, set("paused", { replicas: 1 }));
  await settled(path, 1);
  await cluster.patch(path, { spec: { paused: true } });
  await cluster.patch(path, newImage);
  await cluster.becomes(path, ({ metadata, status }) => expect(status.observedGeneration).toBe(metadata.generation));
  expect((await podsOf("paused")).map(image)).toEqual(["i:1"]);
  await cluster.patch(path, { spec: { paused: null } });
  await cluster.until(async () => expect((await podsOf("paused")).map(image)).toEqual(["i:2"]));
});

it("a StatefulSet counts its pods, and renews them down to the partition", async () => {
  const path = `${APPS}/statefulsets/db`;
  await cluster.create(`${APPS}/statefulsets`, set("db", { replicas: 3, serviceName: "db" }));
  await settled(path, 3);
  const names = async () => (await podsOf("db")).map(({ metadata }) => metadata.name).sort();
  expect(await names()).toEqual(["db-0", "db-1", "db-2"]);
  await cluster.patch(path, { spec: { ...newImage.spec, updateStrategy: { rollingUpdate: { partition: 2 } } } });
  const images = async () => (await podsOf("db")).map((pod) => `${pod.metadata.name} ${image(pod)}`).sort();
  await cluster.until(async () => expect(await images()).toEqual(["db-0 i:1", "db-1 i:1", "db-2 i:2"]));
  await cluster.patch(path, { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
  await cluster.until(async () => expect(await images()).toEqual(["db-0 i:2", "db-1 i:2", "db-2 i:2"]));
  const done = await cluster.becomes(path, ({ status }) => expect(status.currentRevision).toBe(status.updateRevision));
  expect(done.status.updateRevision).toMatch(/^db-/);
  await cluster.patch(`${path}/scale`, { spec: { replicas: 1 } });
  await cluster.until(async () => expect(await names()).toEqual(["db-0"]));
});

it("a DaemonSet has a pod on every node that it bears, new ones included", async () => {
  await cluster.create(`${APPS}/daemonsets`, set("agent"));
  const nodes = async () => (await podsOf("agent")).map(({ spec }) => spec.nodeName).sort();
  await cluster.until(async () => expect(await nodes()).toEqual(["n1", "n2"]));
  await cluster.node("n3");
  await cluster.node("tainted", { spec: { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] } });
  await cluster.until(async () => expect(await nodes()).toEqual(["n1", "n2", "n3"]));
  await cluster.becomes(`${APPS}/daemonsets/agent`, ({ status }) =>
    expect(status).toMatchObject({
      desiredNumberScheduled: 3,
      numberReady: 3,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
    }),
  );
  await cluster.patch(`${APPS}/daemonsets/agent`, newImage);
  await cluster.until(async () => expect((await podsOf("agent")).map(image)).toEqual(["i:2", "i:2", "i:2"]));
});

it("Jobs complete, or fail when their limit is reached", async () => {
  const job = (name: string, spec: object, annotations: object) => ({
    metadata: { name },
    spec: {
      ...spec,
      template: { metadata: { labels: { app: name }, annotations }, spec: podSpec({ restartPolicy: "Never" }) },
    },
  });
  const soon = { "fake-apiserver/run-seconds": "0" };
  await cluster.create(`${BATCH}/jobs`, job("good", { completions: 3, parallelism: 2 }, soon));
  await cluster.create(`${BATCH}/jobs`, job("bad", { backoffLimit: 1 }, { ...soon, "fake-apiserver/exit-code": "1" }));
  await cluster.create(
    `${BATCH}/jobs`,
    job("each", { completions: 3, parallelism: 3, completionMode: "Indexed" }, soon),
  );
  const good = await cluster.becomes(`${BATCH}/jobs/good`, (found) =>
    expect(condition(found, "Complete")?.status).toBe("True"),
  );
  expect(good.status).toMatchObject({ succeeded: 3, completionTime: expect.any(String) });
  const bad = await cluster.becomes(`${BATCH}/jobs/bad`, (found) =>
    expect(condition(found, "Failed")?.status).toBe("True"),
  );
  expect([bad.status.failed, condition(bad, "Failed").reason]).toEqual([2, "BackoffLimitExceeded"]);
  const each = await cluster.becomes(`${BATCH}/jobs/each`, (found) =>
    expect(condition(found, "Complete")?.status).toBe("True"),
  );
  expect(each.status.completedIndexes).toBe("0-2");
  await cluster.delete(`${BATCH}/jobs/good`, { propagationPolicy: "Background" });
  await cluster.until(async () => expect(await podsOf("good")).toEqual([]));
});

it("what fits nowhere waits and says why, until a node has room", async () => {
  const resources = { requests: { cpu: "64" } };
  const spec = podSpec({ nodeSelector: { size: "huge" }, containers: [{ name: "c", image: "i", resources }] });
  await cluster.create(`${CORE}/pods`, { metadata: { name: "huge" }, spec });
  const waiting = await cluster.becomes(`${CORE}/pods/huge`, (pod) =>
    expect(condition(pod, "PodScheduled")?.reason).toBe("Unschedulable"),
  );
  expect(condition(waiting, "PodScheduled").message).toMatch(/^0\/\d nodes are available: .*node affinity/);
  await cluster.node("huge", {
    metadata: { name: "huge", labels: { size: "huge" } },
    status: { allocatable: { cpu: "96", pods: "110" } },
  });
  await cluster.becomes(`${CORE}/pods/huge`, ({ spec: { nodeName }, status }) =>
    expect([nodeName, status.phase]).toEqual(["huge", "Running"]),
  );
});

it("endpoints follow the pods that a Service selects, and budgets count them", async () => {
  const ports = [{ name: "http", port: 80, targetPort: "web" }];
  await cluster.create(`${CORE}/services`, {
    metadata: { name: "front" },
    spec: { selector: { app: "front" }, ports },
  });
  const budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
  const selector = { matchLabels: { app: "front" } };
  await cluster.create(budgets, { metadata: { name: "front" }, spec: { minAvailable: 2, selector } });
  const containers = [{ name: "c", image: "i", ports: [{ name: "web", containerPort: 8080 }] }];
  await cluster.create(`${APPS}/deployments`, set("front", { replicas: 3 }, { containers }));
  await cluster.becomes(`${CORE}/endpoints/front`, ({ subsets }) => {
    expect(subsets[0].addresses).toHaveLength(3);
    expect(subsets[0].ports).toEqual([{ name: "http", port: 8080, protocol: "TCP" }]);
  });
  const slices =
    "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dfront";
  await cluster.until(async () => {
    const endpoints = (await cluster.list(slices)).flatMap((slice) => slice.endpoints);
    expect(endpoints.map(({ conditions }: Body) => conditions.ready)).toEqual([true, true, true]);
  });
  const budget = await cluster.becomes(`${budgets}/front`, ({ status }) =>
    expect(status).toMatchObject({ disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3 }),
  );
  expect(condition(budget, "DisruptionAllowed")).toMatchObject({ status: "True", reason: "SufficientPods" });
  await cluster.delete(`${APPS}/deployments/front`);
  await cluster.becomes(`${CORE}/endpoints/front`, ({ subsets }) => expect(subsets).toBeUndefined());
});

it("a node that is cordoned gets no more pods", async () => {
  await cluster.patch(`${NODES}/n1`, { spec: { unschedulable: true } });
  await cluster.create(`${CORE}/pods`, {
    metadata: { name: "cordoned" },
    spec: podSpec({ nodeSelector: { "kubernetes.io/hostname": "n1" } }),
  });
  await cluster.becomes(`${CORE}/pods/cordoned`, (pod) =>
    expect(condition(pod, "PodScheduled")?.message).toContain("1 node(s) were unschedulable"),
  );
});
