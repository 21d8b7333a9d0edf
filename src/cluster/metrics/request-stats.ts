import type { KubeRequest } from "../../kube/handler.js";
import type { RequestInfo } from "../../kube/request-info.js";
import { Distribution, DURATION_BOUNDS, EVENT_BOUNDS, SIZE_BOUNDS } from "./distribution.js";

/** Requests of one kind, which the metrics' labels tell apart. */
export interface RequestSeries {
  readonly info: RequestInfo;
  readonly verb: string;
  readonly scope: string;
  readonly dryRun: string;
  readonly byCode: Map<number, number>;
  /** Seconds. */
  readonly durations: Distribution;
  /** Bytes; undefined: nothing has been read. */
  sizes: Distribution | undefined;
  /** Those that go on and on. */
  running: number;
}

/** Events that watches of one resource have brought. */
export interface EventSeries {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** Bytes. */
  readonly sizes: Distribution;
}

/** Whether requests for this are counted: paths that lead nowhere would fill the memory with what clients make up. */
export type IsServed = (info: RequestInfo) => boolean;

/**
 * What one cluster's metrics say of its requests, kept in as little as possible: a thousand clusters have this, and
 * every request passes by. Upstream: apiserver/pkg/endpoints/metrics/metrics.go.
 */
export class RequestStats {
  readonly series = new Map<string, RequestSeries>();
  readonly events = new Map<string, EventSeries>();
  readonly #isServed: IsServed;
  mutating = 0;
  readOnly = 0;

  constructor(isServed: IsServed) {
    this.#isServed = isServed;
  }

  /** Undefined: nothing that is counted. */
  of(request: KubeRequest): RequestSeries | undefined {
    const { info, method, query } = request;
    if (!info.isResourceRequest || method === "HEAD" || method === "OPTIONS") return undefined;
    const dryRun = query.size === 0 ? "" : dryRunLabel(query.getAll("dryRun"));
    const verb = verbLabel(request);
    const key = `${verb} ${info.verb} ${info.group}/${info.version}/${info.resource}/${info.subresource} ${info.namespace === ""} ${dryRun}`;
    const known = this.series.get(key);
    if (known || !this.#isServed(info)) return known;
    const made: RequestSeries = {
      info,
      verb,
      scope: scopeLabel(info),
      dryRun,
      byCode: new Map(),
      durations: new Distribution(DURATION_BOUNDS),
      sizes: undefined,
      running: 0,
    };
    this.series.set(key, made);
    return made;
  }

  eventsOf({ group, version, resource }: RequestInfo): EventSeries {
    const key = `${group}/${version}/${resource}`;
    const known = this.events.get(key);
    if (known) return known;
    const made = { group, version, resource, sizes: new Distribution(EVENT_BOUNDS) };
    this.events.set(key, made);
    return made;
  }

  /** Forgets what has been counted. */
  reset(): void {
    this.series.clear();
    this.events.clear();
  }

  /** `bytes`: of an answer that is told in full. */
  finished(series: RequestSeries, code: number, seconds: number, bytes: number | undefined): void {
    series.byCode.set(code, (series.byCode.get(code) ?? 0) + 1);
    series.durations.add(seconds);
    if (bytes === undefined || (series.verb !== "GET" && series.verb !== "LIST")) return;
    series.sizes ??= new Distribution(SIZE_BOUNDS);
    series.sizes.add(bytes);
  }
}

const CONNECTS: ReadonlySet<string> = new Set(["log", "exec", "portforward", "attach", "proxy"]);
const VERBS: ReadonlySet<string> = new Set(["GET", "LIST", "WATCH", "POST", "PUT", "PATCH", "DELETE"]);

function verbLabel({ info, method, headers }: KubeRequest): string {
  if (CONNECTS.has(info.subresource)) return "CONNECT";
  if (info.verb === "watch") return "WATCH";
  if (info.verb === "list") return "LIST";
  if (method === "PATCH" && headers["content-type"] === "application/apply-patch+yaml") return "APPLY";
  return VERBS.has(method) ? method : "other";
}

function scopeLabel(info: RequestInfo): string {
  if (info.verb !== "list" && info.verb !== "watch" && info.verb !== "deletecollection") return "resource";
  return info.namespace === "" ? "cluster" : "namespace";
}

function dryRunLabel(values: readonly string[]): string {
  if (values.length === 0) return "";
  return values.every((value) => value === "All") ? "All" : "invalid";
}
