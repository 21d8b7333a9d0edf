import { readFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { parseAllDocuments } from "yaml";
import { resolveConfig } from "../../src/config/resolve.js";
import { startFakeApiserver } from "../../src/embed.js";
import { Client, endpointOf } from "../helpers/client.js";

const read = (file: string) => readFileSync(new URL(`../../deploy/${file}`, import.meta.url), "utf8");

interface Deployment {
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { args: string[] }[] } } };
}

it("the manifests of a fleet in its management cluster are accepted there, and make each other's objects possible", async () => {
  const files = ["management-rbac.yaml", "infrastructure-rbac.yaml", "metal3-definitions.yaml", "fleet.yaml"];
  const server = await startFakeApiserver({ load: files.map(read).join("\n---\n") });
  onTestFinished(() => server.stop());
  const client = new Client(endpointOf(await server.cluster("cluster-1").kubeconfigObject()));
  onTestFinished(() => client.close());
  const { spec } = await client.json<Deployment>(
    "GET",
    "/apis/apps/v1/namespaces/fake-apiserver/deployments/fake-apiserver",
  );
  expect(spec.template.spec).toMatchObject({ serviceAccountName: "fake-apiserver" });
  const group = "/apis/infrastructure.cluster.x-k8s.io/v1beta2/namespaces/default";
  const objects = parseAllDocuments(
    read("metal3-cluster.yaml").replaceAll("NAME", "test-1").replaceAll("PORT", "10001"),
  ).map((one) => one.toJS());
  const infrastructure = objects.filter(({ apiVersion }) => apiVersion.startsWith("infrastructure."));
  expect(infrastructure.map(({ kind }) => kind)).toEqual(["Metal3Cluster", "Metal3MachineTemplate"]);
  for (const object of infrastructure) await client.json("POST", `${group}/${object.kind.toLowerCase()}s`, object);
});

it("the arguments of the fleet's manifest are settings", () => {
  const objects = parseAllDocuments(read("fleet.yaml")).map((one) => one.toJS() as Deployment);
  const { args } = objects.find(({ kind }) => kind === "Deployment")!.spec.template.spec.containers[0]!;
  const flags = Object.fromEntries(args.map((arg) => /^--([\w-]+)=(.*)$/.exec(arg)!.slice(1)));
  expect(resolveConfig({ flags })).toMatchObject({
    clusters: 0,
    "management-kubeconfig": "in-cluster",
    infrastructure: ["Metal3Cluster", "Metal3Machine"],
  });
});
