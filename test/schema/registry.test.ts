import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareVersions } from "../../src/schema/api-version.js";
import { builtinRegistry } from "../../src/schema/registry-builtin.js";
import { loadTables } from "../../src/schema/tables.js";
import { customRow } from "./custom-row.js";

const registry = builtinRegistry(loadTables("1.34"));

describe("the built-in registry", () => {
  it("is one for all clusters", () => {
    expect(builtinRegistry(loadTables("1.34"))).toBe(registry);
  });

  it("looks resources up by name and by kind", () => {
    const nodes = registry.lookup("", "v1", "nodes")!;
    expect(nodes).toMatchObject({ namespaced: false, singular: "node", listKind: "NodeList" });
    expect(nodes.storage).toMatchObject({ prefix: "minions", gvk: { group: "", version: "v1", kind: "Node" } });
    expect(registry.byKind({ group: "", version: "v1", kind: "Node" })).toBe(nodes);
    expect(registry.lookup("", "v1", "node")).toBeUndefined();
    expect(registry.lookup("apps", "v1", "nodes")).toBeUndefined();
  });

  it("knows in which version objects are kept, whatever version they are served in", () => {
    const versions = registry.versionsOf("autoscaling", "horizontalpodautoscalers");
    expect(versions.map((def) => def.gvr.version)).toEqual(["v2", "v1"]);
    expect(new Set(versions.map((def) => def.storage!.gvk.version)).size).toBe(1);
    const events = ["", "events.k8s.io"].map((group) => registry.lookup(group, "v1", "events")!.storage);
    expect(events[0]).toEqual(events[1]);
  });

  it("gives subresources their own kind", () => {
    const pods = registry.lookup("", "v1", "pods")!;
    expect(pods.subresources.get("eviction")).toMatchObject({
      gvk: { group: "policy", version: "v1", kind: "Eviction" },
      type: { name: "io.k8s.api.policy.v1.Eviction" },
    });
    expect(pods.subresources.get("exec")!.type.fields).toEqual([]);
    expect([...pods.subresources.get("status")!.verbs]).toEqual(["get", "patch", "update"]);
  });

  it("has what answers need of every resource", () => {
    for (const { name, versions } of registry.groups) {
      for (const version of versions) {
        for (const def of registry.resources(name, version)) {
          expect(def.type.fields.length, def.gvr.resource).toBeGreaterThan(0);
          expect(def.verbs.has("list"), def.gvr.resource).toBe(def.listKind !== "");
          if (def.verbs.has("watch")) expect(def.storage, def.gvr.resource).toBeDefined();
          const age = def.columns.find((column) => column.name === "Age");
          if (age) expect(age.description, def.gvr.resource).toMatch(/^CreationTimestamp is a timestamp/);
          if (def.listKind !== "") {
            expect(
              def.columns.map((column) => column.name),
              def.gvr.resource,
            ).toContain("Name");
          }
        }
      }
    }
  });
});

describe("an overlay", () => {
  const rows = [
    customRow("zoo.example.com", "v1beta1", "widgets", "Widget"),
    customRow("zoo.example.com", "v1", "widgets", "Widget"),
    customRow("bar.example.com", "v1alpha1", "ants", "Ant"),
  ];
  const overlay = registry.overlay(rows);

  it("adds rows and leaves the registry below as it is", () => {
    expect(overlay.lookup("zoo.example.com", "v1", "widgets")).toBe(rows[1]);
    expect(overlay.byKind(rows[2]!.gvk)).toBe(rows[2]);
    expect(overlay.hasGroupVersion("bar.example.com", "v1alpha1")).toBe(true);
    expect(registry.hasGroupVersion("bar.example.com", "v1alpha1")).toBe(false);
    expect(registry.group("zoo.example.com")).toBeUndefined();
  });

  it("shares the built-in rows", () => {
    expect(overlay.resources("apps", "v1")).toBe(registry.resources("apps", "v1"));
    expect(overlay.lookup("", "v1", "pods")).toBe(registry.lookup("", "v1", "pods"));
  });

  it("lists custom groups after all others, by name, their versions by preference", () => {
    expect(overlay.groups.slice(0, -2)).toEqual(registry.groups);
    expect(overlay.groups.slice(-2)).toEqual([
      { name: "bar.example.com", versions: ["v1alpha1"], custom: true },
      { name: "zoo.example.com", versions: ["v1", "v1beta1"], custom: true },
    ]);
  });

  it("extends a group-version that is there", () => {
    const more = overlay.overlay([customRow("zoo.example.com", "v1", "gadgets", "Gadget")]);
    expect(more.resources("zoo.example.com", "v1").map((def) => def.gvr.resource)).toEqual(["widgets", "gadgets"]);
    const beside = registry.overlay([customRow("policy", "v2", "rules", "Rule")]);
    expect(beside.group("policy")).toEqual({ name: "policy", versions: ["v1", "v2"] });
    expect(beside.groups.map((group) => group.name)).toEqual(registry.groups.map((group) => group.name));
  });
});

describe("the order of versions", () => {
  it("prefers stable to beta to alpha, higher to lower, versions to other names", () => {
    const sorted = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"];
    const found = [...sorted].reverse().sort(compareVersions);
    expect(found).toEqual(sorted);
  });

  it("is an order", () => {
    const version = fc.oneof(fc.stringMatching(/^v[0-3]((alpha|beta)[0-3])?$/), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});
