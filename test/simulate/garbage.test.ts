import { afterAll, beforeAll, expect, it } from "vitest";
import { NODES, owner, PODS, podSpec, Simulated } from "./simulated.js";

const MAPS = "/api/v1/namespaces/default/configmaps";

let cluster: Simulated;
beforeAll(async () => {
  cluster = await Simulated.start("gc");
});
afterAll(() => cluster.stop());

const map = (name: string, ownerReferences: object[] = [], more: object = {}) =>
  cluster.create(MAPS, { metadata: { name, ownerReferences, ...more } });
const ref = (object: unknown, more: object = {}) => owner(object, "v1", "ConfigMap", more);
const at = (name: string) => `${MAPS}/${name}`;

/** Something that is collected: what was to happen before it has happened. */
async function collection(name: string): Promise<void> {
  await map(name, [{ apiVersion: "v1", kind: "ConfigMap", name: "never", uid: `uid-of-${name}` }]);
  await cluster.gone(at(name));
}

it("dependents follow their owner, and theirs follow them", async () => {
  const a = await map("a");
  const b = await map("b", [ref(a)]);
  await map("c", [ref(b)]);
  await map("bystander");
  await cluster.delete(at("a"), { propagationPolicy: "Background" });
  await cluster.gone(at("c"));
  await cluster.gone(at("b"));
  await cluster.get(at("bystander"));
});

it("an owner that is deleted in the foreground waits for those that block it", async () => {
  const front = await map("front");
  await map("blocking", [ref(front, { blockOwnerDeletion: true })], { finalizers: ["example.org/wait"] });
  await map("loose", [ref(front)], { finalizers: ["example.org/wait"] });
  await cluster.delete(at("front"), { propagationPolicy: "Foreground" });
  for (const name of ["blocking", "loose"]) {
    await cluster.becomes(at(name), ({ metadata }) => expect(metadata.deletionTimestamp).toBeDefined());
  }
  await collection("front-sentinel");
  expect((await cluster.get(at("front"))).metadata.finalizers).toEqual(["foregroundDeletion"]);
  await cluster.patch(at("blocking"), { metadata: { finalizers: null } });
  await cluster.gone(at("front"));
  await cluster.get(at("loose"));
  await cluster.patch(at("loose"), { metadata: { finalizers: null } });
  await cluster.gone(at("loose"));
});

it("a tree goes from its leaves in the foreground", async () => {
  const root = await map("root");
  const branch = await map("branch", [ref(root, { blockOwnerDeletion: true })]);
  await map("leaf", [ref(branch, { blockOwnerDeletion: true })], { finalizers: ["example.org/wait"] });
  await cluster.delete(at("root"), { propagationPolicy: "Foreground" });
  await cluster.becomes(at("leaf"), ({ metadata }) => expect(metadata.deletionTimestamp).toBeDefined());
  expect((await cluster.get(at("branch"))).metadata.finalizers).toEqual(["foregroundDeletion"]);
  await cluster.patch(at("leaf"), { metadata: { finalizers: null } });
  await cluster.gone(at("root"));
});

it("orphans stay and forget their owner", async () => {
  const parent = await map("parent");
  await map("orphan", [ref(parent)]);
  await cluster.delete(at("parent"), { propagationPolicy: "Orphan" });
  await cluster.gone(at("parent"));
  await collection("orphan-sentinel");
  expect((await cluster.get(at("orphan"))).metadata.ownerReferences).toBeUndefined();
});

it("one owner is enough to stay, and those that are gone are forgotten", async () => {
  const [one, two] = [await map("one"), await map("two")];
  await map("shared", [ref(one), ref(two)]);
  await cluster.delete(at("one"));
  await cluster.becomes(at("shared"), ({ metadata }) => expect(metadata.ownerReferences).toEqual([ref(two)]));
  await cluster.delete(at("two"));
  await cluster.gone(at("shared"));
});

it("an owner of the same name is another one", async () => {
  const first = await map("twin");
  await cluster.delete(at("twin"));
  await map("twin");
  await map("of-the-first", [ref(first)]);
  await cluster.gone(at("of-the-first"));
});

it("whoever names an owner that was never there goes", () => collection("absent"));

it("custom resources own and are owned", async () => {
  await cluster.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: "things.example.org" },
    spec: {
      group: "example.org",
      scope: "Cluster",
      names: { plural: "things", kind: "Thing" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  });
  const things = "/apis/example.org/v1/things";
  const thing = (metadata: object) => ({ apiVersion: "example.org/v1", kind: "Thing", metadata });
  const parent = await cluster.until(async () => {
    const { status, body } = await cluster.call("POST", things, thing({ name: "parent" }));
    expect(status).toBe(201);
    return body;
  });
  const reference = owner(parent, "example.org/v1", "Thing");
  await cluster.create(things, thing({ name: "child", ownerReferences: [reference] }));
  await map("of-thing", [reference]);
  await cluster.delete(`${things}/parent`, { propagationPolicy: "Background" });
  await cluster.gone(`${things}/child`);
  await cluster.gone(at("of-thing"));
});

it("a pod whose node is there stays; owners that are not served are not judged", async () => {
  await cluster.node("n1");
  await cluster.create(PODS, { metadata: { name: "bound" }, spec: podSpec({ nodeName: "n1" }) });
  await map("unknown", [{ apiVersion: "nowhere.example/v1", kind: "No", name: "x", uid: "y" }]);
  await cluster.unchanged(`${PODS}/bound`, () =>
    cluster.unchanged(at("unknown"), () => cluster.unchanged(`${NODES}/n1`, () => collection("last"))),
  );
});
