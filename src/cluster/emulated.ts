import { setMaxListeners } from "node:events";
import { isIP } from "node:net";
import { type AuthorizationMode, clusterAccess } from "../auth/access-control.js";
import type { CommonGrants } from "../auth/rbac/rule-index.js";
import type { TokenAuthenticator } from "../auth/tokens.js";
import type { AnswerContext } from "../codec/answer-context.js";
import type { Sources } from "../kube/clock.js";
import type { Handler } from "../kube/handler.js";
import { realSources } from "../kube/sources.js";
import type { Wheel } from "../kube/wheel.js";
import { LazyTokenKey } from "../pki/tokens.js";
import type { Registry } from "../schema/registry.js";
import type { SchemaTables } from "../schema/tables.js";
import type { BaseLayer } from "../store/base-layer.js";
import type { HistoryBudget } from "../store/history-budget.js";
import { HoldableStore } from "../store/holdable-store.js";
import { MemoryStore } from "../store/memory-store.js";
import type { SharedParts } from "../store/shared-parts.js";
import type { HookList } from "../streams/hooks.js";
import type { Controller } from "../verbs/acted-on.js";
import { createApi } from "../verbs/api.js";
import { CustomResources } from "../verbs/crd/custom-resources.js";
import type { ApiDeps } from "../verbs/deps.js";
import { bootstrapIdentity } from "./bootstrap.js";
import type { Backend, Cluster, CreateBackend } from "./cluster.js";
import type { Content } from "./content.js";
import { type CommonFlows, FlowIndex } from "./flow.js";
import type { Keeper, OpenKeeper } from "./keeper.js";
import { loadManifests } from "./loader.js";
import type { Manifest } from "./manifests.js";
import { metered } from "./metrics/metered.js";
import { RequestStats } from "./metrics/request-stats.js";
import { withMetrics } from "./metrics/routes.js";
import { untilReset } from "./until-reset.js";

/** What all emulated clusters of a process share. */
export interface EmulatorParts {
  readonly tables: SchemaTables;
  readonly registry: Registry;
  readonly answers: AnswerContext;
  readonly base: BaseLayer;
  readonly budget: HistoryBudget;
  /** What the objects of several clusters have in common. */
  readonly shared: SharedParts;
  readonly wheel: Wheel;
  /** The cluster's own, so that what one does leaves the others' names and uids alone. */
  readonly sourcesFor: (cluster: Cluster, revision: number) => Sources;
  /** Where clusters keep their objects; by default in memory alone. */
  readonly keep?: OpenKeeper | undefined;
  /** uids of the base layer come from it. */
  readonly seed: string;
  readonly serviceCidr: string;
  readonly disabledAdmission: ReadonlySet<string>;
  readonly manifests: readonly Manifest[];
  readonly authorizationMode: AuthorizationMode;
  /** Started with each cluster, after the manifests. */
  readonly controllers: readonly Controller[];
  /** Told of what should not happen in a controller. */
  readonly report: (error: unknown) => void;
  /** The roles and bindings of the base layer, read when they are first asked for. */
  readonly commonGrants: () => CommonGrants;
  /** The flow schemas of the base layer, read when they are first asked for. */
  readonly commonFlows: () => CommonFlows;
  /** Tokens that every cluster takes. */
  readonly tokens: readonly TokenAuthenticator[];
  /** Who answers for pods, and what is behind proxies. */
  readonly streams: HookList;
}

/** Makes the backend of an emulated cluster; its store comes with the first request. */
export function emulator(parts: EmulatorParts): CreateBackend {
  const revisions = new WeakMap<Cluster, Revisions>();
  return async (cluster, signal) => {
    setMaxListeners(0, signal); // one for each stream
    const reached = revisions.get(cluster) ?? { last: 0 };
    revisions.set(cluster, reached);
    const { handler, ...rest } = await startCluster(parts, cluster, signal, reached);
    return { handler: async (request) => untilReset(await handler(request), signal), ...rest };
  };
}

/** How far a cluster's clients have been told that it is. */
interface Revisions {
  last: number;
}

/** Loads the manifests into a cluster that nobody sees, under the name of one. @throws ManifestError */
export async function tryManifests(parts: EmulatorParts, name: { cluster: string; index: number }): Promise<void> {
  if (parts.manifests.length === 0) return;
  const place = { ...name, host: "127.0.0.1", port: 1, certificate: "" };
  await makeBackend(parts, place, new LazyTokenKey(), realSources, new AbortController().signal, { last: 0 });
}

async function startCluster(
  parts: EmulatorParts,
  cluster: Cluster,
  signal: AbortSignal,
  reached: Revisions,
): Promise<Backend> {
  const { authority } = await cluster.identity();
  const { host, port } = cluster.endpoint;
  const place = { cluster: cluster.name, index: cluster.index, host, port, certificate: authority.certificate };
  const lost = () => {
    if (!signal.aborted) cluster.stop();
  };
  const keeper = await parts.keep?.(cluster, signal, lost);
  const sources = parts.sourcesFor(cluster, keeper?.revision ?? 0);
  return makeBackend(parts, place, cluster.tokenKey, sources, signal, reached, keeper, cluster.takeContent());
}

interface Place {
  readonly cluster: string;
  readonly index: number;
  readonly host: string;
  readonly port: number;
  readonly certificate: string;
}

async function makeBackend(
  parts: EmulatorParts,
  place: Place,
  key: LazyTokenKey,
  sources: Sources,
  signal: AbortSignal,
  reached: Revisions,
  keeper?: Keeper,
  content?: Content,
): Promise<Backend> {
  const { host, port } = place;
  const isNew = keeper?.birth === undefined;
  const birth = keeper?.birth ?? { seed: parts.seed, created: sources.now(), floor: keeper?.revision ?? 0 };
  if (isNew) await keeper?.begin(birth);
  const identity = bootstrapIdentity({
    seed: birth.seed,
    cluster: place.cluster,
    created: birth.created,
    address: isIP(host) === 4 ? host : "127.0.0.1",
    port,
    certificate: place.certificate,
  });
  const { budget, shared } = parts;
  const kept = { base: parts.base.tenant(identity), budget, shared };
  const store = new HoldableStore((await keeper?.store(kept)) ?? new MemoryStore(kept));
  // Revisions never go back at an endpoint: a watch from one that is yet to come would wait for it in silence.
  store.advance(Math.max(reached.last + 1, birth.floor));
  const flows = new FlowIndex(store, parts.commonFlows());
  const leave = () => {
    reached.last = Math.max(reached.last, store.revision);
    store.close();
  };
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  const { tables, registry, answers, wheel, serviceCidr, disabledAdmission } = parts;
  const serverAddress = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const custom = new CustomResources(tables, registry, () => store);
  const { authorizationMode: mode, commonGrants: common, tokens } = parts;
  const access = clusterAccess({ mode, store, common, key, now: () => sources.now(), tokens });
  const deps: ApiDeps = {
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
    access,
    clusterName: place.cluster,
    streams: parts.streams,
  };
  const handler = createApi(deps);
  if (content !== undefined) {
    await content({ store, registry: () => custom.registry, kept: !isNew });
    await custom.settle(deps);
  } else if (isNew) await loadManifests(handler, () => custom.registry, parts.manifests, place);
  await keeper?.ready();
  const { report } = parts;
  const acted = { handler, store, signal, registry: () => custom.registry, wheel, now: () => sources.now(), report };
  for (const start of parts.controllers) await start(acted);
  const stats = new RequestStats(({ group, version, resource, subresource }) => {
    const def = custom.registry.lookup(group, version, resource);
    return def !== undefined && (subresource === "" || def.subresources.has(subresource));
  });
  const metrics = { stats, store, registry: () => custom.registry, flows, version: tables.version };
  const count = (prefix: string) => store.snapshot()?.count(prefix) ?? 0;
  return { handler: admitted(keeper, withMetrics(metered(handler, stats), metrics)), access, flows, count, store };
}

function admitted(keeper: Keeper | undefined, handler: Handler): Handler {
  if (keeper?.admit === undefined) return handler;
  return async (request) => {
    await keeper.admit?.();
    return handler(request);
  };
}
