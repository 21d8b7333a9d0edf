import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/kube/json.js";
import { Client } from "../../helpers/client.js";
import { MovingFleet } from "./moving-fleet.js";
import { folder } from "./programs.js";

const place = folder();
const fleet = new MovingFleet(
  place.path,
  "--clusters",
  "3",
  "--kube-apiserver-preset",
  "saving",
  "--simulate",
  "namespace,gc,roles",
);
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const WIDGETS = "/apis/example.com/v1/namespaces/team/widgets";

beforeAll(() => fleet.start());
afterAll(async () => {
  await fleet.end("SIGTERM");
  place.remove();
});

function definition(plural: string, singular: string) {
  const schema = {
    openAPIV3Schema: {
      type: "object",
      properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
    },
  };
  return {
    metadata: { name: `${plural}.example.com` },
    spec: {
      ...{ group: "example.com", scope: "Namespaced" },
      names: { plural, singular, kind: "Widget", listKind: "WidgetList" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
}

/** Who has a token and no certificate. */
function bearer(client: Client, token: string): (path: string) => Promise<number> {
  const { cert: _cert, key: _key, ...rest } = client.endpoint;
  const own = new Client(rest);
  return async (path) => {
    const { status } = await own.send("GET", path, { headers: { Authorization: `Bearer ${token}` } });
    return status;
  };
}

describe("what a cluster holds", () => {
  it.each(["terminate", "pipe"] as const)(
    "is there on the other side, custom resources, tokens and rights too (%s)",
    async (proxy) => {
      const name = proxy === "pipe" ? "cluster-2" : "cluster-1";
      const client = fleet.client(name);
      await client.json("POST", "/api/v1/namespaces", { metadata: { name: "team" } });
      await client.json("POST", DEFINITIONS, definition("widgets", "widget"));
      const widget = await client.json<KubeObject>("POST", WIDGETS, {
        ...{ apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" }, spec: { size: 1 } },
      });
      await client.json("POST", "/api/v1/namespaces/team/serviceaccounts", { metadata: { name: "bot" } });
      const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/team";
      await client.json("POST", `${rbac}/roles`, {
        metadata: { name: "r" },
        rules: [{ apiGroups: ["example.com"], resources: ["widgets"], verbs: ["get"] }],
      });
      await client.json("POST", `${rbac}/rolebindings`, {
        metadata: { name: "b" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
        subjects: [{ kind: "ServiceAccount", name: "bot", namespace: "team" }],
      });
      const issue = async () => {
        const path = "/api/v1/namespaces/team/serviceaccounts/bot/token";
        const { status } = await client.json<{ status: { token: string } }>("POST", path, { spec: {} });
        return bearer(client, status.token);
      };
      const early = await issue();
      const rights = async (who: (path: string) => Promise<number>) => [
        await who(`${WIDGETS}/w`),
        await who(WIDGETS),
        await who("/api/v1/nodes"),
      ];
      expect(await rights(early)).toEqual([200, 403, 403]);
      expect(await fleet.post(`${name}/promote`, { proxy })).toMatchObject({ status: 200, body: { state: "active" } });

      expect((await client.json<{ gitCommit: string }>("GET", "/version")).gitCommit).toBeDefined();
      expect(await rights(early)).toEqual([200, 403, 403]);
      const late = await issue();
      expect(await rights(late)).toEqual([200, 403, 403]);
      const read = await client.json<KubeObject & { spec: object }>("GET", `${WIDGETS}/w`);
      expect([read.metadata.uid, read.spec]).toEqual([widget.metadata.uid, { size: 1 }]);
      const patch = "application/merge-patch+json";
      await client.json("PATCH", `${WIDGETS}/w`, { spec: { size: 2 } }, patch);
      await client.json("POST", DEFINITIONS, {
        ...definition("gadgets", "gadget"),
        spec: {
          ...definition("gadgets", "gadget").spec,
          names: { plural: "gadgets", singular: "gadget", kind: "Gadget", listKind: "GadgetList" },
        },
      });
      const gadgets = "/apis/example.com/v1/namespaces/team/gadgets";
      const served = async () => (await client.send("GET", gadgets)).status === 200;
      await expect.poll(served, { timeout: 30_000 }).toBe(true);
      await client.json("POST", gadgets, { apiVersion: "example.com/v1", kind: "Gadget", metadata: { name: "g" } });

      expect(await fleet.post(`${name}/demote`)).toMatchObject({
        status: 200,
        body: { backend: { type: "emulated" } },
      });
      expect(await rights(early)).toEqual([200, 403, 403]);
      expect(await rights(late)).toEqual([200, 403, 403]);
      const back = await client.json<KubeObject & { spec: object }>("GET", `${WIDGETS}/w`);
      expect([back.metadata.uid, back.spec]).toEqual([widget.metadata.uid, { size: 2 }]);
      expect(await client.json<KubeObject>("GET", `${gadgets}/g`)).toMatchObject({ kind: "Gadget" });
      // Simulated controllers act again: a namespace is emptied.
      await client.json("DELETE", "/api/v1/namespaces/team");
      await expect
        .poll(async () => (await client.send("GET", "/api/v1/namespaces/team")).status, { timeout: 30_000 })
        .toBe(404);
      client.close();
    },
    180_000,
  );

  it("stays where it is when it can't be carried over, or there is no place for it", async () => {
    const name = "cluster-3";
    const client = fleet.client(name);
    await client.json("POST", DEFINITIONS, definition("widgets", "widget"));
    await client.json("POST", DEFINITIONS, definition("others", "widget")); // its names are taken
    expect(await fleet.post(`${name}/promote`, {})).toMatchObject({
      status: 409,
      body: {
        error: { message: "cluster cluster-3: the CustomResourceDefinition others.example.com is not established yet" },
      },
    });
    await client.json("DELETE", `${DEFINITIONS}/others.example.com`);
    await client.json("DELETE", `${DEFINITIONS}/widgets.example.com`);
    const bad = await fleet.post(`${name}/promote`, { flags: ["--no-such-flag"] });
    expect(bad.status).toBe(500);
    expect(JSON.stringify(bad.body)).toContain("cluster cluster-3 stays emulated");
    await fleet.cleared(name);

    const etcd = fleet.etcd();
    await etcd.put(`/${name}/minions/strangers`, "in the way");
    const strange = await fleet.post(`${name}/promote`, {});
    expect(strange).toMatchObject({ status: 409 });
    expect(JSON.stringify(strange.body)).toContain(`etcd has 1 keys below /${name}/ already, not made by us`);
    expect((await etcd.get(`/${name}/minions/strangers`))?.value.toString()).toBe("in the way");
    await etcd.deleteRange(`/${name}/minions/strangers`);
    await client.json("POST", "/api/v1/namespaces", { metadata: { name: "still-here" } });

    expect((await fleet.post(`${name}/promote`, {})).status).toBe(200);
    await etcd.put(`/${name}/odd/x`, '{"apiVersion":"none.example.com/v1","kind":"X","metadata":{}}');
    const refused = await fleet.post(`${name}/demote`);
    expect(refused).toMatchObject({ status: 409 });
    expect(JSON.stringify(refused.body)).toContain("keeps its real server: etcd: odd/x can't be carried over");
    await fleet.ready(client);
    expect((await fleet.view(name)).backend.type).toBe("passthrough");
    await client.json("GET", "/api/v1/namespaces/still-here");
    await etcd.deleteRange(`/${name}/odd/x`);
    expect((await fleet.post(`${name}/demote`)).status).toBe(200);
    await client.json("GET", "/api/v1/namespaces/still-here");
    etcd.close();
    client.close();
  }, 180_000);
});
