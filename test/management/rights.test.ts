import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { valueAt } from "../../src/kube/access.js";
import type { KubeObject } from "../../src/kube/json.js";
import { freePort, Rig, SETTINGS } from "./rig.js";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const COLLECTIONS: Readonly<Record<string, (namespace: string) => string>> = {
  Namespace: () => "/api/v1/namespaces",
  ServiceAccount: (namespace) => `/api/v1/namespaces/${namespace}/serviceaccounts`,
  ClusterRole: () => `${RBAC}/clusterroles`,
  ClusterRoleBinding: () => `${RBAC}/clusterrolebindings`,
  Role: (namespace) => `${RBAC}/namespaces/${namespace}/roles`,
  RoleBinding: (namespace) => `${RBAC}/namespaces/${namespace}/rolebindings`,
};

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.stop());

async function apply(file: string): Promise<void> {
  const text = readFileSync(new URL(`../../deploy/${file}`, import.meta.url), "utf8");
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS() as KubeObject;
    await rig.api.create(COLLECTIONS[object.kind]!(object.metadata.namespace ?? ""), object);
  }
}

/** A loop with the rights of the manifests' account. */
async function limited(infrastructure: readonly string[]) {
  const account = "/api/v1/namespaces/fake-apiserver/serviceaccounts/fake-apiserver";
  const { status } = await rig.api.create(`${account}/token`, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {},
  });
  const token = (status as { token: string }).token;
  const { ca } = rig.connection.tls;
  const connection = {
    ...rig.connection,
    tls: ca === undefined ? {} : { ca },
    authorization: () => `Bearer ${token}`,
    namespace: "fake-apiserver",
  };
  const { namespace: _own, ...lease } = SETTINGS.lease;
  rig.loop({ infrastructure: new Set(infrastructure), lease }, connection);
}

it("the manifest's rights are enough to follow Clusters, and to tell what is amiss", async () => {
  await apply("management-rbac.yaml");
  await limited([]);
  await rig.secrets("c1");
  await rig.secret("c1-ca", "garbage", "garbage");
  await rig.cluster("c1", await freePort());
  await rig.until(async () => expect(await rig.events()).toHaveLength(1));
  await rig.secrets("c1");
  await rig.machine("c1", "cp-1", { controlPlane: true, config: {} });
  await rig.node("c1", "cp-1");
  await rig.until(async () => {
    const { metadata } = await rig.get("KubeadmConfig", "cp-1");
    expect(metadata.annotations).toHaveProperty(["machine.cluster.x-k8s.io/certificates-expiry"]);
  });
});

it("with those of the other manifest infrastructure is made ready", async () => {
  await apply("management-rbac.yaml");
  await apply("infrastructure-rbac.yaml");
  await limited(["StubCluster"]);
  await rig.create("Cluster", "c1", { spec: { infrastructureRef: rig.reference("StubCluster", "c1") } });
  const owner = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Cluster", name: "c1", uid: "u" };
  await rig.create("StubCluster", "c1", { spec: {} }, { ownerReferences: [owner] });
  await rig.until(async () => expect(valueAt(await rig.get("StubCluster", "c1"), "status", "ready")).toBe(true));
});

it("a KubeadmControlPlane notes the expiry of its machines' certificates itself", async () => {
  rig.loop();
  await rig.cluster("c1", await freePort());
  await rig.secrets("c1");
  await rig.machine("c1", "cp-1", { controlPlane: true, config: {} });
  const owner = {
    apiVersion: "controlplane.cluster.x-k8s.io/v1beta2",
    kind: "KubeadmControlPlane",
    name: "c1",
    uid: "u",
  };
  await rig.machine("c1", "cp-2", { controlPlane: true, config: {}, owner });
  await rig.node("c1", "cp-2");
  await rig.machine("c1", "cp-3", { controlPlane: true, config: {} });
  await rig.until(async () => {
    const { metadata } = await rig.get("KubeadmConfig", "cp-3");
    expect(metadata.annotations).toHaveProperty(["machine.cluster.x-k8s.io/certificates-expiry"]);
  });
  expect((await rig.get("KubeadmConfig", "cp-2")).metadata.annotations).toBeUndefined();
});
