import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { PassthroughSpec } from "../../../src/cluster/spec.js";
import { objectAt, objectsAt, stringsAt, valueAt } from "../../../src/kube/access.js";
import type { KubeObject } from "../../../src/kube/json.js";
import { admin, fetchFrom, rawHttp1 } from "../../server/support.js";
import { BackingRig } from "./rig.js";
import { BackingStandIn, NAMESPACE } from "./stand-in.js";

let standIn: BackingStandIn;
const rigs: BackingRig[] = [];
beforeAll(async () => {
  standIn = await BackingStandIn.start();
});
afterEach(async () => {
  standIn.podStatus = undefined;
  await standIn.mend().catch(() => undefined); // it is not broken
  for (const rig of rigs.splice(0)) {
    for (const name of [...rig.fleet.clusters.keys()]) await rig.fleet.remove(name);
    await rig.stop();
    rig.remove();
  }
});
afterAll(() => standIn.stop());

async function rigged(...backings: ConstructorParameters<typeof BackingRig>[0][number][]): Promise<BackingRig> {
  const settings = backings.length > 0 ? backings : [BackingRig.backing("one", standIn)];
  const rig = await new BackingRig(settings).start();
  rigs.push(rig);
  return rig;
}

const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name).sort();
async function isGone(): Promise<void> {
  const left = async () => [
    ...(await standIn.list("deployments")),
    ...(await standIn.list("services")),
    ...(await standIn.list("secrets")),
  ];
  while ((await left()).length > 0) await sleep(20);
}

describe("a cluster whose server is in a backing cluster", () => {
  it.each(["terminate", "pipe"] as const)("is reached through its pod's port, by %s", async (proxy) => {
    const rig = await rigged();
    const cluster = await rig.add("a", {}, proxy);
    await (await cluster.real)!.ready();
    const asked = JSON.parse((await fetchFrom(cluster, "/api/v1/nodes?limit=5", await admin(cluster))).text);
    const user = "kubernetes-admin";
    expect(asked).toEqual(
      proxy === "terminate"
        ? { url: "/api/v1/nodes?limit=5", user, certificate: "front-proxy-client" }
        : { url: "/api/v1/nodes?limit=5", user: null, certificate: user },
    );
    const plain = await rawHttp1(await admin(cluster), "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(plain).toMatch(/"url":"\/x"/);
    expect(await rig.state("a")).toMatchObject({
      phase: "ready",
      url: `https://kube-apiserver-a.${NAMESPACE}.svc:6443`,
    });
  });

  it("has Secrets, a Service and a Deployment there, and takes them away when it is removed", async () => {
    const rig = await rigged();
    const cluster = await rig.add("b", { flags: ["--v=4"], resources: { memory: "1Gi" } });
    await (await cluster.real)!.ready();
    expect(names(await standIn.list("secrets"))).toEqual(["kube-apiserver-b-etcd", "kube-apiserver-b-pki"]);
    expect(names(await standIn.list("services"))).toEqual(["kube-apiserver-b"]);
    const pod = objectAt(await standIn.deployment("kube-apiserver-b"), "spec", "template", "spec");
    const [container] = objectsAt(pod, "containers");
    expect(container).toMatchObject({
      image: "example/kube-apiserver:v1",
      resources: { requests: { cpu: "100m", memory: "1Gi" } },
      readinessProbe: { httpGet: { path: "/readyz", scheme: "HTTPS" } },
    });
    const command = stringsAt(container, "command");
    expect(command).toContain("--etcd-prefix=/b");
    expect(command).toContain("--etcd-servers=https://etcd.example:2379");
    expect(command.at(-1)).toBe("--v=4");
    const mounts = objectsAt(container, "volumeMounts").map(({ mountPath }) => String(mountPath));
    const files = command.flatMap((flag) => /=(\/.*\.(?:crt|key|pub))$/.exec(flag)?.[1] ?? []);
    const secrets = Object.assign({}, ...(await standIn.list("secrets")).map((each) => objectAt(each, "data")));
    for (const file of files) {
      expect(mounts.some((mount) => file.startsWith(`${mount}/`))).toBe(true);
      expect(Buffer.from(secrets[file.split("/").pop()!], "base64").toString()).toMatch(/-----BEGIN/);
    }
    await expect(rig.fleet.demote("b")).rejects.toThrow(/its server's etcd is not ours to read/);
    const process = { type: "passthrough", proxy: "terminate", runtime: { type: "process" } } as const;
    await expect(rig.fleet.promote("b", process)).rejects.toThrow(/its server is in a backing cluster/);
    await rig.fleet.create({ name: "emulated" });
    await expect(rig.fleet.promote("emulated", cluster.kind as PassthroughSpec)).rejects.toThrow(/begin with nothing/);
    await rig.fleet.remove("b");
    await isGone();
    expect(rig.etcd.purged).toEqual(["b"]);
  });

  it("uses etcd by the addresses that pods know", async () => {
    const choice = { etcdEndpoints: ["https://inside.example:2379"] };
    const rig = await new BackingRig([BackingRig.backing("one", standIn)], choice).start();
    rigs.push(rig);
    await (await (await rig.add("k")).real)!.ready();
    const deployment = JSON.stringify(await standIn.deployment("kube-apiserver-k"));
    expect(deployment).toMatch(/--etcd-servers=https:\/\/inside\.example:2379"/);
  });

  it("runs on when the fleet ends, and is found as it is by the next", async () => {
    const rig = await rigged();
    await (await (await rig.add("c")).real)!.ready();
    const before = await standIn.deployment("kube-apiserver-c");
    await rig.stop();
    expect(await standIn.deployment("kube-apiserver-c")).toBeDefined();
    await rig.start();
    const cluster = await rig.add("c");
    await (await cluster.real)!.ready();
    expect((await standIn.deployment("kube-apiserver-c"))!.metadata.generation).toBe(before!.metadata.generation);
    expect((await standIn.deployment("kube-apiserver-c"))!.metadata.uid).toBe(before!.metadata.uid);
    expect((await fetchFrom(cluster, "/x", await admin(cluster))).status).toBe(200);
  });

  it("is not wanted any more when the next fleet does not have it", async () => {
    const rig = await rigged();
    await (await (await rig.add("d")).real)!.ready();
    await rig.stop();
    await rig.start();
    await isGone();
  });

  it("comes back when somebody deletes or changes it", async () => {
    const rig = await rigged();
    await (await (await rig.add("e")).real)!.ready();
    const { metadata } = (await standIn.deployment("kube-apiserver-e"))!;
    await standIn.deleteDeployment("kube-apiserver-e");
    for (;;) {
      const found = await standIn.deployment("kube-apiserver-e");
      if (found !== undefined && found.metadata.uid !== metadata.uid) break;
      await sleep(20);
    }
    const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/kube-apiserver-e`;
    await standIn.admin.patch(path, { spec: { replicas: 0 } });
    while (valueAt(await standIn.deployment("kube-apiserver-e"), "spec", "replicas") !== 1) await sleep(20);
    await rig.until("e", ({ phase }) => phase === "ready");
  });
});

describe("a server that does not come up", () => {
  it.each([
    [{ containerStatuses: [waiting("ImagePullBackOff", "no such image")] }, /ImagePullBackOff: no such image/],
    [
      { conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes: Insufficient memory" }] },
      /has no node: 0\/3 nodes: Insufficient memory/,
    ],
    [{ containerStatuses: [crashing()] }, /kube-apiserver has ended \(Error, exit status 1\): no etcd/],
  ])("tells why: %j", async (status, why) => {
    standIn.podStatus = { phase: "Pending", ...status };
    const rig = await rigged();
    const cluster = await rig.add("f");
    const { message } = await rig.until("f", ({ phase }) => phase === "failed");
    expect(message).toMatch(/^backing cluster one: /);
    expect(message).toMatch(why);
    const answer = await fetchFrom(cluster, "/api", await admin(cluster));
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "2"]);
    expect(answer.text).toMatch(why);
    standIn.podStatus = undefined;
    await standIn.refresh();
    await rig.until("f", ({ phase }) => phase === "ready");
  });

  it("is not put over what others have there", async () => {
    const labels = { "app.kubernetes.io/instance": "kube-apiserver-g" };
    await standIn.admin.create(`/api/v1/namespaces/${NAMESPACE}/secrets`, {
      ...{ apiVersion: "v1", kind: "Secret" },
      metadata: { name: "kube-apiserver-g-pki", labels },
    });
    const rig = await rigged();
    await rig.add("g");
    const { message } = await rig.until("g", ({ phase }) => phase === "failed");
    expect(message).toMatch(/Secret servers\/kube-apiserver-g-pki in backing cluster one is not this fleet's/);
    await rig.fleet.remove("g");
    expect(names(await standIn.list("secrets"))).toEqual(["kube-apiserver-g-pki"]);
    await standIn.admin.delete(`/api/v1/namespaces/${NAMESPACE}/secrets/kube-apiserver-g-pki`);
  });
});

describe("a backing cluster that is away", () => {
  it("fails its own clusters until it is back, and no others", async () => {
    const other = await BackingStandIn.start();
    try {
      const rig = await rigged(BackingRig.backing("one", standIn), BackingRig.backing("two", other));
      const [here, there] = [await rig.add("h", { backing: "one" }), await rig.add("i", { backing: "two" })];
      await (await here.real)!.ready();
      await (await there.real)!.ready();
      await standIn.break();
      const refused = await fetchFrom(here, "/x", await admin(here));
      expect(refused.status).toBe(503);
      const { message } = await rig.until("h", ({ phase }) => phase === "failed");
      expect(message).toMatch(/^backing cluster one: /);
      expect((await fetchFrom(there, "/x", await admin(there))).status).toBe(200);
      // What it can't delete now it deletes later.
      await rig.fleet.remove("h");
      await standIn.mend();
      expect(await standIn.deployment("kube-apiserver-h")).toBeDefined();
      await rig.fleet.remove("i");
      const back = await rig.add("j", { backing: "one" });
      await rig.until("j", ({ phase }) => phase === "ready");
      expect((await fetchFrom(back, "/x", await admin(back))).status).toBe(200);
      await rig.stop();
      await rig.start();
      await isGone();
    } finally {
      await other.stop();
    }
  });
});

function waiting(reason: string, message: string) {
  return { name: "kube-apiserver", ...IMAGE, ready: false, restartCount: 0, state: { waiting: { reason, message } } };
}

function crashing() {
  const terminated = { exitCode: 1, reason: "Error", message: "no etcd" };
  const state = { waiting: { reason: "CrashLoopBackOff", message: "back-off" } };
  return { name: "kube-apiserver", ...IMAGE, ready: false, restartCount: 3, state, lastState: { terminated } };
}

const IMAGE = { image: "i", imageID: "" };
