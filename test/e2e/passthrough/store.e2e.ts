import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fleet } from "../../../src/cluster/fleet.js";
import { startEmulatedFleet } from "../../../src/compose.js";
import { EtcdClient } from "../../../src/proxy/etcd/client.js";
import { prefixEnd } from "../../../src/proxy/etcd/keys.js";
import { type ManagedEtcd, startManagedEtcd } from "../../../src/proxy/etcd/managed.js";
import { Client, endpointOf } from "../../helpers/client.js";
import { ETCDS, folder, program, silent } from "./programs.js";

const MAPS = "/api/v1/namespaces/default/configmaps";

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>>;
}

async function ask(client: Client, method: string, path: string, body?: unknown) {
  const given =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const { status, body: bytes } = await client.send(method, path, given);
  return { status, body: JSON.parse(bytes.toString()) };
}

async function items(client: Client, path: string): Promise<Stored[]> {
  const { status, body } = await ask(client, "GET", path);
  expect(status).toBe(200);
  return body.items;
}

describe.each(Object.entries(ETCDS))("emulated clusters with their objects in etcd %s", (version, binary) => {
  const place = folder();
  let etcd: ManagedEtcd;
  const fleets = new Set<Fleet>();

  beforeAll(async () => {
    const dataDir = join(place.path, "etcd");
    etcd = await startManagedEtcd({ binary: program(binary), dataDir, log: silent, now: Date.now });
  });

  afterAll(async () => {
    for (const fleet of fleets) await fleet.close();
    await etcd.stop();
    place.remove();
  });

  /** A fleet of a process of its own, as far as etcd can see. Its folder has the identities. */
  async function started(
    name: string,
    cluster = name,
  ): Promise<{ readonly fleet: Fleet; readonly client: Client; close(): Promise<void> }> {
    const fleet = await startEmulatedFleet({
      ...{ clusters: 1, basePort: 0, namePrefix: cluster, log: silent, graceMs: 500, store: "etcd" as const },
      out: join(place.path, name),
      passthrough: { etcd: { connection: etcd.connection, ca: etcd.ca } },
    });
    fleets.add(fleet);
    const client = new Client(endpointOf(await fleet.cluster(`${cluster}-1`).kubeconfig()));
    const close = async () => {
      client.close();
      fleets.delete(fleet);
      await fleet.close();
    };
    return { fleet, client, close };
  }

  it("go on in another process with all they hold, at revisions that go on", async () => {
    expect(etcd.version.startsWith(version)).toBe(true);
    const one = await started("one");
    const crd = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "things.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "things", kind: "Thing" },
        versions: [
          {
            ...{ name: "v1", served: true, storage: true },
            schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          },
        ],
      },
    };
    expect((await ask(one.client, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd)).status).toBe(
      201,
    );
    const things = "/apis/example.com/v1/namespaces/default/things";
    const thing = {
      apiVersion: "example.com/v1",
      kind: "Thing",
      metadata: { name: "t" },
      zeta: 1,
      alpha: { b: [1, "x"] },
    };
    expect((await ask(one.client, "POST", things, thing)).status).toBe(201);
    for (const name of ["a", "b"]) {
      expect((await ask(one.client, "POST", MAPS, { metadata: { name }, data: { name } })).status).toBe(201);
    }
    expect((await ask(one.client, "DELETE", `${MAPS}/b`)).status).toBe(200);
    expect((await ask(one.client, "DELETE", "/apis/rbac.authorization.k8s.io/v1/clusterroles/admin")).status).toBe(200);
    const all = ["/api/v1/configmaps", "/apis/rbac.authorization.k8s.io/v1/clusterroles", things];
    const before = await Promise.all(all.map((path) => items(one.client, path)));
    const last = (await ask(one.client, "GET", MAPS)).body.metadata.resourceVersion;
    await one.close();
    cpSync(join(place.path, "one"), join(place.path, "two"), { recursive: true });
    const two = await started("two", "one");
    expect(await Promise.all(all.map((path) => items(two.client, path)))).toEqual(before);
    const watch = await ask(two.client, "GET", `${MAPS}?watch=1&resourceVersion=${last}&timeoutSeconds=1`).catch(
      () => undefined,
    );
    expect(watch?.body.type).toBeUndefined();
    const made = await ask(two.client, "POST", MAPS, { metadata: { name: "c" } });
    expect(Number(made.body.metadata.resourceVersion)).toBeGreaterThan(Number(last));
    await two.close();
  });

  it("are one process's at a time", async () => {
    const [one, two] = [await started("three"), await started("four", "three")];
    expect((await ask(one.client, "POST", MAPS, { metadata: { name: "owned" } })).status).toBe(201);
    const refused = await ask(two.client, "GET", MAPS);
    expect(refused).toMatchObject({ status: 503, body: { reason: "ServiceUnavailable" } });
    expect(refused.body.message).toContain("cluster three-1 is served by another process");
    await one.close();
    expect((await items(two.client, MAPS)).map(({ metadata }) => metadata.name)).toContain("owned");
    await two.close();
  });

  it("hold thousands of objects, which a new process reads", async () => {
    const one = await started("five");
    const texts = Array.from({ length: 2_000 }, (_, i) => `o${String(i).padStart(4, "0")}`);
    const next = texts.values();
    const writers = Array.from({ length: 32 }, async () => {
      for (const name of next) {
        const { status } = await ask(one.client, "POST", MAPS, {
          metadata: { name },
          data: { text: "x".repeat(1_000) },
        });
        expect(status).toBe(201);
      }
    });
    await Promise.all(writers);
    const before = await items(one.client, MAPS);
    await one.close();
    const two = await started("five");
    const after = await items(two.client, MAPS);
    expect(after).toEqual(before);
    expect(after.filter(({ metadata }) => /^o\d/.test(metadata.name))).toHaveLength(2_000);
    await two.close();
  }, 300_000);

  it("lose nothing that was answered when etcd is killed and started, and go on by themselves", async () => {
    const one = await started("six");
    const answered = new Map<string, string>();
    let stop = false;
    const writers = Array.from({ length: 4 }, async (_, w) => {
      for (let i = 0; !stop; i++) {
        const name = `w${w}-${i}`;
        const { status, body } = await ask(one.client, "POST", MAPS, { metadata: { name } });
        if (status === 201) answered.set(name, body.metadata.uid);
        else expect(status).toBe(504);
      }
    });
    while (answered.size < 20) await new Promise((resolve) => setTimeout(resolve, 50));
    const pid = etcd.members[0]!.pid as number;
    process.kill(pid, "SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const during = answered.size;
    // What is in memory can be read meanwhile.
    expect((await items(one.client, MAPS)).length).toBeGreaterThanOrEqual(during);
    process.kill(pid, "SIGKILL"); // which has it started again
    while (answered.size < during + 20) await new Promise((resolve) => setTimeout(resolve, 50));
    stop = true;
    await Promise.all(writers);
    const read = new Map((await items(one.client, MAPS)).map(({ metadata }) => [metadata.name, metadata.uid]));
    for (const [name, uid] of answered) expect(read.get(name)).toBe(uid);
    await one.close();
    const two = await started("six");
    const again = new Map((await items(two.client, MAPS)).map(({ metadata }) => [metadata.name, metadata.uid]));
    expect(again).toEqual(read);
    await two.close();
  });

  it("refuse what is too large for etcd in etcd's words, as a real server does", async () => {
    const one = await started("seven");
    const container = { name: "c", image: "i", args: ["x".repeat(1_700_000)] };
    const pod = { metadata: { name: "big" }, spec: { containers: [container], serviceAccountName: "default" } };
    const { status, body } = await ask(one.client, "POST", "/api/v1/namespaces/default/pods", pod);
    expect(status).toBe(500);
    const { message, reason, code } = body;
    expect({ message, reason, code }).toEqual({
      message: "etcdserver: request is too large",
      reason: undefined,
      code: 500,
    });
    await one.close();
  });

  it("give Services addresses of their own, and keep to quotas, however many ask at once", async () => {
    const one = await started("eight");
    const services = "/api/v1/namespaces/default/services";
    const made = Array.from({ length: 40 }, (_, i) =>
      ask(one.client, "POST", services, {
        metadata: { name: `s${i}` },
        spec: { type: "NodePort", ports: [{ port: 80 }] },
      }),
    );
    const answers = await Promise.all(made);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => body.spec.clusterIP)).size).toBe(40);
    expect(new Set(answers.map(({ body }) => body.spec.ports[0].nodePort)).size).toBe(40);
    const quotas = "/api/v1/namespaces/default/resourcequotas";
    await ask(one.client, "POST", quotas, { metadata: { name: "q" }, spec: { hard: { "count/secrets": "5" } } });
    const { body: quota } = await ask(one.client, "GET", `${quotas}/q`);
    quota.status = { hard: { "count/secrets": "5" }, used: { "count/secrets": "0" } };
    expect((await ask(one.client, "PUT", `${quotas}/q/status`, quota)).status).toBe(200);
    const secrets = Array.from({ length: 12 }, (_, i) =>
      ask(one.client, "POST", "/api/v1/namespaces/default/secrets", { metadata: { name: `x${i}` } }),
    );
    const statuses = (await Promise.all(secrets)).map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(5).fill(201), ...Array(7).fill(403)]);
    expect((await ask(one.client, "GET", `${quotas}/q`)).body.status.used).toEqual({ "count/secrets": "5" });
    await one.close();
  });

  it("are gone from etcd when they are removed", async () => {
    const one = await started("nine");
    await items(one.client, MAPS);
    await one.fleet.remove("nine-1");
    const etcdClient = new EtcdClient(etcd.connection);
    try {
      expect((await etcdClient.range("/nine-1/", { end: prefixEnd("/nine-1/"), countOnly: true })).count).toBe(0n);
      expect(await etcdClient.get("fake-apiserver/tenants/nine-1")).toBeUndefined();
    } finally {
      etcdClient.close();
    }
    await one.close();
  });
});
