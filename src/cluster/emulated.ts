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
import { CustomResources } from "../verbs/crd/custom-resources.js";
import { bootstrapIdentity } from "./bootstrap.js";
import type { Cluster, CreateHandler } from "./cluster.js";
import { loadManifests } from "./loader.js";
import type { Manifest } from "./manifests.js";
import { untilReset } from "./until-reset.js";

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
  const revisions = new WeakMap<Cluster, Revisions>();
  return (cluster, signal) => {
    const reached = revisions.get(cluster) ?? { last: 0 };
    revisions.set(cluster, reached);
    let api: Promise<Handler> | undefined;
    let ready: Handler | undefined;
    return async (request) => {
      api ??= startCluster(parts, cluster, signal, reached);
      ready ??= await api;
      return untilReset(await ready(request), signal);
    };
  };
}

/** How far a cluster's clients have been told that it is. */
interface Revisions {
  last: number;
}

/** Loads the manifests into a cluster that nobody sees. @throws ManifestError */
export async function tryManifests(parts: EmulatorParts): Promise<void> {
  if (parts.manifests.length === 0) return;
  const place = { cluster: "cluster-1", index: 1, host: "127.0.0.1", port: 1, certificate: "" };
  await makeApi(parts, place, realSources, new AbortController().signal, { last: 0 });
}

async function startCluster(
  parts: EmulatorParts,
  cluster: Cluster,
  signal: AbortSignal,
  reached: Revisions,
): Promise<Handler> {
  const { authority } = await cluster.identity();
  const { host, port } = cluster.endpoint;
  const place = { cluster: cluster.name, index: cluster.index, host, port, certificate: authority.certificate };
  return makeApi(parts, place, parts.sourcesFor(cluster), signal, reached);
}

interface Place {
  readonly cluster: string;
  readonly index: number;
  readonly host: string;
  readonly port: number;
  readonly certificate: string;
}

async function makeApi(
  parts: EmulatorParts,
  place: Place,
  sources: Sources,
  signal: AbortSignal,
  reached: Revisions,
): Promise<Handler> {
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
  // Revisions never go back at an endpoint: a watch from one that is yet to come would wait for it in silence.
  store.advance(reached.last + 1);
  const leave = () => {
    reached.last = Math.max(reached.last, store.revision);
    store.close();
  };
  signal.addEventListener("abort", leave, { once: true });
  const { tables, registry, answers, wheel, serviceCidr, disabledAdmission } = parts;
  const serverAddress = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const custom = new CustomResources(tables, registry, () => store);
  const api = createApi({
    tables,
    get registry() {
      return custom.registry;
    },
    custom,
    answers,
    store: () => store,
    sources,
    wheel,
    serverAddress,
    serviceCidr,
    disabledAdmission,
  });
  await loadManifests(api, () => custom.registry, parts.manifests, place);
  return api;
}
