import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FakeApiserver, startFakeApiserver } from "../../src/embed.js";
import { Client, endpointOf } from "../helpers/client.js";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const TOO_OLD = "The resourceVersion for the provided list is too old.";
/** What a real server said when etcd had been compacted at a later revision. */
const TOO_OLD_TO_GO_ON =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
  "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
  "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
  "deleted between the time the first chunk was returned and now may show up in the list.";

interface Page {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

let fleet: FakeApiserver;
let client: Client;
let first: Page;

/** A page is read, then more is written than the history holds. */
beforeAll(async () => {
  fleet = await startFakeApiserver({ historyBytes: 1 });
  client = new Client(endpointOf(await fleet.clusters[0]!.kubeconfigObject()));
  const data = { fill: "x".repeat(100_000) };
  for (const name of "abcd") await client.json("POST", CONFIG_MAPS, { metadata: { name } });
  first = await client.json<Page>("GET", `${CONFIG_MAPS}?limit=2`);
  await client.json("POST", CONFIG_MAPS, { metadata: { name: "e" } });
  await client.json("POST", CONFIG_MAPS, { metadata: { name: "big" } });
  for (let round = 0; round < 40; round++) {
    await client.json("PUT", `${CONFIG_MAPS}/big`, { metadata: { name: "big" }, data: { ...data, round: `${round}` } });
  }
});

afterAll(async () => {
  client.close();
  await fleet.stop();
});

const get = async (query: string) => {
  const { status, body } = await client.send("GET", `${CONFIG_MAPS}?${query}`);
  return { status, value: JSON.parse(String(body)) };
};
const expired = (message: string, metadata = {}) => ({
  status: 410,
  value: { kind: "Status", apiVersion: "v1", metadata, status: "Failure", message, reason: "Expired", code: 410 },
});

describe("history that is gone", () => {
  it.each(["limit=2&", ""])("ends a list in pages, which may go on inconsistently: %j", async (limit) => {
    const token = encodeURIComponent(first.metadata.continue ?? "");
    const next = "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiYlx1MDAwMCJ9";
    expect(await get(`${limit}continue=${token}`)).toEqual(expired(TOO_OLD_TO_GO_ON, { continue: next }));
    const { status, value } = await get(`limit=3&continue=${next}`);
    expect([status, (value as Page).items.map(({ metadata }) => metadata.name)]).toEqual([200, ["big", "c", "d"]]);
    expect(Number(value.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
    expect(value.metadata.remainingItemCount).toBe(1);
  });

  it.each([["resourceVersionMatch=Exact"], ["resourceVersionMatch=Exact&limit=2"], ["limit=2"]])(
    "is no list with %s",
    async (query) => {
      const at = `resourceVersion=${first.metadata.resourceVersion}`;
      expect(await get(`${at}&${query}`)).toEqual(expired(TOO_OLD));
    },
  );

  it("does not matter to who takes anything newer", async () => {
    const at = `resourceVersion=${first.metadata.resourceVersion}`;
    expect((await get(`${at}&resourceVersionMatch=NotOlderThan`)).value.items).toHaveLength(6);
  });
});
