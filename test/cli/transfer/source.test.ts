import { describe, expect, it } from "vitest";
import { Source } from "../../../src/cli/transfer/source.js";
import { type Answer, standIn, status } from "./stand-in.js";

const PODS = { group: "", resource: "pods", kind: "Pod", namespaced: true, versions: ["v1"], aliases: [] };

function page(names: readonly string[], { next = "", at = "10" } = {}): Answer {
  const items = names.map((name) => ({ metadata: { name } }));
  return { body: { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: at, continue: next }, items } };
}

async function source(answer: (path: string, query: URLSearchParams) => Answer) {
  const { api, asked } = await standIn(answer);
  const read = new Source(api, 0);
  return { read, asked, names: async () => (await read.list(PODS, "v1")).map(({ metadata }) => metadata.name) };
}

describe("Source", () => {
  it("reads all pages, and what comes after as of the same moment", async () => {
    const { read, names, asked } = await source((_path, query) =>
      query.has("continue") ? page(["b"], { at: "12" }) : page(["a"], { next: "t/1" }),
    );
    expect(await names()).toEqual(["a", "b"]);
    expect(await names()).toEqual(["a", "b"]);
    expect(asked).toEqual([
      "/api/v1/pods?limit=500",
      "/api/v1/pods?continue=t%2F1&limit=500",
      "/api/v1/pods?resourceVersion=10&resourceVersionMatch=Exact&limit=500",
      "/api/v1/pods?continue=t%2F1&limit=500",
    ]);
    expect(read.revision).toBe(12n);
  });

  it.each([400, 410, 504])("reads what it can where that moment is none, or over (%i)", async (code) => {
    const { names } = await source((_path, query) => (query.has("resourceVersion") ? status(code, "no") : page(["a"])));
    expect([await names(), await names()]).toEqual([["a"], ["a"]]);
  });

  it("begins anew where a list has grown too old between two pages", async () => {
    let olds = 0;
    const { names } = await source((_path, query) => {
      if (!query.has("continue")) return page(["a"], { next: "t" });
      return ++olds < 3 ? status(410, "too old") : page(["b"]);
    });
    expect(await names()).toEqual(["a", "b"]);
  });

  it("reads in one piece what changes faster than that", async () => {
    const { names, asked } = await source((_path, query) => {
      if (query.has("continue")) return status(410, "too old");
      return query.has("limit") ? page(["a"], { next: "t" }) : page(["a", "b"]);
    });
    expect(await names()).toEqual(["a", "b"]);
    expect(asked.filter((path) => path.includes("continue"))).toHaveLength(3);
  });

  it("asks a server that has too much to do again, for a while", async () => {
    let asked = 0;
    const patient = await source(() => (++asked < 4 ? status(429, "later") : page(["a"])));
    expect(await patient.names()).toEqual(["a"]);
    const never = await source(() => status(429, "later"));
    await expect(never.names()).rejects.toThrow("later");
  });

  it("asks each namespace, and with the selector", async () => {
    const { read, asked } = await source(() => page([]));
    await read.list(PODS, "v1", { namespaces: ["a", "b"], selector: "x=y,!z" });
    expect(asked[0]).toBe("/api/v1/namespaces/a/pods?labelSelector=x%3Dy%2C%21z&limit=500");
    expect(asked[1]).toMatch(/^\/api\/v1\/namespaces\/b\/pods\?/);
  });

  it("passes refusals on", async () => {
    const { names } = await source(() => status(403, "pods is forbidden"));
    await expect(names()).rejects.toThrow("pods is forbidden");
  });
});
