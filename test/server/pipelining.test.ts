import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import type { Handler } from "../../src/kube/handler.js";
import { admin, json, rawHttp1, testFleet } from "./support.js";

let fleet: Fleet;
let cluster: Cluster;

beforeAll(async () => {
  // Long enough for what comes next on the connection to be there before the answer is.
  const late: Handler = async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return json({ path: request.path });
  };
  fleet = await testFleet(late);
  [cluster] = fleet.clusters.values() as unknown as [Cluster];
});

afterAll(() => fleet.close());

const request = (path: string, headers = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
const UPGRADE = "Connection: Upgrade, close\r\nUpgrade: websocket\r\n";

/** Who does not wait for an answer before the next request gets the answers in order, whatever comes. */
describe("what follows a request at once", () => {
  it.each([
    ["bytes that are no request", "\0\0\r\n\r\n", 400],
    ["a method that nobody knows", "FOO /b HTTP/1.1\r\nHost: a\r\n\r\n", 200, '"/b"'],
    ["an upgrade", request("/healthz", UPGRADE), 200, "ok"],
  ])("%s", async (_what, next, status, content = "") => {
    const text = await rawHttp1(await admin(cluster), request("/a") + request("/a2") + next);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200", `HTTP/1.1 ${status}`]);
    const [a, a2, last] = ['"/a"', '"/a2"', content].map((part) => text.lastIndexOf(part)) as [number, number, number];
    expect([a, a2, last]).toEqual([a, a2, last].toSorted((x, y) => x - y));
    expect(a).toBeGreaterThan(0);
  });
});
