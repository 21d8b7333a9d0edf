import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Distribution } from "../../../src/cluster/metrics/distribution.js";
import { RequestStats } from "../../../src/cluster/metrics/request-stats.js";
import { exposition, histogram } from "../../../src/cluster/metrics/text.js";
import type { KubeRequest } from "../../../src/kube/handler.js";
import { parseRequestInfo } from "../../../src/kube/request-info.js";
import { AuthFleet, type Caller } from "../../auth/fleet.js";

describe("a distribution", () => {
  it("puts a value into the first bucket that it fits", () => {
    const spread = new Distribution([1, 2, 5]);
    for (const value of [0.5, 1, 1.5, 2, 7]) spread.add(value);
    expect(spread.counts).toEqual([2, 2, 0, 1]);
    expect([spread.count, spread.sum]).toEqual([5, 12]);
    expect(spread.coarser([2, 5])).toEqual({ counts: [4, 0, 1], sum: 12 });
    const samples = [...histogram({ a: "b" }, [1, 2, 5], spread)];
    expect(samples.map(([suffix, labels, value]) => [suffix, labels.le, value])).toEqual([
      ["_bucket", "1", 2],
      ["_bucket", "2", 4],
      ["_bucket", "5", 4],
      ["_bucket", "+Inf", 5],
      ["_sum", undefined, 12],
      ["_count", undefined, 5],
    ]);
  });
});

it("labels are escaped, and families without samples are left out", () => {
  const one = { type: "gauge", help: "h" } as const;
  const text = exposition([
    { ...one, name: "b", samples: [["", { l: 'a"\\\n' }, 1.5]] },
    { ...one, name: "a", samples: [] },
  ]);
  expect(text).toBe('# HELP b h\n# TYPE b gauge\nb{l="a\\"\\\\\\n"} 1.5\n');
});

it("paths that lead nowhere take no memory", () => {
  const stats = new RequestStats(({ resource }) => resource === "pods");
  const request = (path: string) => {
    const query = new URLSearchParams();
    return { method: "GET", query, headers: {}, info: parseRequestInfo("GET", path, query) } as unknown as KubeRequest;
  };
  expect(stats.of(request("/api/v1/nopes"))).toBeUndefined();
  expect(stats.of(request("/nope"))).toBeUndefined();
  expect(stats.of(request("/api/v1/namespaces/a/pods/x"))).toBe(stats.of(request("/api/v1/namespaces/b/pods/y")));
  expect(stats.series.size).toBe(1);
});

describe("a cluster's metrics", () => {
  let fleet: AuthFleet;
  let admin: Caller;
  const scrape = async (cluster = 0) => String((await (await fleet.admin(cluster))("GET", "/metrics")).body);
  const value = (text: string, start: string) =>
    Number(
      text
        .split("\n")
        .find((line) => line.startsWith(start))
        ?.replace(/.* /, ""),
    );

  beforeAll(async () => {
    fleet = await AuthFleet.start({ clusters: 2 });
    admin = await fleet.admin();
  });
  afterAll(() => fleet.stop());

  it("tell of its requests and nobody else's", async () => {
    const line =
      'apiserver_request_total{code="404",component="apiserver",dry_run="",group="",resource="configmaps",scope="resource",subresource="",verb="GET",version="v1"}';
    for (let i = 0; i < 3; i++) await admin("GET", `/api/v1/namespaces/default/configmaps/nope-${i}`);
    expect(value(await scrape(), line)).toBe(3);
    expect(await scrape(1)).not.toContain(line);
  });

  it("tell how much is stored", async () => {
    const line = 'apiserver_storage_objects{resource="secrets"}';
    const before = value(await scrape(), line);
    await admin("POST", "/api/v1/namespaces/default/secrets", { metadata: { name: "s" } });
    expect(value(await scrape(), line)).toBe(before + 1);
  });

  it("tell how requests were classified", async () => {
    const line = 'apiserver_flowcontrol_dispatched_requests_total{flow_schema="exempt",priority_level="exempt"}';
    const before = value(await scrape(), line);
    await admin("GET", "/api/v1/nodes");
    expect(value(await scrape(), line)).toBe(before + 2);
  });

  it("tell what each priority level is given, of six hundred by shares", async () => {
    const line = (level: string) => `apiserver_flowcontrol_nominal_limit_seats{priority_level="${level}"}`;
    const text = await scrape(1);
    const seats = ["catch-all", "exempt", "global-default", "workload-low"].map((level) => value(text, line(level)));
    expect(seats).toEqual([13, 0, 49, 245]);
    await (await fleet.admin(1))("POST", "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations", {
      metadata: { name: "own" },
      spec: { type: "Limited", limited: { nominalConcurrencyShares: 245, limitResponse: { type: "Reject" } } },
    });
    expect(value(await scrape(1), line("own"))).toBe(300);
  });

  it("are forgotten when that is asked for", async () => {
    await admin("GET", "/api/v1/nodes");
    expect(await scrape()).toContain('resource="nodes",scope="cluster"');
    expect((await admin("DELETE", "/metrics")).body).toBe("metrics reset\n");
    expect(await scrape()).not.toContain('resource="nodes",scope="cluster"');
  });
});
