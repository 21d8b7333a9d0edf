import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../../src/kube/json.js";
import { admin, fetchFrom } from "../../server/support.js";
import { BackingRig } from "./rig.js";
import { BackingStandIn, NAMESPACE } from "./stand-in.js";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const COLLECTIONS: Readonly<Record<string, string>> = {
  ServiceAccount: `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`,
  Role: `${RBAC}/namespaces/${NAMESPACE}/roles`,
  RoleBinding: `${RBAC}/namespaces/${NAMESPACE}/rolebindings`,
};

it("the manifest's rights are enough to run servers and an etcd, to reach them and to take them away", async () => {
  const standIn = await BackingStandIn.start();
  onTestFinished(() => standIn.stop());
  const text = readFileSync(new URL("../../../deploy/backing-rbac.yaml", import.meta.url), "utf8");
  for (const document of parseAllDocuments(text.replaceAll("fake-apiserver-servers", NAMESPACE))) {
    const object = document.toJS() as KubeObject;
    if (object.kind !== "Namespace") await standIn.admin.create(COLLECTIONS[object.kind]!, object);
  }
  const account = `${COLLECTIONS.ServiceAccount}/fake-apiserver/token`;
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const { token } = (await standIn.admin.create(account, request)).status as { token: string };
  const { ca } = standIn.connection.tls;
  const connection = {
    ...standIn.connection,
    tls: ca === undefined ? {} : { ca },
    authorization: () => `Bearer ${token}`,
  };
  const backing = BackingRig.backing("one", standIn, { connection });
  const rig = await new BackingRig([backing]).start();
  const cluster = await rig.add("a");
  await rig.until("a", ({ phase }) => phase === "ready");
  expect((await fetchFrom(cluster, "/x", await admin(cluster))).status).toBe(200);
  await rig.fleet.remove("a");
  expect(await standIn.list("deployments")).toEqual([]);
  await rig.stop();
  rig.remove();

  const withEtcd = await new BackingRig([backing], { etcd: { image: "example/etcd:1" } }).start();
  await withEtcd.add("b");
  const { message } = await withEtcd.until("b", (state) => state.message !== undefined);
  expect(message).toMatch(/etcd in backing cluster one is not ready: no pod has been made yet/);
  const sets = `/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets`;
  expect((await standIn.admin.list(sets)).items).toHaveLength(1);
  await standIn.admin.delete(`${sets}/${(await standIn.admin.list(sets)).items[0]!.metadata.name}`);
  // It is there again as soon as somebody needs it.
  while ((await standIn.admin.list(sets)).items.length === 0) await sleep(20);
  await withEtcd.stop();
  withEtcd.remove();
});
