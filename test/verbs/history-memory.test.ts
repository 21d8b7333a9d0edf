import { afterEach, expect, it } from "vitest";
import { type FakeApiserver, startFakeApiserver } from "../../src/embed.js";
import { Client, endpointOf } from "../helpers/client.js";
import { held } from "../helpers/memory.js";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const SIZE = 8_192;
const WRITES = 1_000;

let fleet: FakeApiserver | undefined;
let client: Client | undefined;
afterEach(async () => {
  client?.close();
  await fleet?.stop();
});

it("a revision in the history costs its bytes and little more, and none of the request that made it", async () => {
  fleet = await startFakeApiserver({ historyBytes: 64 << 20 });
  client = new Client(endpointOf(await fleet.clusters[0]!.kubeconfigObject()));
  const labels = { "app.kubernetes.io/name": "an-application-with-a-long-name" };
  const write = (round: number, method: string, path: string) => {
    const data = { fill: String(round).padEnd(SIZE, "x") };
    return client!.json(method, path, { metadata: { name: "written-again-and-again", labels }, data });
  };
  await write(0, "POST", CONFIG_MAPS);
  for (let round = 0; round < 200; round++) await write(round, "PUT", `${CONFIG_MAPS}/written-again-and-again`);
  const before = await held();
  for (let round = 0; round < WRITES; round++) await write(round, "PUT", `${CONFIG_MAPS}/written-again-and-again`);
  const each = ((await held()) - before) / WRITES;
  expect(each).toBeGreaterThan(SIZE);
  expect(each).toBeLessThan(SIZE + 3_000);
});
