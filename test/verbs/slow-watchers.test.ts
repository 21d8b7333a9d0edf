import type { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { type FakeApiserver, startFakeApiserver } from "../../src/embed.js";
import { Client, endpointOf } from "../helpers/client.js";
import { connectHttp2, getHttp2, openHttp2 } from "../helpers/h2.js";
import { held } from "../helpers/memory.js";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const MIB = 1 << 20;

interface Event {
  readonly type: string;
  readonly name: string | undefined;
  readonly revision: number;
  /** Of an ERROR. */
  readonly code: number | undefined;
}

/** What the events of a watch are about; not their objects, whose memory would be taken for the server's. */
async function* eventsOf(body: Readable): AsyncGenerator<Event> {
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const { type, object } = JSON.parse(line);
      const { name, resourceVersion } = object.metadata;
      yield { type, name, revision: Number(resourceVersion), code: object.code };
    }
  }
}

/** Reads until the event about `name`, or to the end. */
async function readTo(body: Readable, name: string): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of eventsOf(body)) {
    events.push(event);
    if (event.name === name) break;
  }
  return events;
}

let fleet: FakeApiserver | undefined;
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await fleet?.stop();
});

async function start(historyBytes: number): Promise<Client> {
  fleet = await startFakeApiserver({ historyBytes });
  const client = new Client(endpointOf(await fleet.clusters[0]!.kubeconfigObject()));
  clients.push(client);
  await client.json("POST", CONFIG_MAPS, { metadata: { name: "first" } });
  return client;
}

/** Writes one object again and again, and then another by which a reader knows that this is all. */
async function write(client: Client, rounds: number, size: number): Promise<void> {
  await client.json("POST", CONFIG_MAPS, { metadata: { name: "much" } });
  for (let round = 0; round < rounds; round++) {
    const fill = String(round).padEnd(size, "x");
    await client.json("PUT", `${CONFIG_MAPS}/much`, { metadata: { name: "much" }, data: { fill } });
  }
  await client.json("POST", CONFIG_MAPS, { metadata: { name: "last" } });
}

async function newest(client: Client): Promise<string> {
  const list = await client.json<{ metadata: { resourceVersion: string } }>("GET", CONFIG_MAPS);
  return list.metadata.resourceVersion;
}

describe.each(["http/1.1", "h2"])("over %s, a watcher that stops reading", (protocol) => {
  async function watch(client: Client, path: string): Promise<{ body: Readable; close(): void }> {
    if (protocol === "http/1.1") return client.open("GET", path);
    const session = await connectHttp2(client.endpoint);
    const { stream } = await openHttp2(session, path);
    return { body: stream, close: () => session.destroy() };
  }

  it("costs no memory, holds nobody up, and is told 410 when it comes back too late", async () => {
    const client = await start(2 * MIB);
    const path = `${CONFIG_MAPS}?watch=1&resourceVersion=${await newest(client)}`;
    const stalled = await watch(client, path);
    const fast = await watch(client, path);
    const before = await held();
    // 40 MB: more than all buffers on the way take.
    const [events] = await Promise.all([readTo(fast.body, "last"), write(client, 400, 100_000)]);
    expect(events.map(({ type }) => type)).toEqual(["ADDED", ...Array(400).fill("MODIFIED"), "ADDED"]);
    // The stalled client's own 4 MB window, and what its connection has taken, are in this process, too.
    expect((await held()) - before).toBeLessThan(20 * MIB);
    const late = await readTo(stalled.body, "last");
    expect(late.at(-1)).toMatchObject({ type: "ERROR", code: 410 });
    expect(late.length).toBeLessThan(402);
    stalled.close();
    fast.close();
  });

  it("gets everything in order when it comes back in time", async () => {
    const client = await start(128 * MIB);
    const path = `${CONFIG_MAPS}?watch=1&resourceVersion=${await newest(client)}`;
    const stalled = await watch(client, path);
    await write(client, 200, 100_000);
    const events = await readTo(stalled.body, "last");
    expect(events.map(({ type }) => type)).toEqual(["ADDED", ...Array(200).fill("MODIFIED"), "ADDED"]);
    const revisions = events.map(({ revision }) => revision);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    stalled.close();
  });
});

describe("two lists that nobody reads", () => {
  it("leave a GET on their connection answered", async () => {
    const client = await start(2 * MIB);
    const fill = "x".repeat(1_000_000);
    for (let index = 0; index < 6; index++) {
      await client.json("POST", CONFIG_MAPS, { metadata: { name: `much-${index}` }, data: { fill } });
    }
    const session = await connectHttp2(client.endpoint);
    const stalled = [await openHttp2(session, CONFIG_MAPS), await openHttp2(session, CONFIG_MAPS)];
    expect(stalled.map(({ status }) => status)).toEqual([200, 200]);
    for (let round = 0; round < 20; round++) {
      expect(await getHttp2(session, "/livez")).toEqual({ status: 200, body: "ok" });
      expect((await getHttp2(session, `${CONFIG_MAPS}/first`)).status).toBe(200);
    }
    // And they are whole when they are read at last.
    for (const { stream } of stalled) {
      let body = "";
      for await (const chunk of stream) body += chunk;
      expect((JSON.parse(body) as { items: unknown[] }).items).toHaveLength(7);
    }
    session.destroy();
  });
});
