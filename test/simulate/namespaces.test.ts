import { afterAll, beforeAll, expect, it } from "vitest";
import { condition, podSpec, Simulated } from "./simulated.js";

const NAMESPACES = "/api/v1/namespaces";

let cluster: Simulated;
beforeAll(async () => {
  cluster = await Simulated.start("namespace");
});
afterAll(() => cluster.stop());

const make = (name: string) => cluster.create(NAMESPACES, { metadata: { name } });
const configMap = (namespace: string, name: string, finalizers: string[] = []) =>
  cluster.create(`${NAMESPACES}/${namespace}/configmaps`, { metadata: { name, finalizers } });

it("a namespace that is deleted goes, and with it all that is in it", async () => {
  await make("full");
  await configMap("full", "a");
  await cluster.create(`${NAMESPACES}/full/serviceaccounts`, { metadata: { name: "s" } });
  await cluster.create("/apis/apps/v1/namespaces/full/deployments", {
    metadata: { name: "d" },
    spec: {
      selector: { matchLabels: { a: "b" } },
      template: { metadata: { labels: { a: "b" } }, spec: podSpec() },
    },
  });
  await make("bystander");
  await configMap("bystander", "b");
  await cluster.delete(`${NAMESPACES}/full`);
  await cluster.gone(`${NAMESPACES}/full`);
  expect((await cluster.call("GET", `${NAMESPACES}/full/configmaps/a`)).status).toBe(404);
  expect((await cluster.call("GET", "/apis/apps/v1/namespaces/full/deployments/d")).status).toBe(404);
  expect((await cluster.get(`${NAMESPACES}/bystander/configmaps/b`)).metadata.name).toBe("b");
});

it("custom resources go with their namespace", async () => {
  await cluster.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: "things.example.org" },
    spec: {
      group: "example.org",
      scope: "Namespaced",
      names: { plural: "things", kind: "Thing" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  });
  await make("custom");
  const path = "/apis/example.org/v1/namespaces/custom/things";
  const thing = { apiVersion: "example.org/v1", kind: "Thing", metadata: { name: "t" } };
  await cluster.until(async () => expect((await cluster.call("POST", path, thing)).status).toBe(201));
  await cluster.delete(`${NAMESPACES}/custom`);
  await cluster.gone(`${NAMESPACES}/custom`);
  expect((await cluster.call("GET", `${path}/t`)).status).toBe(404);
});

it("finalizers keep a namespace, and its conditions say which", async () => {
  await make("kept");
  await configMap("kept", "a", ["example.org/wait"]);
  await configMap("kept", "b");
  await cluster.delete(`${NAMESPACES}/kept`);
  const kept = await cluster.becomes(`${NAMESPACES}/kept`, (namespace) => {
    expect(condition(namespace, "NamespaceContentRemaining")?.message).toBe(
      "Some resources are remaining: configmaps. has 1 resource instances",
    );
  });
  expect(kept.status.phase).toBe("Terminating");
  expect(condition(kept, "NamespaceContentRemaining")).toMatchObject({ status: "True", reason: "SomeResourcesRemain" });
  expect(condition(kept, "NamespaceFinalizersRemaining")).toMatchObject({
    status: "True",
    reason: "SomeFinalizersRemain",
    message: "Some content in the namespace has finalizers remaining: example.org/wait in 1 resource instances",
  });
  expect(condition(kept, "NamespaceDeletionContentFailure")).toMatchObject({ status: "False" });
  await cluster.unchanged(`${NAMESPACES}/kept`, async () => {
    await make("other");
    await cluster.delete(`${NAMESPACES}/other`);
    await cluster.gone(`${NAMESPACES}/other`);
  });
  await cluster.patch(`${NAMESPACES}/kept/configmaps/a`, { metadata: { finalizers: null } });
  await cluster.gone(`${NAMESPACES}/kept`);
});

it("a namespace's own finalizers are other controllers' to remove", async () => {
  await cluster.create(NAMESPACES, { metadata: { name: "own", finalizers: ["example.org/own"] } });
  await cluster.delete(`${NAMESPACES}/own`);
  await cluster.becomes(`${NAMESPACES}/own`, ({ spec }) => expect(spec.finalizers).toBeUndefined());
  await cluster.patch(`${NAMESPACES}/own`, { metadata: { finalizers: null } });
  await cluster.gone(`${NAMESPACES}/own`);
});
