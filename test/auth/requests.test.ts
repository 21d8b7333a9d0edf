import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuthFleet, type Caller } from "./fleet.js";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const IN_NS = `${RBAC}/namespaces/ns`;
const ref = (kind: string, name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });
const ALICE = { kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "alice" };

let fleet: AuthFleet;
let admin: Caller;
let alice: Caller;
let anonymous: Caller;

beforeAll(async () => {
  fleet = await AuthFleet.start({ tokens: { "alice-token": { name: "alice", groups: ["devs"] } } });
  admin = await fleet.admin();
  alice = await fleet.bearer("alice-token");
  anonymous = await fleet.bearer();
  await created("/api/v1/namespaces", { metadata: { name: "ns" } });
});

afterAll(() => fleet.stop());

async function created(path: string, object: unknown): Promise<void> {
  const { status, body } = await admin("POST", path, object);
  expect([status, body.message]).toEqual([201, undefined]);
}

async function grant(name: string, rules: unknown[]): Promise<void> {
  await created(`${IN_NS}/roles`, { metadata: { name }, rules });
  await created(`${IN_NS}/rolebindings`, { metadata: { name }, roleRef: ref("Role", name), subjects: [ALICE] });
}

describe("a request", () => {
  it("is refused to whoever has no right to it", async () => {
    const { status, body } = await alice("GET", "/api/v1/namespaces/ns/pods");
    expect(status).toBe(403);
    expect(body).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "ns"',
      reason: "Forbidden",
      details: { kind: "pods" },
      code: 403,
    });
    const path = await alice("GET", "/metrics");
    expect(path.body.message).toBe('forbidden: User "alice" cannot get path "/metrics"');
  });

  it("of nobody in particular is for what everybody may see", async () => {
    for (const path of ["/healthz", "/livez", "/readyz", "/version", "/version/"]) {
      expect((await anonymous("GET", path)).status).toBe(200);
    }
    for (const path of ["/healthz/ping", "/api", "/apis", "/openapi/v2", "/"]) {
      const { status, body } = await anonymous("GET", path);
      expect([status, body.message]).toEqual([403, `forbidden: User "system:anonymous" cannot get path "${path}"`]);
    }
    expect((await alice("GET", "/apis")).status).toBe(200);
  });

  it("is allowed by a role, as soon and as long as it is bound", async () => {
    expect((await alice("GET", "/api/v1/namespaces/ns/configmaps")).status).toBe(403);
    await grant("maps", [{ verbs: ["list"], apiGroups: [""], resources: ["configmaps"] }]);
    expect((await alice("GET", "/api/v1/namespaces/ns/configmaps")).status).toBe(200);
    expect((await alice("GET", "/api/v1/namespaces/default/configmaps")).status).toBe(403);
    await admin("DELETE", `${IN_NS}/roles/maps`);
    expect((await alice("GET", "/api/v1/namespaces/ns/configmaps")).body.message).toMatch(
      / in the namespace "ns": RBAC: role\.rbac\.authorization\.k8s\.io "maps" not found$/,
    );
    await admin("DELETE", `${IN_NS}/rolebindings/maps`);
    expect((await alice("GET", "/api/v1/namespaces/ns/configmaps")).body.message).toMatch(/ in the namespace "ns"$/);
  });

  it("by somebody else's name needs a right of its own", async () => {
    const as = (user: string) => ({ "Impersonate-User": user });
    const { status, body } = await alice("GET", "/api/v1/nodes", undefined, as("bob"));
    expect([status, body.message]).toEqual([
      403,
      'users "bob" is forbidden: User "alice" cannot impersonate resource "users" in API group "" at the cluster scope',
    ]);
    const other = await admin("GET", "/api/v1/nodes", undefined, as("bob"));
    expect(other.body.message).toContain('User "bob" cannot list resource "nodes"');
  });
});

describe("rights", () => {
  const write = { verbs: ["create", "update", "patch"], apiGroups: ["rbac.authorization.k8s.io"] };
  const everything = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];

  beforeAll(() => grant("writer", [{ ...write, resources: ["roles", "rolebindings"] }]));

  it("are not granted by whoever lacks them", async () => {
    const { status, body } = await alice("POST", `${IN_NS}/roles`, { metadata: { name: "r" }, rules: everything });
    expect(status).toBe(403);
    expect(body.message).toBe(
      'roles.rbac.authorization.k8s.io "r" is forbidden: user "alice" (groups=["devs" "system:authenticated"]) is ' +
        "attempting to grant RBAC permissions not currently held:\n" +
        '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}',
    );
    const own = { metadata: { name: "own" }, rules: [{ ...write, resources: ["roles"] }] };
    expect((await alice("POST", `${IN_NS}/roles`, own)).status).toBe(201);
    expect((await alice("PUT", `${IN_NS}/roles/own`, { ...own, rules: everything })).status).toBe(403);
  });

  it("come with no binding of a role that holds more", async () => {
    const bind = (kind: string, name: string) => {
      const object = { metadata: { name: `to-${name}` }, roleRef: ref(kind, name), subjects: [ALICE] };
      return alice("POST", `${IN_NS}/rolebindings`, object);
    };
    expect((await bind("ClusterRole", "cluster-admin")).status).toBe(403);
    expect((await bind("ClusterRole", "nope")).body.message).toBe(
      'rolebindings.rbac.authorization.k8s.io "nope" not found',
    );
    expect((await bind("ClusterRole", "system:discovery")).status).toBe(201);
    await grant("binder", [
      { ...write, verbs: ["bind"], resources: ["clusterroles"], resourceNames: ["cluster-admin"] },
    ]);
    expect((await bind("ClusterRole", "cluster-admin")).status).toBe(201);
  });
});

describe("where everything is allowed", () => {
  it("nobody is anonymous", async () => {
    const open = await AuthFleet.start({ authorizationMode: "AlwaysAllow", tokens: { t: { name: "alice" } } });
    try {
      const [known, unknown] = [await open.bearer("t"), await open.bearer()];
      expect((await known("GET", "/api/v1/nodes")).status).toBe(200);
      expect((await unknown("GET", "/healthz")).status).toBe(401);
      const role = { metadata: { name: "r" }, rules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }] };
      expect((await known("POST", `${RBAC}/clusterroles`, role)).status).toBe(201);
    } finally {
      await open.stop();
    }
  });
});
