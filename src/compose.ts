import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuthorizationMode } from "./auth/access-control.js";
import { type CommonGrants, commonGrants } from "./auth/rbac/rule-index.js";
import { type StaticTokens, staticTokens } from "./auth/static-tokens.js";
import { bootstrapIdentity, bootstrapLayer, firstAddress } from "./cluster/bootstrap.js";
import type { Cluster, CreateBackend } from "./cluster/cluster.js";
import { DataFolder } from "./cluster/data-folder.js";
import { type EmulatorParts, emulator, tryManifests } from "./cluster/emulated.js";
import type { Fleet } from "./cluster/fleet.js";
import { type CommonFlows, commonFlows, untouchedFlow } from "./cluster/flow.js";
import { keepInLog } from "./cluster/keeper.js";
import { type Manifest, ManifestError } from "./cluster/manifests.js";
import type { Preset, ProxyWay } from "./cluster/spec.js";
import { startAhead } from "./cluster/start-ahead.js";
import { StartError } from "./cluster/start-error.js";
import { answerContext } from "./codec/answer-context.js";
import { controlPlane } from "./etcd/control-plane.js";
import { type AdmissionChoice, admissionOff } from "./kube/admission-names.js";
import { realSources, seededSources } from "./kube/sources.js";
import { Wheel } from "./kube/wheel.js";
import { type FleetOptions, startFleet } from "./main.js";
import type { BackingChoice } from "./proxy/backing/backings.js";
import { LeftBehind } from "./proxy/etcd/left-behind.js";
import { RealServers } from "./proxy/real-servers.js";
import { apiserverBinary } from "./proxy/runtime/binary.js";
import { type EtcdChoice, LazyEtcd } from "./proxy/shared-etcd.js";
import { EtcdStores, nameIn } from "./proxy/store/etcd-stores.js";
import { builtinRegistry } from "./schema/registry-builtin.js";
import { loadTables } from "./schema/tables.js";
import { collectGarbage } from "./simulate/garbage.js";
import { kubelet } from "./simulate/kubelet.js";
import { emptyNamespaces } from "./simulate/namespaces.js";
import { aggregateRoles } from "./simulate/roles.js";
import { workloads } from "./simulate/workloads/workloads.js";
import type { BaseLayer } from "./store/base-layer.js";
import { HistoryBudget } from "./store/history-budget.js";
import { MemoryStore } from "./store/memory-store.js";
import { SharedParts } from "./store/shared-parts.js";
import type { SyncPolicy } from "./store/wal/syncer.js";
import { HookList, type StreamHooks } from "./streams/hooks.js";

export { isEager } from "./main.js";

const CONTROLLERS = {
  roles: aggregateRoles,
  kubelet,
  namespace: emptyNamespaces,
  gc: collectGarbage,
  workloads,
} as const;

export type SimulatedController = keyof typeof CONTROLLERS;

/** Clusters with a real kube-apiserver behind them. */
export interface PassthroughOptions {
  /** How many to start with, after those that are emulated. Default 0. */
  readonly clusters?: number;
  /** Default "terminate". */
  readonly proxy?: ProxyWay;
  /** By default on the PATH. */
  readonly binary?: string;
  /** Default "plain". */
  readonly preset?: Preset;
  /** More flags of kube-apiserver. */
  readonly flags?: readonly string[];
  /** What runs those to start with. Default: "process". */
  readonly runtime?: "process" | "kubernetes";
  /** Kubernetes clusters that run servers. */
  readonly backings?: BackingChoice;
  /** The file that {@link EmulatedFleetOptions.tokens} are from. */
  readonly tokenFile?: string;
  /** Undefined: there are only servers that others run. `managed`: one of our own is started, from PATH by default. */
  readonly etcd?:
    | { readonly managed: true; readonly binary?: string; readonly adopt?: boolean }
    | Exclude<EtcdChoice, { readonly managed: true }>;
}

/** A fleet of emulated clusters. */
export interface EmulatedFleetOptions
  extends Omit<FleetOptions, "serviceIp" | "data" | "passthrough">,
    AdmissionChoice {
  /** Real servers among them. */
  readonly passthrough?: PassthroughOptions;
  /** Folder in which clusters, their objects and identities outlive the process. By default none. */
  readonly dataDir?: string;
  /**
   * Where emulated clusters keep their objects: in memory, and in {@link dataDir} where there is one; or in the etcd of
   * {@link passthrough}. Default "memory".
   */
  readonly store?: "memory" | "etcd";
  /** When what clusters hold is on the disk. Default "interval". */
  readonly dataSync?: SyncPolicy;
  /** Default "1.34". */
  readonly kubernetesVersion?: string;
  /** Default "10.96.0.0/16". */
  readonly serviceCidr?: string;
  /** Watch history of all clusters together. */
  readonly history?: { readonly bytes?: number; readonly ageMs?: number };
  /** Makes uids and generated names repeat. */
  readonly seed?: string;
  /** Default "RBAC". */
  readonly authorizationMode?: AuthorizationMode;
  /** Controllers to act for; none by default, as with a kube-apiserver by itself. */
  readonly simulate?: readonly SimulatedController[];
  /** Bearer tokens that every cluster takes. */
  readonly tokens?: StaticTokens;
  /** Objects that every cluster gets when it is first used. */
  readonly manifests?: readonly Manifest[];
  /** Who answers for pods, and what is behind proxies; asked one after the other. */
  readonly streams?: readonly StreamHooks[];
}

/** How often history that nobody writes to is aged. */
const SWEEP_MS = 30_000;

/** Starts a fleet and resolves when every cluster answers. @throws StartError with nothing left running */
export async function startEmulatedFleet(options: EmulatedFleetOptions): Promise<Fleet> {
  const live = new Map<string, Cluster>();
  const shared = new SharedParts();
  const data = openData(options, shared);
  const place = new Place(options);
  const etcd = place.etcd();
  const { parts, stores } = await prepared(options, () =>
    emulatorParts(options, live, shared, { data, place, etcd }),
  ).catch(async (error: unknown) => {
    await data?.close();
    throw error;
  });
  const sweep = () => {
    parts.budget.sweep();
    parts.wheel.after(SWEEP_MS, sweep);
  };
  parts.wheel.after(SWEEP_MS, sweep);
  const reals = realServers(options, parts, place, etcd);
  const emulate = remembering(live, emulator(parts));
  const { passthrough, ...rest } = options;
  const fleet = await startFleet(
    {
      ...rest,
      ...(passthrough === undefined ? {} : { passthrough: realClusters(passthrough) }),
      ...(data === undefined ? {} : { data }),
      serviceIp: firstAddress(parts.serviceCidr),
    },
    {
      createBackend: (cluster, signal, kind = cluster.kind) =>
        (kind.type === "emulated" ? emulate : reals.create)(cluster, signal, kind),
      reals,
      ...(stores === undefined ? {} : { stores }),
      answers: parts.answers,
      flow: (cluster, user, info) => {
        const made = cluster.touched ? cluster.backend : undefined;
        if (made !== undefined && !(made instanceof Promise)) return made.flows?.of(user, info);
        return untouchedFlow({ seed: parts.seed, cluster: cluster.name }, parts.commonFlows(), user, info);
      },
    },
  ).catch(async (error: unknown) => {
    await stores?.close();
    await reals.close();
    await data?.close();
    throw error;
  });
  reals.begin(fleet.clusters);
  await startAhead(fleet.clusters.values());
  return fleet;
}

/** @throws StartError */
async function prepared<T extends { readonly parts: EmulatorParts }>(
  options: EmulatedFleetOptions,
  make: () => T,
): Promise<T> {
  const made = make();
  await checkManifests(made.parts, options);
  return made;
}

function realClusters({
  clusters = 0,
  proxy = "terminate",
  runtime: type = "process",
  flags,
}: PassthroughOptions): NonNullable<FleetOptions["passthrough"]> {
  const runtime = { type, ...(flags === undefined ? {} : { flags }) } as const;
  return { clusters, kind: { type: "passthrough", proxy, runtime } };
}

/** Where what is beside clusters' objects is kept. */
class Place {
  readonly #options: EmulatedFleetOptions;
  #made: string | undefined;

  constructor(options: EmulatedFleetOptions) {
    this.#options = options;
  }

  dir(...parts: readonly string[]): string {
    const { dataDir, out } = this.#options;
    const given = dataDir ?? out;
    this.#made ??= given === undefined ? mkdtempSync(join(tmpdir(), "fake-apiserver-")) : undefined;
    return join(given ?? this.#made!, ...parts);
  }

  /** Removes what nobody has given a folder for. */
  leave(): void {
    if (this.#made !== undefined) rmSync(this.#made, { recursive: true, force: true });
    this.#made = undefined;
  }

  /** The etcd that clusters share, reached when somebody needs it. Undefined: there is none. */
  etcd(): LazyEtcd | undefined {
    const { passthrough, log } = this.#options;
    const etcd = passthrough?.etcd;
    if (etcd === undefined) return undefined;
    const choice = etcd.managed === true ? { ...etcd, dataDir: this.dir("etcd") } : etcd;
    return new LazyEtcd(choice, { dir: this.dir("etcd-tenants"), now: Date.now, log });
  }
}

function realServers(
  options: EmulatedFleetOptions,
  parts: EmulatorParts,
  place: Place,
  etcd: LazyEtcd | undefined,
): RealServers {
  const { passthrough = {}, log, host = "127.0.0.1", kubernetesVersion = "1.34" } = options;
  const { binary, backings, preset = "plain", tokenFile } = passthrough;
  return new RealServers({
    binary: apiserverBinary(binary, kubernetesVersion),
    ...(etcd === undefined ? {} : { etcd }),
    ...(backings === undefined ? {} : { backings: { ...backings, dir: place.dir("backing") } }),
    settings: {
      ...{ preset, tokenFile, serviceCidr: parts.serviceCidr, authorizationMode: parts.authorizationMode },
      ...{ enabledAdmission: options.enabledAdmission ?? [], disabledAdmission: [...parts.disabledAdmission] },
    },
    serviceIp: firstAddress(parts.serviceCidr),
    hosts: ({ endpoint }) => [endpoint.host, isWildcard(host) ? "" : host, endpoint.serverName ?? ""],
    dir: (cluster) => place.dir("real", cluster),
    closed: () => place.leave(),
    now: () => Date.now(),
    log,
  });
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || /^[0:]+$/.test(host);
}

/** @throws StartError */
function openData(options: EmulatedFleetOptions, shared: SharedParts): DataFolder | undefined {
  const { dataDir, dataSync = "interval", seed, fresh = false } = options;
  if (dataDir === undefined) return undefined;
  return new DataFolder(dataDir, { sync: dataSync, seed, fresh, shared, report: reportOf(options) });
}

function reportOf({ log }: EmulatedFleetOptions): (error: unknown) => void {
  return (error) => log.error({ err: error }, "the data folder");
}

/** Keeps the clusters that have a backend, by name. */
function remembering(live: Map<string, Cluster>, create: CreateBackend): CreateBackend {
  return (cluster, signal, kind) => {
    live.set(cluster.name, cluster);
    signal.addEventListener("abort", () => live.get(cluster.name) === cluster && live.delete(cluster.name));
    return create(cluster, signal, kind);
  };
}

function emulatorParts(
  options: EmulatedFleetOptions,
  live: ReadonlyMap<string, Cluster>,
  shared: SharedParts,
  kept: { readonly data: DataFolder | undefined; readonly place: Place; readonly etcd: LazyEtcd | undefined },
): { readonly parts: EmulatorParts; readonly stores: EtcdStores | undefined } {
  const { data } = kept;
  const tables = loadTables(options.kubernetesVersion ?? "1.34");
  const registry = builtinRegistry(tables);
  const serviceCidr = options.serviceCidr ?? "10.96.0.0/16";
  const { seed } = options;
  const base = bootstrapLayer(tables, registry, { serviceCidr, serviceIp: firstAddress(serviceCidr) });
  let common: CommonGrants | undefined;
  let flows: CommonFlows | undefined;
  const stores = etcdStores(options, { ...kept, tables, registry });
  const parts: EmulatorParts = {
    tables,
    registry,
    answers: answerContext(tables, () => Date.now()),
    base,
    authorizationMode: options.authorizationMode ?? "RBAC",
    controllers: (options.simulate ?? []).map((name) => CONTROLLERS[name]),
    report: (error) => options.log.error({ err: error }, "a simulated controller has failed and goes on"),
    commonGrants: () => {
      common ??= commonGrants(sampleOf(base));
      return common;
    },
    commonFlows: () => {
      flows ??= commonFlows(sampleOf(base));
      return flows;
    },
    tokens: options.tokens === undefined ? [] : [staticTokens(options.tokens)],
    budget: new HistoryBudget({
      ...(options.history?.bytes === undefined ? {} : { maxBytes: options.history.bytes }),
      ...(options.history?.ageMs === undefined ? {} : { maxAgeMs: options.history.ageMs }),
    }),
    shared,
    keep: stores
      ? ({ name }, signal, lost) => stores.open(name, signal, lost)
      : data && keepInLog((cluster) => data.open(cluster), reportOf(options)),
    wheel: new Wheel(),
    // What was kept has used up some names and uids: a restart goes on with others.
    sourcesFor: (cluster, revision) =>
      seed === undefined
        ? realSources
        : seededSources(seed, cluster.name, String(cluster.incarnation), ...(revision > 0 ? [String(revision)] : [])),
    seed: seed ?? data?.seed ?? randomUUID(),
    serviceCidr,
    disabledAdmission: admissionOff(options),
    manifests: options.manifests ?? [],
    streams: new HookList(
      ...(options.streams ?? []),
      controlPlane((name) => live.get(name), Date.now),
    ),
  };
  return { parts, stores };
}

/** @throws StartError */
function etcdStores(
  { store, log }: EmulatedFleetOptions,
  {
    data,
    place,
    etcd,
    tables,
    registry,
  }: { readonly data: DataFolder | undefined; readonly place: Place } & {
    readonly etcd: LazyEtcd | undefined;
  } & Pick<EmulatorParts, "tables" | "registry">,
): EtcdStores | undefined {
  const name = () => place.dir("etcd-objects", "fleet");
  if (store !== "etcd") {
    if (data === undefined || !existsSync(name())) return undefined;
    throw new StartError(
      `the clusters of the data folder ${data.dir} have their objects in etcd, which would not be seen: start it with --store etcd, or take another folder`,
      "conflict",
      "store",
    );
  }
  if (etcd === undefined)
    throw new StartError("clusters' objects can't be kept in etcd: there is none", "invalid", "store");
  if (data?.hasObjects) {
    throw new StartError(
      `the data folder ${data.dir} has objects of clusters, which would not be seen in etcd: take another folder`,
      "conflict",
      "store",
    );
  }
  const left = new LeftBehind(place.dir("etcd-objects", "left-behind"));
  return new EtcdStores({ connect: () => etcd.root(), tables, registry, fleet: () => nameIn(name()), left, log });
}

/** Roles, bindings and flow schemas are the same for whoever holds the layer. */
function sampleOf(base: BaseLayer): MemoryStore {
  const nobody = { seed: "", cluster: "", created: 0, address: "", port: 0, certificate: "" };
  return new MemoryStore({ base: base.tenant(bootstrapIdentity(nobody)) });
}

/** Wrong objects are told at start, not by the first client of each cluster. */
async function checkManifests(parts: EmulatorParts, options: EmulatedFleetOptions): Promise<void> {
  const { namePrefix = "cluster", clusters = 1 } = options;
  // What fits the first cluster may not fit the last, whose name is longer and whose number is higher.
  for (const index of new Set([1, Math.max(1, clusters)])) {
    const cluster = `${namePrefix}-${index}`;
    try {
      await tryManifests(parts, { cluster, index });
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      throw new StartError(`--load: ${error.message}${index === 1 ? "" : ` (in ${cluster})`}`);
    }
  }
}
