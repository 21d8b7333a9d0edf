import { pino } from "pino";
import { expect, it, onTestFinished } from "vitest";
import { unknownResource } from "../../src/kube/errors.js";
import type { Handler } from "../../src/kube/handler.js";
import { admin, anonymous, fetchFrom, json, testFleet } from "./support.js";

type Line = Record<string, unknown>;

async function logged(level: string, handler: Handler = async () => json({})) {
  const lines: Line[] = [];
  const log = pino({ level, base: null }, { write: (line: string) => void lines.push(JSON.parse(line) as Line) });
  const fleet = await testFleet(handler, { log });
  onTestFinished(() => fleet.close());
  const requests = () => lines.filter(({ msg }) => msg === "request").map(({ level, time, msg, ms, ...rest }) => rest);
  return { cluster: fleet.cluster("cluster-1"), requests };
}

const BY = { "user-agent": "manager/v1.14.2 (linux/amd64)" };

it("a log of level trace tells who has asked for what, and how that ended", async () => {
  const { cluster, requests } = await logged("trace", async ({ path }) => {
    if (path.endsWith("/gone")) throw unknownResource();
    return json({}, 201);
  });
  const asAdmin = await admin(cluster);
  const pod = "/api/v1/namespaces/n/pods/p";
  await fetchFrom(cluster, `${pod}/eviction?dryRun=All`, asAdmin, { ":method": "POST", ...BY });
  await fetchFrom(cluster, "/apis/apps/v1/daemonsets?watch=1", asAdmin, BY);
  await fetchFrom(cluster, "/version", asAdmin);
  await fetchFrom(cluster, pod, await anonymous(cluster), BY);
  await fetchFrom(cluster, "/api/v1/namespaces/n/pods/gone", asAdmin, BY);
  const client = BY["user-agent"];
  const shared = { cluster: "cluster-1", client };
  expect(requests()).toEqual([
    {
      ...{ ...shared, method: "POST", uri: `${pod}/eviction?dryRun=All` },
      ...{ verb: "create", resource: "pods/eviction", code: 201 },
    },
    {
      ...{ ...shared, method: "GET", uri: "/apis/apps/v1/daemonsets?watch=1" },
      ...{ verb: "watch", resource: "daemonsets.apps", code: 201 },
    },
    { ...shared, client: "", method: "GET", uri: "/version", verb: "get", resource: "/version", code: 201 },
    { ...shared, method: "GET", uri: pod, verb: "get", resource: "pods", code: 403 },
    { ...shared, method: "GET", uri: "/api/v1/namespaces/n/pods/gone", verb: "get", resource: "pods", code: 404 },
  ]);
});

it("a log of any other level does not", async () => {
  const { cluster, requests } = await logged("debug");
  await fetchFrom(cluster, "/api/v1/pods", await admin(cluster), BY);
  expect(requests()).toEqual([]);
});
