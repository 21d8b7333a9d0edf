import { describe, expect, it } from "vitest";
import { loadTables } from "../../src/schema/tables.js";

const tables = loadTables("1.34");

describe("type tables", () => {
  it("are read once per process", () => {
    expect(loadTables("1.34")).toBe(tables);
    expect(tables.version).toMatch(/^v1\.34\.\d+$/);
  });

  it.each(["1.2", "../1.34", "1.34.4", ""])("refuse version %j", (minor) => {
    expect(() => loadTables(minor)).toThrow("no schema tables for Kubernetes");
  });

  it("resolve every type expression and path", () => {
    let fields = 0;
    for (const name of tables.typeNames) {
      const type = tables.struct(name);
      expect(type.name).toBe(name);
      for (const [jsonName, path] of type.byJsonName) {
        fields++;
        expect(path.at(-1)!.name).toBe(jsonName);
        expect(path.slice(0, -1).every((step) => step.inline)).toBe(true);
      }
    }
    expect(fields).toBeGreaterThan(2000);
  });

  it("find a kind's type in whichever group-version it is registered", () => {
    const names = [
      ["", "v1", "Pod"],
      ["apps", "v1", "Deployment"],
      ["apps", "v1", "DeleteOptions"],
      ["", "v1", "Status"],
    ].map(([group, version, kind]) => tables.structFor({ group: group!, version: version!, kind: kind! })?.name);
    expect(names).toEqual([
      "io.k8s.api.core.v1.Pod",
      "io.k8s.api.apps.v1.Deployment",
      "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
      "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
    ]);
    expect(tables.structFor({ group: "apps", version: "v1", kind: "Pod" })).toBeUndefined();
  });

  it("say of an unknown type that it is unknown", () => {
    expect(tables.findStruct("toString")).toBeUndefined();
    expect(() => tables.struct("io.k8s.api.core.v1.Nothing")).toThrow("has no type io.k8s.api.core.v1.Nothing");
  });

  it("lead through inlined structs to their fields", () => {
    const volume = tables.struct("io.k8s.api.core.v1.Volume");
    const path = volume.byJsonName.get("emptyDir")!;
    expect(path.map((field) => field.goName)).toEqual(["VolumeSource", "EmptyDir"]);
    expect(volume.byJsonName.has("VolumeSource")).toBe(false);
    const pod = tables.struct("io.k8s.api.core.v1.Pod");
    expect([...pod.byJsonName.keys()].sort()).toEqual(["apiVersion", "kind", "metadata", "spec", "status"]);
  });

  it("tell how a field is written", () => {
    const spec = tables.struct("io.k8s.api.core.v1.PodSpec");
    expect(spec.byJsonName.get("containers")![0]).toMatchObject({
      goName: "Containers",
      number: 2,
      required: true,
      omitempty: false,
      listType: "map",
      listMapKeys: ["name"],
      patchStrategy: ["merge"],
      patchMergeKey: "name",
    });
    expect(spec.byJsonName.get("terminationGracePeriodSeconds")![0]).toMatchObject({
      pointer: true,
      omitempty: true,
      type: { kind: "scalar", scalar: "int64" },
    });
    expect(spec.byJsonName.get("volumes")![0]!.patchStrategy).toEqual(["merge", "retainKeys"]);
  });
});
