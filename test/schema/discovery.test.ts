import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { apiGroup, apiGroupList, apiResourceList, coreVersions } from "../../src/schema/discovery.js";
import { aggregatedDiscovery } from "../../src/schema/discovery-aggregated.js";
import { HEALTH_CHECKS, READY_CHECKS, rootPaths } from "../../src/schema/discovery-paths.js";
import type { SubresourceDef } from "../../src/schema/model.js";
import { builtinRegistry } from "../../src/schema/registry-builtin.js";
import { loadTables } from "../../src/schema/tables.js";
import { versionInfo } from "../../src/schema/version.js";
import { customRow } from "./custom-row.js";
import { fingerprint } from "./fingerprint.js";

interface Golden {
  readonly paths: readonly string[];
  readonly discovery: Readonly<Record<string, string>>;
  readonly aggregated: Readonly<Record<"/api" | "/apis", string>>;
}

const golden = JSON.parse(readFileSync(new URL("golden/documents-1.34.json", import.meta.url), "utf8")) as Golden;
const tables = loadTables("1.34");
const registry = builtinRegistry(tables);

function documentAt(path: string) {
  const [, root, first = "", second] = path.split("/");
  if (root === "apis" && first === "") return apiGroupList(registry);
  if (root === "api") return apiResourceList(registry, "", first);
  return second === undefined ? apiGroup(registry, first) : apiResourceList(registry, first, second);
}

describe("discovery", () => {
  it.each(Object.entries(golden.discovery))("%s equals the original's byte for byte", (path, print) => {
    const document = documentAt(path)!;
    expect(fingerprint(JSON.stringify(document.value))).toBe(print);
    expect(tables.struct(document.typeName).name).toBe(document.typeName);
  });

  it.each(["api", "apis"] as const)("/%s, aggregated, has the original's ETag, a hash of its content", (root) => {
    const document = aggregatedDiscovery(registry, root);
    expect(document.etag).toBe(golden.aggregated[`/${root}`]);
    expect(aggregatedDiscovery(registry, root)).toBe(document);
    expect(Object.keys(document.value)).toEqual(["kind", "apiVersion", "metadata", "items"]);
    expect(tables.struct(document.typeName).name).toBe(document.typeName);
  });

  it("/api tells the server's address", () => {
    expect(coreVersions(registry, "10.1.2.3:6443").value).toEqual({
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "10.1.2.3:6443" }],
    });
  });

  it("has no document for what isn't served", () => {
    expect(apiGroup(registry, "nosuch")).toBeUndefined();
    expect(apiGroup(registry, "")).toBeUndefined();
    expect(apiResourceList(registry, "apps", "v9")).toBeUndefined();
  });

  it("/ lists the original's paths", () => {
    expect(rootPaths(registry)).toEqual({ paths: golden.paths });
    expect(READY_CHECKS.filter((check) => !HEALTH_CHECKS.includes(check))).toEqual([
      "etcd-readiness",
      "informer-sync",
      "shutdown",
    ]);
  });

  it("/version is that of the emulated release", () => {
    expect(versionInfo("v1.34.4", "x64")).toMatchObject({
      major: "1",
      minor: "34",
      minCompatibilityMinor: "33",
      gitVersion: "v1.34.4",
      platform: "linux/amd64",
    });
    expect(Object.keys(versionInfo("v1.34.4"))).toEqual([
      ...["major", "minor", "emulationMajor", "emulationMinor", "minCompatibilityMajor", "minCompatibilityMinor"],
      ...["gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform"],
    ]);
  });
});

describe("discovery of custom resources", () => {
  const autoscaling = { group: "autoscaling", version: "v1", kind: "Scale" };
  const widgets = customRow("zoo.example.com", "v1", "widgets", "Widget");
  const sub = (name: string, gvk: SubresourceDef["gvk"]): [string, SubresourceDef] => [
    name,
    { name, gvk, verbs: new Set(["get", "patch", "update"]), type: widgets.type },
  ];
  const subresources = new Map([sub("status", widgets.gvk), sub("scale", autoscaling)]);
  const overlay = registry.overlay([
    { ...widgets, subresources },
    customRow("bar.example.com", "v1alpha1", "ants", "Ant"),
  ]);

  it("orders groups by API service in the list and by name in the aggregated document", () => {
    const groups = apiGroupList(overlay).value.groups as { name: string }[];
    expect(groups.slice(-2).map((group) => group.name)).toEqual(["zoo.example.com", "bar.example.com"]);
    const items = aggregatedDiscovery(overlay, "apis").value.items as { metadata: { name: string } }[];
    expect(items.slice(-2).map((item) => item.metadata.name)).toEqual(["bar.example.com", "zoo.example.com"]);
  });

  it("names group and version of every kind in the aggregated document only", () => {
    const [, zoo] = (aggregatedDiscovery(overlay, "apis").value.items as object[]).slice(-2);
    expect(zoo).toMatchObject({
      versions: [
        {
          resources: [
            {
              responseKind: { group: "zoo.example.com", version: "v1", kind: "Widget" },
              verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
              subresources: [
                { subresource: "status", responseKind: { group: "zoo.example.com", version: "v1", kind: "Widget" } },
                { subresource: "scale", responseKind: autoscaling },
              ],
            },
          ],
        },
      ],
    });
    expect(apiResourceList(overlay, "zoo.example.com", "v1")!.value.resources).toMatchObject([
      { name: "widgets", kind: "Widget" },
      { name: "widgets/status", kind: "Widget" },
      { name: "widgets/scale", ...autoscaling },
    ]);
  });

  it("leaves the core document as it is", () => {
    expect(aggregatedDiscovery(overlay, "api").etag).toBe(golden.aggregated["/api"]);
    expect((rootPaths(overlay).paths as string[]).filter((path) => path.includes("example"))).toEqual([
      "/apis/bar.example.com",
      "/apis/bar.example.com/v1alpha1",
      "/apis/zoo.example.com",
      "/apis/zoo.example.com/v1",
    ]);
  });
});
