import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resourceAttributes } from "../../../src/auth/authorize.js";
import { rbacAuthorizer, rbacRules } from "../../../src/auth/rbac/authorizer.js";
import { commonGrants, RuleIndex } from "../../../src/auth/rbac/rule-index.js";
import type { UserInfo } from "../../../src/kube/handler.js";
import { BaseLayer } from "../../../src/store/base-layer.js";
import { MemoryStore } from "../../../src/store/memory-store.js";
import type { EncodedObject } from "../../../src/store/store.js";

type Subject = Record<string, string>;

function encoded(key: string, content: object): EncodedObject {
  const parts = key.split("/");
  const [name, namespace] = [parts.at(-1)!, parts.length === 3 ? parts[1]! : ""];
  const metadata = { name, ...(namespace === "" ? {} : { namespace }) };
  const body = JSON.stringify({ ...content, metadata: { ...metadata, resourceVersion: "#" } });
  const [head, tail] = body.split("#") as [string, string];
  const index = { name, namespace, uid: "", labels: undefined, fields: undefined };
  return { index, head: Buffer.from(head), tail: Buffer.from(tail) };
}

const role = (...verbs: string[]) => ({ rules: [{ verbs, apiGroups: [""], resources: ["pods"] }] });
const binding = (kind: string, name: string, ...subjects: Subject[]) => ({ roleRef: { kind, name }, subjects });
const bob: UserInfo = { name: "bob", groups: ["dev", "system:authenticated"] };
const toBob = { kind: "User", name: "bob" };
const toDev = { kind: "Group", name: "dev" };

const BASE = [
  { key: "clusterroles/reader", object: encoded("clusterroles/reader", role("get")) },
  {
    key: "clusterrolebindings/devs",
    object: encoded("clusterrolebindings/devs", binding("ClusterRole", "reader", toDev)),
  },
];
const identity = { seed: "s", cluster: "c", created: "2020-01-01T00:00:00Z" };

function start() {
  const layer = new BaseLayer(BASE, {});
  const common = commonGrants(new MemoryStore({ base: layer.tenant(identity) }));
  const store = new MemoryStore({ base: layer.tenant(identity) });
  const index = new RuleIndex(store, common);
  const write = (key: string, content: object | undefined) => {
    const object = content && encoded(key, content);
    return store.commit({ key, expected: store.get(key)?.revision ?? 0, object });
  };
  return { store, common, index, write };
}

const may = (index: RuleIndex, user: UserInfo, verb: string, namespace = "") =>
  rbacAuthorizer(index)(user, resourceAttributes({ verb, resource: "pods", namespace }));

describe("the rules of a cluster", () => {
  it("begin with what all clusters hold", () => {
    const { index } = start();
    expect(may(index, bob, "get")).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by ClusterRoleBinding "devs" of ClusterRole "reader" to Group "dev"',
    });
    expect(may(index, bob, "list")).toEqual({ allowed: false, reason: "" });
    expect(may(index, { name: "zoe", groups: [] }, "get").allowed).toBe(false);
  });

  it("follow what is written", () => {
    const { index, write } = start();
    expect(may(index, bob, "list").allowed).toBe(false);
    write("clusterroles/reader", role("list"));
    expect([may(index, bob, "get").allowed, may(index, bob, "list").allowed]).toEqual([false, true]);
    write("clusterroles/reader", undefined);
    expect(may(index, bob, "list").reason).toBe('RBAC: clusterrole.rbac.authorization.k8s.io "reader" not found');
    write("clusterrolebindings/devs", undefined);
    expect(may(index, bob, "list").reason).toBe("");
  });

  it("hold in their namespace only", () => {
    const { index, write } = start();
    write("roles/a/lister", role("list"));
    write("rolebindings/a/b", binding("Role", "lister", toBob, { kind: "ServiceAccount", name: "sa" }));
    expect(may(index, bob, "list", "a").reason).toBe(
      'RBAC: allowed by RoleBinding "b/a" of Role "lister" to User "bob"',
    );
    expect(may(index, bob, "list", "b").allowed).toBe(false);
    expect(may(index, bob, "list").allowed).toBe(false);
    const account = (namespace: string) => ({ name: `system:serviceaccount:${namespace}:sa`, groups: [] });
    expect(may(index, account("a"), "list", "a").reason).toBe(
      'RBAC: allowed by RoleBinding "b/a" of Role "lister" to ServiceAccount "sa/a"',
    );
    expect(may(index, account("b"), "list", "a").allowed).toBe(false);
  });

  it("are not asked about masters", () => {
    const { index } = start();
    expect(may(index, { name: "root", groups: ["system:masters"] }, "delete")).toEqual({ allowed: true, reason: "" });
  });

  it("are the same however they were learnt", () => {
    const name = fc.constantFrom("reader", "devs", "x");
    const content = fc.oneof(
      fc.constantFrom("get", "list", "delete").map((verb) => ({ role: role(verb) })),
      fc.record({ kind: fc.constantFrom("Role", "ClusterRole"), name, subject: fc.constantFrom(toBob, toDev) }),
    );
    const step = fc.record({
      name,
      namespaced: fc.boolean(),
      content,
      remove: fc.boolean(),
      next: fc.constantFrom("ask", "forget", "go on"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { store, common, index, write } = start();
        for (const { name, namespaced, content, remove, next } of steps) {
          const isRole = "role" in content;
          const plural = isRole ? "roles" : "rolebindings";
          const key = namespaced ? `${plural}/a/${name}` : `cluster${plural}/${name}`;
          const object = isRole ? content.role : binding(content.kind, content.name, content.subject);
          write(key, remove ? undefined : object);
          if (next === "ask") may(index, bob, "get", "a");
          // What has happened till then can't be read from the log any more.
          if (next === "forget") store.advance(store.revision + 1);
        }
        const fresh = new RuleIndex(store, common);
        for (const namespace of ["", "a"]) {
          expect(rbacRules(index).held(bob, namespace)).toEqual(rbacRules(fresh).held(bob, namespace));
        }
      }),
      { numRuns: 200 },
    );
  });
});
