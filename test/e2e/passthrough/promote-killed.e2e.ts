import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { fill, MovingFleet, uids } from "./moving-fleet.js";
import { folder } from "./programs.js";

const place = folder();
const fleet = new MovingFleet(place.path, "--clusters", "1", "--kube-apiserver-preset", "saving");
const name = "cluster-1";
const COLLECTIONS = ["nodes", "pods", "configmaps", "secrets", "namespaces", "serviceaccounts"];
let before: Record<string, string>[];
let written = 0;

async function content(): Promise<Record<string, string>[]> {
  const client = fleet.client(name);
  try {
    await fleet.ready(client);
    return await Promise.all(COLLECTIONS.map((collection) => uids(client, `/api/v1/${collection}`)));
  } finally {
    client.close();
  }
}

/** One more object at the last moment, of which the client has been told. */
async function write(): Promise<void> {
  const client = fleet.client(name);
  await client.json("POST", "/api/v1/namespaces/writer/configmaps", { metadata: { name: `before-${written++}` } });
  client.close();
}

/** Kills the process while a move is at a step; false: it was through before anybody saw it there. */
async function killedAt(move: "promote" | "demote", step: string): Promise<boolean> {
  await write();
  before = await content();
  let over = false;
  const moving = fleet.post(`${name}/${move}`, move === "promote" ? {} : undefined).then(
    () => {
      over = true;
    },
    () => undefined, // killed
  );
  let seen = false;
  while (!over && !seen) seen = (await fleet.view(name)).moving?.step.startsWith(step) === true;
  await fleet.end("SIGKILL");
  await moving;
  return seen;
}

beforeAll(async () => {
  await fleet.start();
  const client = fleet.client(name);
  await fill(client, { nodes: 50, pods: 500 });
  client.close();
  await fleet.end("SIGTERM");
}, 300_000);
afterEach(() => fleet.end("SIGKILL"));
afterAll(async () => {
  await fleet.end("SIGTERM");
  place.remove();
});

/** In turn, so that each begins where the one before must have left the cluster. */
describe("a process that is killed", () => {
  it.each(["looking", "writing", "starting"])(
    "while it promotes and is %s leaves the cluster emulated and whole, and etcd is cleared",
    async (step) => {
      await fleet.start();
      expect((await fleet.view(name)).backend.type).toBe("emulated");
      expect(await killedAt("promote", step)).toBe(true);
      await fleet.start();
      expect((await fleet.view(name)).backend).toEqual({ type: "emulated" });
      expect(await content()).toEqual(before);
      if (step !== "looking") await fleet.cleared(name);
    },
    120_000,
  );

  it("is followed by one that promotes with nothing mixed in", async () => {
    await fleet.start();
    await write();
    before = await content();
    expect(await fleet.post(`${name}/promote`, { proxy: "pipe" })).toMatchObject({ status: 200 });
    expect(await content()).toEqual(before);
    await fleet.end("SIGKILL");
    await fleet.start();
    expect((await fleet.view(name)).backend.type).toBe("passthrough");
    expect(await content()).toEqual(before);
  }, 120_000);

  it.each(["stopping", "reading"])(
    "while it demotes and is %s leaves the cluster real and whole",
    async (step) => {
      await fleet.start();
      expect(await killedAt("demote", step)).toBe(true);
      await fleet.start();
      expect((await fleet.view(name)).backend.type).toBe("passthrough");
      expect(await content()).toEqual(before);
    },
    120_000,
  );

  it("while it deletes from etcd what it has demoted leaves the cluster emulated and whole", async () => {
    await fleet.start();
    await killedAt("demote", "deleting");
    await fleet.start();
    expect((await fleet.view(name)).backend).toEqual({ type: "emulated" });
    expect(await content()).toEqual(before);
    await fleet.cleared(name);
  }, 120_000);
});
