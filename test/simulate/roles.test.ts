import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { AuthFleet, type Caller } from "../auth/fleet.js";

const ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

let fleet: AuthFleet;
let admin: Caller;

beforeAll(async () => {
  fleet = await AuthFleet.start({ simulate: ["roles"], tokens: { t: { name: "alice" } } });
  admin = await fleet.admin();
});
afterAll(() => fleet.stop());

interface Rule {
  readonly resources?: readonly string[];
}

async function resources(role: string): Promise<Set<string>> {
  const { body } = await admin("GET", `${ROLES}/${role}`);
  return new Set((body.rules as Rule[]).flatMap((rule) => rule.resources ?? []));
}

async function created(path: string, object: object): Promise<void> {
  const { status, body } = await admin("POST", path, object);
  expect([status, body.message]).toEqual([201, undefined]);
}

const role = (name: string, labels: Record<string, string>, rules: object[]) =>
  created(ROLES, { metadata: { name, labels }, rules });
const rule = (resource: string) => ({ verbs: ["get"], apiGroups: ["x.io"], resources: [resource] });

it("the bootstrap roles hold what they gather", async () => {
  const [view, edit, all] = await Promise.all([resources("view"), resources("edit"), resources("admin")]);
  expect(view.has("pods") && !view.has("secrets")).toBe(true);
  expect(edit.has("pods") && edit.has("secrets") && !edit.has("rolebindings")).toBe(true);
  expect(all.has("pods") && all.has("secrets") && all.has("rolebindings")).toBe(true);
});

it("who is bound to one of them may do it", async () => {
  const alice = await fleet.bearer("t");
  expect((await alice("GET", "/api/v1/namespaces/default/pods")).status).toBe(403);
  await created("/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", {
    metadata: { name: "v" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
    subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "alice" }],
  });
  expect((await alice("GET", "/api/v1/namespaces/default/pods")).status).toBe(200);
});

it("roles that come and go are gathered, over several steps, too", async () => {
  await role("own", { "rbac.authorization.k8s.io/aggregate-to-view": "true" }, [rule("things")]);
  await vi.waitFor(async () => {
    for (const name of ["view", "edit", "admin"]) expect(await resources(name)).toContain("things");
  });
  const managers = (await admin("GET", `${ROLES}/view`)).body.metadata.managedFields as { manager: string }[];
  expect(managers.map(({ manager }) => manager)).toContain("clusterrole-aggregation-controller");
  await admin("DELETE", `${ROLES}/own`);
  await vi.waitFor(async () => {
    for (const name of ["view", "edit", "admin"]) expect(await resources(name)).not.toContain("things");
  });
});

it("roles of one's own gather by labels, all selectors together", async () => {
  const selector = (value: string) => ({ matchExpressions: [{ key: "team", operator: "In", values: [value] }] });
  await created(ROLES, {
    metadata: { name: "sum" },
    aggregationRule: { clusterRoleSelectors: [selector("b"), selector("a")] },
    rules: [rule("dropped")],
  });
  await role("part-a", { team: "a" }, [rule("as"), rule("both")]);
  await role("part-b", { team: "b" }, [rule("bs"), rule("both")]);
  await vi.waitFor(async () => {
    const { body } = await admin("GET", `${ROLES}/sum`);
    expect(body.rules.flatMap((each: Rule) => each.resources)).toEqual(["bs", "both", "as"]);
  });
});
