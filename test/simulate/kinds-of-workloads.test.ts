import { afterAll, beforeAll, expect, it } from "vitest";
import { condition, podSpec, Simulated } from "./simulated.js";

// biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked at, not trusted
type Body = any;

let cluster: Simulated;
beforeAll(async () => {
  cluster = await Simulated.start("kubelet", "gc", "workloads");
  await cluster.node("n1");
});
afterAll(() => cluster.stop());

const APPS = "/apis/apps/v1/namespaces/default";
const CORE = "/api/v1/namespaces/default";

const template = (app: string, image = "i:1", more: object = {}) => ({
  metadata: { labels: { app } },
  spec: podSpec({ terminationGracePeriodSeconds: 0, containers: [{ name: "c", image }], ...more }),
});
const podsOf = async (app: string): Promise<Body[]> => cluster.list(`${CORE}/pods?labelSelector=app%3D${app}`);
const named = (pods: Body[]) => pods.map(({ metadata }) => metadata.name).sort();
/** So that pods stay pending. */
const NOWHERE = { nodeSelector: { place: "none" } };

/** What has happened to the pods of an app since a revision, in order: "ADDED i:1". */
async function history(app: string, since: string): Promise<string[]> {
  const query = `watch=1&resourceVersion=${since}&timeoutSeconds=1&labelSelector=app%3D${app}`;
  const events = await cluster.watched(`${CORE}/pods?${query}`);
  return events.map(({ type, object }) => `${type} ${object.spec.containers[0].image}`);
}

it("a ReplicationController has its pods, makes up for lost ones, is scaled and takes them along", async () => {
  const path = `${CORE}/replicationcontrollers/rc`;
  const spec = { replicas: 2, selector: { app: "rc" }, template: template("rc") };
  const made = await cluster.create(`${CORE}/replicationcontrollers`, { metadata: { name: "rc" }, spec });
  const counts = (replicas: number) =>
    cluster.becomes(path, ({ metadata, status }) =>
      expect(status).toEqual({
        ...{ replicas, fullyLabeledReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas },
        observedGeneration: metadata.generation,
      }),
    );
  await counts(2);
  const pods = await podsOf("rc");
  for (const { metadata } of pods) {
    expect(metadata.name).toMatch(/^rc-[a-z0-9]{5}$/);
    expect(metadata.ownerReferences).toEqual([
      { apiVersion: "v1", kind: "ReplicationController", name: "rc", uid: made.metadata.uid, ...OWNED },
    ]);
  }
  await cluster.delete(`${CORE}/pods/${pods[0].metadata.name}`);
  await cluster.until(async () => {
    const now = named(await podsOf("rc"));
    expect(now).toHaveLength(2);
    expect(now).not.toContain(pods[0].metadata.name);
  });
  await cluster.patch(`${path}/scale`, { spec: { replicas: 3 } });
  await counts(3);
  await cluster.delete(path, { propagationPolicy: "Foreground" });
  await cluster.gone(path);
  expect(await podsOf("rc")).toEqual([]);
});

const OWNED = { controller: true, blockOwnerDeletion: true };

it("a ReplicationController whose pods are refused says so, until they are not", async () => {
  await cluster.create(`${CORE}/resourcequotas`, { metadata: { name: "few" }, spec: { hard: { pods: "1" } } });
  // As the controller of quotas would have it.
  await cluster.patch(`${CORE}/resourcequotas/few/status`, { status: { hard: { pods: "1" }, used: { pods: "0" } } });
  const spec = { replicas: 3, selector: { app: "much" }, template: template("much") };
  await cluster.create(`${CORE}/replicationcontrollers`, { metadata: { name: "much" }, spec });
  const path = `${CORE}/replicationcontrollers/much`;
  const failed = await cluster.becomes(path, (found) =>
    expect(condition(found, "ReplicaFailure")).toMatchObject({ status: "True", reason: "FailedCreate" }),
  );
  expect(condition(failed, "ReplicaFailure").message).toMatch(/exceeded quota: few/);
  await cluster.delete(`${CORE}/resourcequotas/few`);
  const mended = await cluster.becomes(path, ({ status }) => expect(status.readyReplicas).toBe(3));
  expect(condition(mended, "ReplicaFailure")).toBeUndefined();
  await cluster.delete(path);
});

it("a Deployment that is to be made anew has none of the old pods left when the first new one comes", async () => {
  const path = `${APPS}/deployments/anew`;
  const lasting = template("anew", "i:1", { terminationGracePeriodSeconds: 1 });
  await cluster.create(`${APPS}/deployments`, {
    metadata: { name: "anew" },
    spec: {
      replicas: 3,
      strategy: { type: "Recreate" },
      selector: { matchLabels: { app: "anew" } },
      template: lasting,
    },
  });
  const first = await cluster.becomes(path, ({ status }) => expect(status.availableReplicas).toBe(3));
  const since = first.metadata.resourceVersion;
  await cluster.patch(path, { spec: { template: { spec: { containers: [{ name: "c", image: "i:2" }] } } } });
  await cluster.becomes(path, ({ status }) =>
    expect([status.updatedReplicas, status.availableReplicas, status.replicas]).toEqual([3, 3, 3]),
  );
  const events = (await history("anew", since)).filter((event) => !event.startsWith("MODIFIED"));
  expect(events).toEqual([...Array(3).fill("DELETED i:1"), ...Array(3).fill("ADDED i:2")]);
  const last = (await cluster.watched(`${CORE}/pods?watch=1&resourceVersion=${since}&timeoutSeconds=1`))
    .filter(({ type }) => type === "DELETED")
    .at(-1);
  const [set] = (await cluster.watched(`${APPS}/replicasets?watch=1&resourceVersion=${since}&timeoutSeconds=1`)).filter(
    ({ type }) => type === "ADDED",
  );
  const at = ({ object }: Body) => Number(object.metadata.resourceVersion);
  expect(at(set)).toBeGreaterThan(at(last));
});

it("a StatefulSet makes its pods one after the other, or all at once if it may", async () => {
  const set = (name: string, podManagementPolicy: string) => ({
    metadata: { name },
    spec: {
      ...{ replicas: 3, serviceName: name, podManagementPolicy, selector: { matchLabels: { app: name } } },
      template: template(name, "i:1", NOWHERE),
    },
  });
  await cluster.create(`${APPS}/statefulsets`, set("ordered", "OrderedReady"));
  await cluster.create(`${APPS}/statefulsets`, set("parallel", "Parallel"));
  await cluster.becomes(`${APPS}/statefulsets/parallel`, ({ status }) => expect(status.replicas).toBe(3));
  await cluster.becomes(`${APPS}/statefulsets/ordered`, ({ status }) => expect(status.replicas).toBe(1));
  expect(named(await podsOf("parallel"))).toEqual(["parallel-0", "parallel-1", "parallel-2"]);
  expect(named(await podsOf("ordered"))).toEqual(["ordered-0"]);
  // The pods that wait go at once, too, and from the top.
  await cluster.patch(`${APPS}/statefulsets/parallel/scale`, { spec: { replicas: 1 } });
  await cluster.until(async () => expect(named(await podsOf("parallel"))).toEqual(["parallel-0"]));
  await cluster.node("late", { metadata: { name: "late", labels: NOWHERE.nodeSelector } });
  await cluster.becomes(`${APPS}/statefulsets/ordered`, ({ status }) => expect(status.readyReplicas).toBe(3));
  expect(named(await podsOf("ordered"))).toEqual(["ordered-0", "ordered-1", "ordered-2"]);
});

it("a StatefulSet that makes its pods at once renews them one after the other all the same", async () => {
  const path = `${APPS}/statefulsets/renewed`;
  await cluster.create(`${APPS}/statefulsets`, {
    metadata: { name: "renewed" },
    spec: {
      ...{ replicas: 3, serviceName: "renewed", podManagementPolicy: "Parallel" },
      ...{ selector: { matchLabels: { app: "renewed" } }, template: template("renewed") },
    },
  });
  const first = await cluster.becomes(path, ({ status }) => expect(status.availableReplicas).toBe(3));
  await cluster.patch(path, { spec: { template: { spec: { containers: [{ name: "c", image: "i:2" }] } } } });
  await cluster.becomes(path, ({ status }) => {
    expect([status.updatedReplicas, status.availableReplicas]).toEqual([3, 3]);
    expect(status.currentRevision).toBe(status.updateRevision);
  });
  const events = (await history("renewed", first.metadata.resourceVersion)).filter((each) => !/^MODIFIED/.test(each));
  expect(events).toEqual([1, 2, 3].flatMap(() => ["DELETED i:1", "ADDED i:2"]));
});

it("a StatefulSet that is renewed on deletion leaves its pods until somebody deletes them", async () => {
  const path = `${APPS}/statefulsets/kept`;
  await cluster.create(`${APPS}/statefulsets`, {
    metadata: { name: "kept" },
    spec: {
      ...{ replicas: 2, serviceName: "kept", updateStrategy: { type: "OnDelete" } },
      ...{ selector: { matchLabels: { app: "kept" } }, template: template("kept") },
    },
  });
  await cluster.becomes(path, ({ status }) => expect(status.availableReplicas).toBe(2));
  await cluster.patch(path, { spec: { template: { spec: { containers: [{ name: "c", image: "i:2" }] } } } });
  await cluster.becomes(path, ({ metadata, status }) => {
    expect(status.observedGeneration).toBe(metadata.generation);
    expect(status.updatedReplicas ?? 0).toBe(0);
  });
  await cluster.delete(`${CORE}/pods/kept-0`);
  const images = async () =>
    (await podsOf("kept")).map(({ metadata, spec }) => `${metadata.name} ${spec.containers[0].image}`).sort();
  await cluster.until(async () => expect(await images()).toEqual(["kept-0 i:2", "kept-1 i:1"]));
});
