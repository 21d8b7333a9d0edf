import type { Fleet } from "../cluster/fleet.js";
import { fleetFamilies } from "../cluster/metrics/fleet.js";
import { exposition } from "../cluster/metrics/text.js";
import type { Route } from "./route.js";

const TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What Prometheus reads of the fleet as a whole; clusters have /metrics of their own. */
export function metricsRoute(fleet: Fleet, versions: { readonly version: string; readonly kubernetesVersion: string }) {
  return {
    ...{ method: "GET", path: "/metrics", id: "getMetrics", summary: "Metrics of the fleet, for Prometheus." },
    answers: { 200: { description: "In the text format.", content: { "text/plain": { type: "string" } } } },
    handle: async () => {
      const { version, kubernetesVersion } = versions;
      const sources = { clusters: fleet.clusters.values(), traffic: fleet.traffic, version, kubernetesVersion };
      return { status: 200, headers: { "Content-Type": TYPE }, body: exposition(await fleetFamilies(sources)) };
    },
  } satisfies Route;
}
