import type { Registry } from "../../schema/registry.js";
import type { Store } from "../../store/store.js";
import { type Distribution, DURATION_BOUNDS, EVENT_BOUNDS, SIZE_BOUNDS } from "./distribution.js";
import type { EventSeries, RequestSeries, RequestStats } from "./request-stats.js";
import { type Family, histogram, type Labels, type Sample } from "./text.js";

/** Upstream's bounds of the durations that service levels are told by: the others without the finest. */
const SLI_BOUNDS = DURATION_BOUNDS.slice(2);

/** What a cluster's requests come to. */
export function requestFamilies(stats: RequestStats): Family[] {
  const series = [...stats.series.values()].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const finished = series.filter(({ byCode }) => byCode.size > 0);
  const events = [...stats.events.values()];
  const { mutating, readOnly } = stats;
  return [
    counter(
      "apiserver_request_total",
      "[STABLE] Requests that have been answered.",
      finished
        .flatMap((each) => [...each.byCode].map(([code, count]) => ({ code, count, labels: fullLabels(each) })))
        .sort((a, b) => a.code - b.code)
        .map(({ code, count, labels }): Sample => ["", { code: String(code), ...labels }, count]),
    ),
    spread(
      "apiserver_request_duration_seconds",
      "[STABLE] Seconds from a request to the end of its answer.",
      finished.flatMap((each) => [...histogram(fullLabels(each), DURATION_BOUNDS, each.durations)]),
    ),
    spread(
      "apiserver_request_sli_duration_seconds",
      "[ALPHA] Seconds from a request to the end of its answer, less what webhooks and queues took.",
      finished.flatMap((each) => [...histogram(shortLabels(each), SLI_BOUNDS, each.durations.coarser(SLI_BOUNDS))]),
    ),
    spread(
      "apiserver_response_sizes",
      "[STABLE] Bytes of what has been read.",
      finished.flatMap((each) => sizes(shortLabels(each), each.sizes)),
    ),
    gauge("apiserver_current_inflight_requests", "[STABLE] Requests that are being answered.", [
      ["", { request_kind: "mutating" }, mutating],
      ["", { request_kind: "readOnly" }, readOnly],
    ]),
    gauge(
      "apiserver_longrunning_requests",
      "[STABLE] Requests that go on until somebody ends them.",
      series.filter(isLong).map((each): Sample => ["", shortLabels(each), each.running]),
    ),
    counter(
      "apiserver_watch_events_total",
      "[ALPHA] Events that watches have brought.",
      events.map((each): Sample => ["", eventLabels(each), each.sizes.count]),
    ),
    spread(
      "apiserver_watch_events_sizes",
      "[ALPHA] Bytes of the events that watches have brought.",
      events.flatMap((each) => [...histogram(eventLabels(each), EVENT_BOUNDS, each.sizes)]),
    ),
  ];
}

/** How much there is of each resource. */
export function storageFamilies(registry: Registry, store: Store): Family[] {
  const snapshot = store.snapshot()!;
  const counted = new Map<string, { group: string; resource: string; count: number }>();
  for (const { name, versions } of registry.groups) {
    for (const version of versions) {
      for (const { gvr, storage } of registry.resources(name, version)) {
        if (!storage || counted.has(storage.prefix)) continue;
        const { group, resource } = gvr;
        counted.set(storage.prefix, { group, resource, count: snapshot.count(`${storage.prefix}/`) });
      }
    }
  }
  const rows = [...counted.values()].sort((a, b) => (fullName(a) < fullName(b) ? -1 : 1));
  return [
    gauge(
      "apiserver_storage_objects",
      "[STABLE] Objects that are stored.",
      rows.map((each): Sample => ["", { resource: fullName(each) }, each.count]),
    ),
    gauge(
      "apiserver_resource_objects",
      "[ALPHA] Objects that are stored.",
      [...rows].sort(byGroup).map(({ group, resource, count }): Sample => ["", { group, resource }, count]),
    ),
  ];
}

function fullName({ group, resource }: { readonly group: string; readonly resource: string }): string {
  return group === "" ? resource : `${resource}.${group}`;
}

function byGroup(a: { readonly group: string }, b: { readonly group: string }): number {
  return a.group < b.group ? -1 : Number(a.group > b.group);
}

function fullLabels(series: RequestSeries): Labels {
  const { group, resource, scope, subresource, verb, version } = shortLabels(series) as Record<string, string>;
  const place = { group: group!, resource: resource!, scope: scope!, subresource: subresource! };
  return { component: "apiserver", dry_run: series.dryRun, ...place, verb: verb!, version: version! };
}

function shortLabels({ info, scope, verb }: RequestSeries): Labels {
  const { group, resource, subresource, version } = info;
  return { component: "apiserver", group, resource, scope, subresource, verb, version };
}

function eventLabels({ group, resource, version }: EventSeries): Labels {
  return { group, resource, version };
}

function sizes(labels: Labels, distribution: Distribution | undefined): Sample[] {
  return distribution ? [...histogram(labels, SIZE_BOUNDS, distribution)] : [];
}

function isLong({ verb, running }: RequestSeries): boolean {
  return verb === "WATCH" || running > 0;
}

function sortKey({ info, scope, verb, dryRun }: RequestSeries): string {
  return [info.group, info.resource, scope, info.subresource, verb, info.version, dryRun].join(" ");
}

export function counter(name: string, help: string, samples: Iterable<Sample>): Family {
  return { name, type: "counter", help, samples };
}

export function gauge(name: string, help: string, samples: Iterable<Sample>): Family {
  return { name, type: "gauge", help, samples };
}

function spread(name: string, help: string, samples: Iterable<Sample>): Family {
  return { name, type: "histogram", help, samples };
}
