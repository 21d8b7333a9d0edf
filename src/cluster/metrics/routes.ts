import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Handler, KubeRequest, UnaryAnswer } from "../../kube/handler.js";
import { HEALTH_CHECKS, type HealthEndpoint } from "../../kube/health-checks.js";
import type { Registry } from "../../schema/registry.js";
import type { Store } from "../../store/store.js";
import type { FlowIndex } from "../flow.js";
import { counter, gauge, requestFamilies, storageFamilies } from "./families.js";
import { buildFamily, PROCESS_START, processFamilies, startFamily } from "./process.js";
import type { RequestStats } from "./request-stats.js";
import { seatsFamily } from "./seats.js";
import { exposition, type Family, type Sample } from "./text.js";

/** What the metrics of a cluster are made from when somebody reads them. */
export interface MetricSources {
  readonly stats: RequestStats;
  readonly store: Store;
  readonly registry: () => Registry;
  readonly flows: FlowIndex;
  /** "v1.34.4" */
  readonly version: string;
}

/** Adds /metrics and /metrics/slis to what a handler answers; upstream: apiserver/pkg/server/routes/metrics.go. */
export function withMetrics(handler: Handler, sources: MetricSources): Handler {
  return (request) => {
    const { info } = request;
    if (info.isResourceRequest || !info.path.startsWith("/metrics")) return handler(request);
    const families = { "/metrics": () => allFamilies(sources), "/metrics/slis": sliFamilies }[request.path];
    return families ? answer(request, sources.stats, families) : handler(request);
  };
}

const gzipped = promisify(gzip);

async function answer(
  { method, headers: asked }: KubeRequest,
  stats: RequestStats,
  families: () => Promise<Family[]>,
): Promise<UnaryAnswer> {
  if (method === "DELETE") {
    stats.reset();
    const headers = { "Content-Type": "text/plain; charset=utf-8" };
    return { status: 200, headers, chunks: [Buffer.from("metrics reset\n")] };
  }
  const headers = {
    "Content-Type": "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
    "Process-Start-Time-Unix": String(Math.floor(PROCESS_START)),
  };
  const body = Buffer.from(exposition(await families()));
  if (!/\bgzip\b/.test(String(asked["accept-encoding"] ?? ""))) return { status: 200, headers, chunks: [body] };
  return { status: 200, headers: { ...headers, "Content-Encoding": "gzip" }, chunks: [await gzipped(body)] };
}

async function allFamilies({ stats, store, registry, flows, version }: MetricSources): Promise<Family[]> {
  return [
    ...requestFamilies(stats),
    ...storageFamilies(registry(), store),
    counter("apiserver_flowcontrol_dispatched_requests_total", "[BETA] Requests by flow.", flowSamples(flows)),
    seatsFamily(store),
    healthFamily(),
    buildFamily(version),
    ...(await processFamilies()),
  ];
}

async function sliFamilies(): Promise<Family[]> {
  return [healthFamily(), startFamily()];
}

function flowSamples(flows: FlowIndex): Sample[] {
  return [...flows.counts()].map(({ name, level, count }) => ["", { flow_schema: name, priority_level: level }, count]);
}

/** A real server tells of the checks that somebody has asked for; asked or not, ours would say the same. */
function healthFamily(): Family {
  const types: readonly HealthEndpoint[] = ["livez", "readyz"];
  const samples = types.flatMap((type) => HEALTH_CHECKS[type].map((name): Sample => ["", { name, type }, 1]));
  const sorted = samples.sort(([, a], [, b]) => (`${a.name} ${a.type}` < `${b.name} ${b.type}` ? -1 : 1));
  return gauge("kubernetes_healthcheck", "[STABLE] Whether a health check passes.", sorted);
}
