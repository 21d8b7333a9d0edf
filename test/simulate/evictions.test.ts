import { afterAll, beforeAll, expect, it } from "vitest";
import { podSpec, Simulated } from "./simulated.js";

// biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked at, not trusted
type Body = any;

let cluster: Simulated;
beforeAll(async () => {
  cluster = await Simulated.start("kubelet", "gc", "workloads");
  for (const name of ["n1", "n2"]) await cluster.node(name);
});
afterAll(() => cluster.stop());

const CORE = "/api/v1/namespaces/default";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

const podsOf = async (app: string): Promise<Body[]> => cluster.list(`${CORE}/pods?labelSelector=app%3D${app}`);
const evict = (name: string) => {
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace: "default" } };
  return cluster.call("POST", `${CORE}/pods/${name}/eviction`, eviction);
};

/** Pods of a Deployment, and what keeps them. */
async function guarded(app: string, replicas: number, budget: object, pod: object = {}): Promise<void> {
  const spec = { selector: { matchLabels: { app } }, ...budget };
  await cluster.create(BUDGETS, { metadata: { name: app }, spec });
  const template = { metadata: { labels: { app } }, spec: podSpec({ terminationGracePeriodSeconds: 0, ...pod }) };
  const deployment = { replicas, selector: { matchLabels: { app } }, template };
  await cluster.create(DEPLOYMENTS, { metadata: { name: app }, spec: deployment });
}

const counted = (app: string, status: object) =>
  cluster.becomes(`${BUDGETS}/${app}`, (found) => {
    expect(found.status).toMatchObject({ ...status, observedGeneration: found.metadata.generation });
  });

it("a budget that allows none keeps its pods until it allows one, and again once there is another", async () => {
  await guarded("strict", 3, { minAvailable: 3 });
  await counted("strict", { currentHealthy: 3, desiredHealthy: 3, disruptionsAllowed: 0 });
  const [first] = await podsOf("strict");
  const refused = await evict(first.metadata.name);
  expect([refused.status, refused.body.message, refused.body.details.causes]).toEqual([
    429,
    "Cannot evict pod as it would violate the pod's disruption budget.",
    [
      {
        reason: "DisruptionBudget",
        message: "The disruption budget strict needs 3 healthy pods and has 3 currently",
      },
    ],
  ]);
  await cluster.patch(`${BUDGETS}/strict`, { spec: { minAvailable: 2 } });
  // As kubectl drain does it: one after the other, again and again.
  const before = (await podsOf("strict")).map(({ metadata }) => metadata.name as string);
  for (const name of before) {
    await cluster.until(async () => expect((await evict(name)).status).toBe(201));
    expect((await podsOf("strict")).length).toBeGreaterThanOrEqual(2);
  }
  await counted("strict", { currentHealthy: 3, disruptionsAllowed: 1 });
  const after = (await podsOf("strict")).map(({ metadata }) => metadata.name);
  expect(after.filter((name) => before.includes(name))).toEqual([]);
  expect((await cluster.get(`${BUDGETS}/strict`)).status.disruptedPods ?? {}).toEqual({});
});

it("a share counts of what those that control the pods want, not of the pods that there are", async () => {
  await guarded("share", 4, { maxUnavailable: "50%" });
  await counted("share", { expectedPods: 4, desiredHealthy: 2, disruptionsAllowed: 2 });
  await cluster.patch(`${DEPLOYMENTS}/share/scale`, { spec: { replicas: 2 } });
  await counted("share", { expectedPods: 2, desiredHealthy: 1, currentHealthy: 2, disruptionsAllowed: 1 });
});

it("pods that have not begun are no loss; those that are not ready are, unless the budget says otherwise", async () => {
  await guarded("waiting", 2, { minAvailable: 2 }, { nodeSelector: { place: "none" } });
  await counted("waiting", { currentHealthy: 0, expectedPods: 2, disruptionsAllowed: 0 });
  const [pending] = await podsOf("waiting");
  expect((await evict(pending.metadata.name)).status).toBe(201);

  await guarded("ill", 1, { minAvailable: 1 }, { nodeName: "n2" });
  await counted("ill", { currentHealthy: 1 });
  await cluster.patch("/api/v1/nodes/n2", { metadata: { annotations: { "fake-apiserver/ready": "False" } } });
  const [ill] = await podsOf("ill");
  const conditions = [{ type: "Ready", status: "False" }];
  await cluster.patch(`${CORE}/pods/${ill.metadata.name}/status`, { status: { conditions } });
  await counted("ill", { currentHealthy: 0 });
  expect((await evict(ill.metadata.name)).status).toBe(429);
  await cluster.patch(`${BUDGETS}/ill`, { spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" } });
  expect((await evict(ill.metadata.name)).status).toBe(201);
});
