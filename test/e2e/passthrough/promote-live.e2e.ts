import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/kube/json.js";
import type { Client } from "../../helpers/client.js";
import { fill, MovingFleet, type Outcome, uids, Watching } from "./moving-fleet.js";
import { folder } from "./programs.js";

const place = folder();
const fleet = new MovingFleet(place.path, "--clusters", "2");
const watcher = join(place.path, "converge");
const LOAD = { nodes: 200, pods: 2_000 };

beforeAll(async () => {
  await Promise.all([fleet.start(), Watching.build(watcher)]);
}, 600_000);
afterAll(async () => {
  await fleet.end("SIGTERM");
  place.remove();
});

/** While it is moved. */
async function moved(name: string, names: string, move: () => Promise<unknown>): Promise<Outcome> {
  const watching = await Watching.start(watcher, fleet.kubeconfig(name), names);
  await sleep(1_000);
  await move();
  await sleep(2_000);
  return watching.stop();
}

/** What the writer was told is so, and the informers have what there is. */
async function expectKept(client: Client, outcome: Outcome, raisedBefore: number): Promise<number> {
  const { written, ...watched } = outcome;
  for (const [resource, { converged, newUids, backwards, objects, listed }] of Object.entries(watched)) {
    expect(converged, `${resource} converged`).toBe(true);
    expect(objects, resource).toEqual(listed);
    expect(newUids ?? [], resource).toEqual([]);
    expect(backwards ?? [], resource).toEqual([]);
  }
  const there = await uids(client, "/api/v1/namespaces/writer/configmaps");
  const lost = Object.entries(written.acknowledged).filter(([name, uid]) => (there[`writer/${name}`] ?? "") !== uid);
  expect(lost).toEqual([]);
  const counter = await client.json<KubeObject>("GET", "/api/v1/namespaces/writer/configmaps/counter");
  const raised = Number((counter as { data?: { value?: string } }).data?.value) - raisedBefore;
  expect(raised).toBeGreaterThanOrEqual(written.raised);
  expect(raised).toBeLessThanOrEqual(written.raised + written.raisedUnknown);
  expect(written.raised).toBeGreaterThan(20);
  return raisedBefore + raised;
}

describe.each([
  ["cluster-1", "terminate"],
  ["cluster-2", "pipe"],
] as const)("%s, with 200 nodes and 2,000 pods, an informer and a writer, by %s", (name, proxy) => {
  it("is promoted and demoted, and nothing is lost", async () => {
    const client = fleet.client(name);
    await fill(client, LOAD);
    const before = [await uids(client, "/api/v1/nodes"), await uids(client, "/api/v1/pods")];
    expect(before.map((each) => Object.keys(each).length)).toEqual([200, 2_000]);

    const up = await moved(name, "up", () => fleet.cli("promote", name, "--proxy", proxy));
    expect((await fleet.view(name)).backend).toMatchObject({ type: "passthrough", proxy, phase: "ready" });
    expect([await uids(client, "/api/v1/nodes"), await uids(client, "/api/v1/pods")]).toEqual(before);
    const raised = await expectKept(client, up, 0);

    const down = await moved(name, "down", () => fleet.cli("demote", name));
    expect((await fleet.view(name)).backend).toEqual({ type: "emulated" });
    expect([await uids(client, "/api/v1/nodes"), await uids(client, "/api/v1/pods")]).toEqual(before);
    await expectKept(client, down, raised);
    console.log(`${proxy}: the longest write took ${up.written.longestMs} and ${down.written.longestMs} ms`);
    // Who is passed on is always told what has become of a request; through a pipe a connection just ends.
    if (proxy === "terminate") expect([up.written.errors ?? [], down.written.errors ?? []]).toEqual([[], []]);
    client.close();
  }, 300_000);
});
