import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ISSUER } from "../../../src/auth/service-accounts.js";
import { AuthFleet, type Caller } from "../../auth/fleet.js";

const ACCESS = "/apis/authorization.k8s.io/v1";

let fleet: AuthFleet;
let admin: Caller;
let alice: Caller;

beforeAll(async () => {
  fleet = await AuthFleet.start({ tokens: { t: { name: "alice", groups: ["devs"] } } });
  admin = await fleet.admin();
  alice = await fleet.bearer("t");
});

afterAll(() => fleet.stop());

async function review(caller: Caller, plural: string, spec: object, metadata?: object) {
  const { status, body } = await caller("POST", `${ACCESS}/${plural}`, { ...(metadata ? { metadata } : {}), spec });
  return status === 201 ? body.status : `${status} ${body.message}`;
}

describe("a subject access review", () => {
  const scheduler = { user: "system:kube-scheduler", resourceAttributes: { verb: "list", resource: "pods" } };

  it("tells what allows a thing", async () => {
    expect(await review(admin, "subjectaccessreviews", scheduler)).toEqual({
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:kube-scheduler" of ClusterRole "system:kube-scheduler" to User "system:kube-scheduler"',
    });
    const path = { groups: ["system:unauthenticated"], nonResourceAttributes: { verb: "get", path: "/readyz" } };
    expect(await review(admin, "subjectaccessreviews", path)).toMatchObject({ allowed: true });
  });

  it("has nothing to say where nothing does", async () => {
    const user = { ...scheduler, user: "zoe" };
    expect(await review(admin, "subjectaccessreviews", user)).toEqual({ allowed: false });
    const masters = { ...user, groups: ["system:masters"] };
    expect(await review(admin, "subjectaccessreviews", masters)).toEqual({ allowed: true });
  });

  it("is about oneself for everybody, about others for who may ask", async () => {
    const asked = { resourceAttributes: { verb: "get", resource: "pods", namespace: "default" } };
    expect(await review(alice, "selfsubjectaccessreviews", asked)).toEqual({ allowed: false });
    expect(await review(admin, "selfsubjectaccessreviews", asked)).toEqual({ allowed: true });
    expect(await review(alice, "subjectaccessreviews", scheduler)).toMatch(/^403 /);
  });

  it("is answered without the selectors that can't be understood", async () => {
    const spec = {
      ...scheduler,
      resourceAttributes: {
        ...scheduler.resourceAttributes,
        fieldSelector: {
          requirements: [
            { key: "a", operator: "In", values: ["b"] },
            { key: "a", operator: "Near" },
          ],
        },
        labelSelector: { rawSelector: "a in (" },
      },
    };
    expect(await review(admin, "subjectaccessreviews", spec)).toMatchObject({
      allowed: true,
      evaluationError:
        "spec.resourceAttributes.fieldSelector partially ignored due to parse error; " +
        "spec.resourceAttributes.labelSelector ignored due to parse error",
    });
  });

  it.each([
    [{}, /exactly one of nonResourceAttributes .* at least one of user or group must be specified/],
    [
      { user: "u", resourceAttributes: {}, nonResourceAttributes: { path: "/x" } },
      /Invalid value: \{"Path":"\/x","Verb":""\}: cannot be specified in combination/,
    ],
    [
      { user: "u", resourceAttributes: { labelSelector: {} } },
      /labelSelector\.requirements: Required value: when spec\.resourceAttributes\.labelSelector is specified/,
    ],
  ])("can't be %j", async (spec, message) => {
    expect(await review(admin, "subjectaccessreviews", spec)).toMatch(message);
  });

  it("has no metadata of its own", async () => {
    expect(await review(admin, "subjectaccessreviews", scheduler, { name: "x" })).toMatch(
      /^422 \.authorization\.k8s\.io "" is invalid: metadata: Invalid value: \{"name":"x",.*\}: must be empty$/,
    );
    expect(await review(admin, "subjectaccessreviews", scheduler, { uid: "x", namespace: "y" })).toMatchObject({
      allowed: true,
    });
  });

  it("of a namespace stays in it", async () => {
    const local = "namespaces/default/localsubjectaccessreviews";
    expect(await review(admin, local, { user: "u", resourceAttributes: { namespace: "default" } })).toEqual({
      allowed: false,
    });
    expect(await review(admin, local, { user: "u", resourceAttributes: { namespace: "other" } })).toMatch(
      /must match metadata\.namespace$/,
    );
    expect(await review(admin, local, { user: "u", nonResourceAttributes: { path: "/" } })).toMatch(
      /disallowed on this kind of request$/,
    );
  });
});

describe("a rules review", () => {
  it("lists what the asking user holds", async () => {
    const status = await review(alice, "selfsubjectrulesreviews", { namespace: "default" });
    expect(status.incomplete).toBe(false);
    expect(status.resourceRules.map((rule: { resources: string[] }) => rule.resources)).toEqual([
      ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
      ["selfsubjectreviews"],
    ]);
    const held = await review(admin, "selfsubjectrulesreviews", { namespace: "default" });
    expect(held.resourceRules).toContainEqual({ verbs: ["*"], apiGroups: ["*"], resources: ["*"] });
    expect(await review(alice, "selfsubjectrulesreviews", {})).toBe("400 no namespace on request");
  });

  it("tells of roles that are not there", async () => {
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "gone" };
    const subjects = [{ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: "devs" }];
    await admin("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-public/rolebindings", {
      metadata: { name: "b" },
      roleRef,
      subjects,
    });
    const status = await review(alice, "selfsubjectrulesreviews", { namespace: "kube-public" });
    expect(status.evaluationError).toBe('role.rbac.authorization.k8s.io "gone" not found');
  });
});

describe("a token review", () => {
  const post = (caller: Caller, body: object) => caller("POST", "/apis/authentication.k8s.io/v1/tokenreviews", body);

  it("tells whom a token names", async () => {
    const { body } = await post(admin, { spec: { token: "t", audiences: ["x", ISSUER] } });
    expect(body.status).toEqual({
      authenticated: true,
      user: { username: "alice", groups: ["devs", "system:authenticated"] },
      audiences: [ISSUER],
    });
  });

  it("tells why it names nobody", async () => {
    const { body } = await post(admin, { spec: { token: "u" }, status: { authenticated: true } });
    expect(body.status).toEqual({ user: {}, error: "invalid bearer token" });
    expect((await post(admin, { spec: {} })).body.message).toBe("token is required for TokenReview in authentication");
    expect((await post(alice, { spec: { token: "t" } })).status).toBe(403);
  });
});

it("a self review tells who asks", async () => {
  const { body } = await alice("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
    metadata: { name: "x" },
  });
  expect(body.metadata).toEqual({ creationTimestamp: expect.any(String) });
  expect(body.status).toEqual({ userInfo: { username: "alice", groups: ["devs", "system:authenticated"] } });
});
