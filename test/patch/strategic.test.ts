import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Json, type JsonObject, RawJson } from "../../src/kube/json.js";
import { ApiError } from "../../src/kube/status.js";
import { applyStrategicMergePatch } from "../../src/patch/strategic/apply.js";
import { loadTables } from "../../src/schema/tables.js";

const tables = loadTables("1.34");

function typeOf(group: string, version: string, kind: string) {
  const type = tables.structFor({ group, version, kind });
  if (!type) throw new Error(`no type for ${kind}`);
  return type;
}

const POD = typeOf("", "v1", "Pod");

function pod(current: Json, patch: Json): JsonObject {
  return applyStrategicMergePatch(current, patch, POD);
}

function refusal(patch: Json, current: Json = {}): string {
  try {
    pod(current, patch);
  } catch (error) {
    if (error instanceof ApiError) return `${error.status.code} ${error.status.reason} ${error.status.message}`;
    throw error;
  }
  return "was not refused";
}

const containers = (...names: string[]) => ({ spec: { containers: names.map((name) => ({ name, image: name })) } });

describe("applyStrategicMergePatch", () => {
  it("merges lists by their key and deletes items", () => {
    const patch = {
      spec: {
        containers: [
          { name: "b", image: "new" },
          { name: "a", $patch: "delete" },
        ],
      },
    };
    expect(pod(containers("a", "b"), patch)).toEqual({ spec: { containers: [{ name: "b", image: "new" }] } });
  });

  it("obeys $setElementOrder, server-only items keeping their place", () => {
    const order = ["c", "a"].map((name) => ({ name }));
    const patched = pod(containers("a", "s", "c"), { spec: { "$setElementOrder/containers": order } });
    expect((patched as ReturnType<typeof containers>).spec.containers.map((item) => item.name)).toEqual([
      "s",
      "c",
      "a",
    ]);
  });

  it("obeys $retainKeys", () => {
    const current = { spec: { volumes: [{ name: "v", emptyDir: {} }] } };
    const patch = { spec: { volumes: [{ name: "v", hostPath: { path: "/" }, $retainKeys: ["name", "hostPath"] }] } };
    expect(pod(current, patch)).toEqual({ spec: { volumes: [{ name: "v", hostPath: { path: "/" } }] } });
  });

  it("merges and deletes scalars of a list", () => {
    const current = { metadata: { finalizers: ["a/a", "b/b"] } };
    expect(pod(current, { metadata: { finalizers: ["c/c"] } })).toEqual({
      metadata: { finalizers: ["c/c", "a/a", "b/b"] },
    });
    const removal = { metadata: { "$deleteFromPrimitiveList/finalizers": ["a/a"] } };
    expect(pod(current, removal)).toEqual({ metadata: { finalizers: ["b/b"] } });
  });

  it("replaces atomic lists and objects under $patch: replace", () => {
    expect(pod({ spec: { tolerations: [{ key: "a" }] } }, { spec: { tolerations: [{ key: "b" }] } })).toEqual({
      spec: { tolerations: [{ key: "b" }] },
    });
    const current = { metadata: { labels: { a: "1", b: "2" } } };
    expect(pod(current, { metadata: { labels: { $patch: "replace", c: "3" } } })).toEqual({
      metadata: { labels: { c: "3" } },
    });
    expect(pod(current, { metadata: { labels: { $patch: "delete" } } })).toEqual({ metadata: { labels: {} } });
  });

  it("tells misuse in the real server's words", () => {
    const current = { metadata: { name: "a" } };
    expect(refusal({ metadata: { $patch: "foo" } }, current)).toBe(
      "500  unknown patch type: foo in map: map[$patch:foo]",
    );
    expect(refusal({ metadata: { $patch: 5 } }, current)).toBe(
      "500  unknown patch type: %!s(int64=5) in map: map[$patch:5]",
    );
    expect(refusal({ metadata: { "$setElementOrder/finalizers": ["a"], finalizers: ["b"] } }, current)).toBe(
      "500  The order in patch list:\n[b]\n doesn't match $setElementOrder list:\n[a]\n",
    );
    expect(refusal({ metadata: { "$setElementOrder/annotations": [] } }, current)).toBe(
      "500  expected slice or array type, but got: struct",
    );
    expect(refusal({ metadata: { "$setElementOrder/nosuch": ["b"] } }, current)).toBe(
      '500  unable to find api field in struct ObjectMeta for the json field "nosuch"',
    );
    expect(refusal({ metadata: { $retainKeys: ["name"], labels: {} } }, current)).toBe(
      "400 BadRequest invalid patch format of retainKeys",
    );
    expect(refusal({ $deleteFromPrimitiveLists: [] })).toBe("400 BadRequest invalid patch format of primitive list");
    expect(refusal([1])).toBe(
      "400 BadRequest json: cannot unmarshal array into Go value of type map[string]interface {}",
    );
    expect(refusal({ spec: { containers: [{ image: "x" }] } }, containers("a"))).toBe(
      "500  map: map[image:x] does not contain declared merge key: name",
    );
  });

  it("takes null for an empty patch and refuses kinds without a Go type", () => {
    expect(pod(containers("a"), null)).toEqual(containers("a"));
    expect(() => applyStrategicMergePatch({}, {}, undefined)).toThrow("strategic merge patch format is not supported");
  });

  it("keeps int64 exact and enters verbatim parts", () => {
    const current = { spec: { securityContext: { runAsUser: 9007199254740993n } } };
    expect(pod(current, { spec: { securityContext: { runAsGroup: 9007199254740995n } } })).toEqual({
      spec: { securityContext: { runAsUser: 9007199254740993n, runAsGroup: 9007199254740995n } },
    });
    const revision = typeOf("apps", "v1", "ControllerRevision");
    const raw = { data: new RawJson('{"a":1,"b":2}') };
    expect(applyStrategicMergePatch(raw, { data: { a: null } }, revision)).toEqual({ data: { b: 2 } });
  });

  it("orders a merged list by the order given, whatever the server's", () => {
    const names = fc.uniqueArray(fc.constantFrom<string[]>("a", "b", "c", "d", "e", "f", "g"), { minLength: 1 });
    fc.assert(
      fc.property(names, names, (server, wanted) => {
        const spec = {
          "$setElementOrder/containers": wanted.map((name) => ({ name })),
          containers: wanted.map((name) => ({ name })),
        };
        const merged = pod(containers(...server), { spec }) as ReturnType<typeof containers>;
        const found = merged.spec.containers.map((item) => item.name);
        expect(found.filter((name) => wanted.includes(name))).toEqual(wanted);
        expect(found.filter((name) => !wanted.includes(name))).toEqual(server.filter((name) => !wanted.includes(name)));
      }),
    );
  });

  it("refuses nesting that the stack can't hold", () => {
    let deep: Json = 1;
    for (let i = 0; i < 200_000; i++) deep = { a: deep };
    expect(refusal({ unknown: deep })).toBe("400 BadRequest exceeded max depth");
  });
});
