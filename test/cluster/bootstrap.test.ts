import { describe, expect, it } from "vitest";
import { bootstrapIdentity, bootstrapLayer, firstAddress } from "../../src/cluster/bootstrap.js";
import type { KubeObject } from "../../src/kube/json.js";
import { builtinRegistry } from "../../src/schema/registry-builtin.js";
import { loadTables } from "../../src/schema/tables.js";
import { MemoryStore } from "../../src/store/memory-store.js";

describe("the base layer", () => {
  it("is filled with what each cluster has of its own", () => {
    const serviceCidr = "10.96.0.0/16";
    const tables = loadTables("1.34");
    const layer = bootstrapLayer(tables, builtinRegistry(tables), {
      serviceCidr,
      serviceIp: firstAddress(serviceCidr),
    });
    const created = Date.UTC(2024, 4, 17, 8, 9, 10);
    const place = {
      seed: "s",
      cluster: "c",
      created,
      address: "192.0.2.9",
      port: 12_345,
      certificate: "a <certificate>\n",
    };
    const store = new MemoryStore({ base: layer.tenant(bootstrapIdentity(place)) });
    const objects = [...(store.snapshot()?.range("") ?? [])].map(
      ({ bytes }) => JSON.parse(bytes.toString()) as KubeObject,
    );
    const dataOf = (name: string) =>
      objects.find(({ metadata }) => metadata.name === name)?.data as Record<string, string>;
    expect(dataOf("kube-apiserver-legacy-service-account-token-tracking")).toEqual({ since: "2024-05-17" });
    const authentication = dataOf("extension-apiserver-authentication");
    expect(authentication["client-ca-file"]).toBe(place.certificate);
    expect(authentication["requestheader-client-ca-file"]).toBe(place.certificate);
    const text = JSON.stringify(objects);
    for (const placeholder of [
      "2001-02-03",
      "198.51.100.199",
      "1999999999",
      '000000000001"',
      "${",
      "=date",
      "=certificate",
    ]) {
      expect(text, placeholder).not.toContain(placeholder);
    }
    expect(new Set(objects.map(({ metadata }) => metadata.uid)).size).toBe(objects.length);
    for (const { metadata } of objects) expect(metadata.creationTimestamp).toBe("2024-05-17T08:09:10Z");
  });
});
