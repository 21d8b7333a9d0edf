import { isIP } from "node:net";
import type { AnswerContext } from "../codec/answer-context.js";
import type { Sources } from "../kube/clock.js";
import type { Handler } from "../kube/handler.js";
import { realSources } from "../kube/sources.js";
import type { Wheel } from "../kube/wheel.js";
import type { Registry } from "../schema/registry.js";
import type { SchemaTables } from "../schema/tables.js";
import type { BaseLayer } from "../store/base-layer.js";
import type { HistoryBudget } from "../store/history-budget.js";
import { MemoryStore } from "../store/memory-store.js";
import { createApi } from "../verbs/api.js";
import { bootstrapIdentity } from "./bootstrap.js";
import type { Cluster, CreateHandler } from "./cluster.js";
import { loadManifests } from "./loader.js";
import type { Manifest } from "./manifests.js";

/** What all emulated clusters of a process share. */
export interface EmulatorParts {
  readonly tables: SchemaTables;
  readonly registry: Registry;
  readonly answers: AnswerContext;
  readonly base: BaseLayer;
  readonly budget: HistoryBudget;
  readonly wheel: Wheel;
  /** The cluster's own, so that what one does leaves the others' names and uids alone. */
  readonly sourcesFor: (cluster: Cluster) => Sources;
  /** uids of the base layer come from it. */
  readonly seed: string;
  readonly serviceCidr: string;
  readonly disabledAdmission: ReadonlySet<string>;
  readonly manifests: readonly Manifest[];
}

/** Makes the API of an emulated cluster; its store comes with the first request. */
export function emulator(parts: EmulatorParts): CreateHandler {
  return (cluster, signal) => {
    let api: Promise<Handler> | undefined;
    let ready: Handler | undefined;
    return async (request) => {
      if (ready) return ready(request);
      api ??= startCluster(parts, cluster, signal);
      ready = await api;
      return ready(request);
    };
  };
}

/** Loads the manifests into a cluster that nobody sees. @throws ManifestError */
export async function tryManifests(parts: EmulatorParts): Promise<void> {
  if (parts.manifests.length === 0) return;
  const place = { cluster: "cluster-1", index: 1, host: "127.0.0.1", port: 1, certificate: "" };
  await makeApi(parts, place, realSources, new AbortController().signal);
}

async function startCluster(parts: EmulatorParts, cluster: Cluster, signal: AbortSignal): Promise<Handler> {
  const { authority } = await cluster.identity();
  const { host, port } = cluster.endpoint;
  const place = { cluster: cluster.name, index: cluster.index, host, port, certificate: authority.certificate };
  return makeApi(parts, place, parts.sourcesFor(cluster), signal);
}

interface Place {
  readonly cluster: string;
  readonly index: number;
  readonly host: string;
  readonly port: number;
  readonly certificate: string;
}

async function makeApi(parts: EmulatorParts, place: Place, sources: Sources, signal: AbortSignal): Promise<Handler> {
  const { host, port } = place;
  const identity = bootstrapIdentity({
    seed: parts.seed,
    cluster: place.cluster,
    created: sources.now(),
    address: isIP(host) === 4 ? host : "127.0.0.1",
    port,
    certificate: place.certificate,
  });
  const store = new MemoryStore({ base: parts.base.tenant(identity), budget: parts.budget });
  signal.addEventListener("abort", () => store.close(), { once: true });
  const { tables, registry, answers, wheel, serviceCidr, disabledAdmission } = parts;
  const serverAddress = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const deps = { tables, registry, answers, store: () => store, sources, wheel, serverAddress };
  const api = createApi({ ...deps, serviceCidr, disabledAdmission });
  await loadManifests(api, registry, parts.manifests, place);
  return api;
}
