import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/kube/json.js";
import { printCells, printRow, rowOrder } from "../../../src/schema/printers/index.js";

const NOW = Date.parse("2026-02-01T00:00:00Z");
const metadata = { name: "x", creationTimestamp: "2026-01-31T23:59:00Z" };

function cells(group: string, kind: string, rest: JsonObject) {
  return printCells({ group, version: "v1", kind }, { metadata, ...rest }, NOW);
}

/** Kinds that a server with default flags does not serve, and states that it does not let a client create. */
describe("rows that can't be recorded", () => {
  it("prints alpha and beta kinds", () => {
    expect(cells("coordination.k8s.io", "LeaseCandidate", { spec: { leaseName: "l", binaryVersion: "1.34" } })).toEqual(
      ["x", "l", "1.34", "", "60s"],
    );
    expect(cells("certificates.k8s.io", "ClusterTrustBundle", { spec: {} })).toEqual(["x", "<none>"]);
    const conditions = [{ type: "Denied", status: "True" }];
    const spec = { podName: "p", serviceAccountName: "sa", nodeName: "n", signerName: "s" };
    const request = { spec, status: { conditions } };
    expect(cells("certificates.k8s.io", "PodCertificateRequest", request)).toEqual([
      "x",
      "p",
      "sa",
      "n",
      "s",
      "Denied",
    ]);
    const policy = { spec: { mutations: [{}], paramKind: { apiVersion: "v1", kind: "K" } } };
    expect(cells("admissionregistration.k8s.io", "MutatingAdmissionPolicy", policy)).toEqual(["x", 1, "v1/K", "60s"]);
    const taint = { key: "k", effect: "NoExecute", timeAdded: "2026-01-31T00:00:00Z" };
    expect(cells("resource.k8s.io", "DeviceTaintRule", { spec: { taint } })).toEqual([
      "x",
      "k",
      "",
      "NoExecute",
      "24h",
      "60s",
    ]);
    const storageVersions = ["a", "b", "c", "d"].map((apiServerID) => ({ apiServerID, encodingVersion: "v1" }));
    expect(cells("internal.apiserver.k8s.io", "StorageVersion", { status: { storageVersions } })).toEqual([
      "x",
      "<unset>",
      "a=v1,b=v1,c=v1 + 1 more...",
      "60s",
    ]);
    const resource = { resource: "pods", version: "v1", group: "" };
    expect(cells("storagemigration.k8s.io", "StorageVersionMigration", { spec: { resource } })).toEqual([
      "x",
      "pods.v1.",
    ]);
  });

  it("prints the states of a certificate request", () => {
    const request = (...types: string[]) =>
      cells("certificates.k8s.io", "CertificateSigningRequest", {
        spec: { username: "u" },
        status: { conditions: types.map((type) => ({ type, status: "True" })), certificate: "AA==" },
      });
    expect(request("Approved", "Denied")).toEqual(["x", "60s", "<none>", "u", "<none>", "Denied,Issued"]);
    expect(request("Approved", "Failed").at(-1)).toBe("Approved,Failed,Issued");
  });

  it("prints the Scale of a workload", () => {
    expect(cells("autoscaling", "Scale", { spec: { replicas: 3 }, status: { replicas: 2 } })).toEqual([
      "x",
      3,
      2,
      "60s",
    ]);
  });

  it("prints kinds without a printer as name and creation time", () => {
    expect(cells("example.com", "Anything", {})).toEqual(["x", metadata.creationTimestamp]);
    expect(printCells({ group: "", version: "v1", kind: "Anything" }, {}, NOW)).toEqual(["", "0001-01-01T00:00:00Z"]);
  });

  it("prints the empty object of a bookmark", () => {
    expect(printRow({ group: "", version: "v1", kind: "Pod" }, {})).toEqual({
      cells: ["", "0/0", "", "0", "<unknown>", "<none>", "<none>", "<none>", "<none>"],
      conditions: [],
    });
  });

  it("orders flow schemas by precedence, then name", () => {
    const order = rowOrder({ group: "flowcontrol.apiserver.k8s.io", version: "v1", kind: "FlowSchema" })!;
    const schema = (name: string, matchingPrecedence: number) => ({ metadata: { name }, spec: { matchingPrecedence } });
    const sorted = [schema("b", 5), schema("a", 900), schema("a", 5)].sort(order);
    expect(sorted).toEqual([schema("a", 5), schema("b", 5), schema("a", 900)]);
    expect(rowOrder({ group: "", version: "v1", kind: "Pod" })).toBeUndefined();
  });
});
