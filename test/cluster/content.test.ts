import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.js";
import type { Destination } from "../../src/cluster/content.js";
import { builtinRegistry } from "../../src/schema/registry-builtin.js";
import { loadTables } from "../../src/schema/tables.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { echo, OPEN, testFleet } from "../server/support.js";

/** A fleet whose clusters keep their objects somewhere, with what it is told to forget there. */
async function world(kept: (name: string) => boolean) {
  const out = mkdtempSync(join(tmpdir(), "content-"));
  const forgotten: string[] = [];
  const createBackend = async (cluster: Cluster) => {
    await cluster.identity();
    const to = { store: new MemoryStore({}), registry: () => builtinRegistry(loadTables("1.34")) };
    await cluster.takeContent()?.({ ...to, kept: kept(cluster.name) } satisfies Destination);
    return { handler: echo, access: OPEN };
  };
  const stores = {
    forget: async (name: string) => {
      forgotten.push(name);
    },
    reset: async () => {},
    close: async () => {},
  };
  const fleet = await testFleet(undefined, { clusters: 0, out }, { createBackend, stores });
  onTestFinished(async () => {
    await fleet.close();
    rmSync(out, { recursive: true });
  });
  return { fleet, forgotten, hasIdentity: (name: string) => existsSync(join(out, "pki", `${name}.json`)) };
}

describe("a cluster with content", () => {
  it("is there once it holds it", async () => {
    const { fleet } = await world(() => false);
    let filled = false;
    const cluster = await fleet.create({ name: "a" }, async ({ store }) => {
      store.advance(7);
      filled = true;
    });
    expect(filled).toBe(true);
    expect(cluster.takeContent()).toBeUndefined();
    expect(fleet.cluster("a")).toBe(cluster);
  });

  it("is gone with all that was made of it when that fails", async () => {
    const { fleet, forgotten, hasIdentity } = await world(() => false);
    const failing = fleet.create({ name: "a" }, () => Promise.reject(new Error("it does not fit")));
    await expect(failing).rejects.toThrow("it does not fit");
    expect(fleet.clusters.size).toBe(0);
    expect(forgotten).toEqual(["a"]);
    expect(hasIdentity("a")).toBe(false);
  });

  it("leaves alone what an earlier cluster of its name has left", async () => {
    const { fleet, forgotten, hasIdentity } = await world((name) => name === "a");
    let asked = false;
    const filled = fleet.create({ name: "a" }, async () => {
      asked = true;
    });
    await expect(filled).rejects.toMatchObject({
      problem: "conflict",
      message: expect.stringContaining("another name"),
    });
    expect({ asked, clusters: fleet.clusters.size, forgotten }).toEqual({ asked: false, clusters: 0, forgotten: [] });
    expect(hasIdentity("a")).toBe(false);
    await expect(fleet.create({ name: "b" }, async () => {})).resolves.toBeDefined();
  });

  it("leaves it alone when the port is another's, too", async () => {
    const { fleet, forgotten } = await world(() => false);
    const { port } = (await fleet.create({ name: "a" })).endpoint;
    await expect(fleet.create({ name: "b", endpoint: { port } }, async () => {})).rejects.toThrow(`${port}`);
    expect(forgotten).toEqual([]);
  });
});
