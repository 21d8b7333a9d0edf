import { afterAll, beforeAll, expect, it } from "vitest";
import { condition, NODES, PODS, podSpec, Simulated } from "./simulated.js";

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
const SYSTEM = "/api/v1/namespaces/kube-system/pods";

let cluster: Simulated;
beforeAll(async () => {
  cluster = await Simulated.start("kubelet");
  await cluster.node("n1");
});
afterAll(() => cluster.stop());

const running = (name: string) => cluster.becomes(`${PODS}/${name}`, (pod) => expect(pod.status.phase).toBe("Running"));
const bound = (name: string, spec: object = {}, metadata: object = {}) =>
  cluster.create(PODS, { metadata: { name, ...metadata }, spec: podSpec({ nodeName: "n1", ...spec }) });

it("a node becomes ready, keeps no taint that says otherwise, and has a lease", async () => {
  const node = await cluster.becomes(`${NODES}/n1`, (found) => {
    expect(condition(found, "Ready").status).toBe("True");
    expect(found.spec.taints).toBeUndefined();
  });
  const lease = await cluster.becomes(`${LEASES}/n1`, () => undefined);
  expect(lease.spec).toMatchObject({ holderIdentity: "n1", leaseDurationSeconds: 40 });
  expect(lease.metadata.ownerReferences).toMatchObject([{ kind: "Node", name: "n1", uid: node.metadata.uid }]);
});

it("an annotation makes a node unready or unknown, and its absence ready again", async () => {
  await cluster.node("n2");
  const path = `${NODES}/n2`;
  await cluster.becomes(path, (node) => expect(condition(node, "Ready").status).toBe("True"));
  const taint = { False: "node.kubernetes.io/not-ready", Unknown: "node.kubernetes.io/unreachable" };
  for (const status of ["False", "Unknown"] as const) {
    await cluster.patch(path, { metadata: { annotations: { "fake-apiserver/ready": status } } });
    await cluster.becomes(path, (node) => {
      expect(condition(node, "Ready").status).toBe(status);
      expect(node.spec.taints.map(({ key }: { key: string }) => key)).toContain(taint[status]);
    });
  }
  await cluster.patch(path, { metadata: { annotations: { "fake-apiserver/ready": null } } });
  await cluster.becomes(path, (node) => {
    expect(condition(node, "Ready").status).toBe("True");
    expect(node.spec.taints).toBeUndefined();
  });
});

it("pods that are bound run, with their init containers done and the node's address where they share its network", async () => {
  await cluster.create(PODS, { metadata: { name: "unbound" }, spec: podSpec() });
  await bound("plain", { initContainers: [{ name: "i", image: "i:1" }] });
  await bound("host", { hostNetwork: true });
  const plain = await running("plain");
  expect(plain.status).toMatchObject({
    hostIP: "10.0.0.7",
    podIP: expect.stringMatching(/^10\.244\./),
    initContainerStatuses: [{ name: "i", state: { terminated: { exitCode: 0, reason: "Completed" } } }],
    containerStatuses: [{ name: "c", ready: true, started: true, image: "registry.example/c:1" }],
  });
  expect(condition(plain, "Ready").status).toBe("True");
  expect((await running("host")).status.podIP).toBe("10.0.0.7");
  expect((await cluster.get(`${PODS}/unbound`)).status.phase).toBe("Pending");
});

it("pods that are to end do so, after their time and with their exit code", async () => {
  const annotations = { "fake-apiserver/run-seconds": "1", "fake-apiserver/exit-code": "3" };
  const controller = { apiVersion: "batch/v1", kind: "Job", name: "j", uid: "u", controller: true };
  await bound("failing", { restartPolicy: "Never" }, { annotations });
  await bound("working", { restartPolicy: "OnFailure" }, { ownerReferences: [controller] });
  const failed = await cluster.becomes(`${PODS}/failing`, (pod) => expect(pod.status.phase).toBe("Failed"));
  expect(failed.status.containerStatuses[0].state.terminated).toMatchObject({ exitCode: 3, reason: "Error" });
  const { startedAt, finishedAt } = failed.status.containerStatuses[0].state.terminated;
  expect(Date.parse(finishedAt) - Date.parse(startedAt)).toBeGreaterThanOrEqual(1000);
  const done = await cluster.becomes(`${PODS}/working`, (pod) => expect(pod.status.phase).toBe("Succeeded"));
  expect(condition(done, "Ready")).toMatchObject({ status: "False", reason: "PodCompleted" });
});

it("deleted pods stay for their grace period, and go after it", async () => {
  await bound("short", { terminationGracePeriodSeconds: 1 });
  await bound("long", { terminationGracePeriodSeconds: 600 });
  await Promise.all([running("short"), running("long")]);
  await cluster.delete(`${PODS}/long`);
  const { deletionTimestamp } = (await cluster.call("DELETE", `${PODS}/short`)).body.metadata;
  await cluster.gone(`${PODS}/short`);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(deletionTimestamp));
  expect((await cluster.get(`${PODS}/long`)).metadata.deletionGracePeriodSeconds).toBe(600);
});

const mirror = (name: string, nodeName: string, annotations: object = {}) =>
  cluster.create(SYSTEM, {
    metadata: { name, annotations: { "kubernetes.io/config.mirror": "abc", ...annotations } },
    spec: podSpec({ nodeName }),
  });

it("a mirror that is deleted comes back as it was, with what is known of its etcd member", async () => {
  const removed = { "fake-apiserver/etcd-member": "removed" };
  const { metadata } = await mirror("etcd-n1", "n1", removed);
  await cluster.delete(`${SYSTEM}/etcd-n1`);
  const again = await cluster.until(async () => {
    const pod = await cluster.get(`${SYSTEM}/etcd-n1`);
    expect(pod.metadata.uid).not.toBe(metadata.uid);
    return pod;
  });
  expect(again.metadata.annotations).toMatchObject({ "kubernetes.io/config.mirror": "abc", ...removed });
  await cluster.becomes(`${SYSTEM}/etcd-n1`, (pod) => expect(pod.status.phase).toBe("Running"));
});

it("a mirror stays away with its node", async () => {
  await cluster.node("n3");
  await mirror("static-n3", "n3");
  await mirror("static-n1", "n1");
  await cluster.delete(`${SYSTEM}/static-n3`, { gracePeriodSeconds: 0 });
  await cluster.delete(`${NODES}/n3`);
  const { uid } = (await cluster.get(`${SYSTEM}/static-n1`)).metadata;
  await cluster.delete(`${SYSTEM}/static-n1`, { gracePeriodSeconds: 0 });
  await cluster.until(async () => expect((await cluster.get(`${SYSTEM}/static-n1`)).metadata.uid).not.toBe(uid));
  expect((await cluster.call("GET", `${SYSTEM}/static-n3`)).status).toBe(404);
});

it("what is in order is left as it is", async () => {
  await bound("calm");
  await running("calm");
  await cluster.unchanged(`${PODS}/calm`, () =>
    cluster.unchanged(`${NODES}/n1`, async () => {
      await bound("after");
      await running("after");
      await cluster.node("n4");
      await cluster.becomes(`${NODES}/n4`, (node) => expect(condition(node, "Ready").status).toBe("True"));
    }),
  );
});
