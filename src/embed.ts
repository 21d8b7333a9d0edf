import pino from "pino";
import type { StaticTokens } from "./auth/static-tokens.js";
import { ConnectionError } from "./client/connection.js";
import type { Cluster } from "./cluster/cluster.js";
import type { Fleet } from "./cluster/fleet.js";
import { type Manifest, ManifestError, splitManifests } from "./cluster/manifests.js";
import { type ClusterSpec, type Preset, type Promotion, type ProxyWay, promoted } from "./cluster/spec.js";
import { StartError } from "./cluster/start-error.js";
import { type PassthroughOptions, type SimulatedController, startEmulatedFleet } from "./compose.js";
import type { AdmissionName } from "./kube/admission-names.js";
import { follow, type ManagementOptions } from "./management/follow.js";
import type { ManagementLoop } from "./management/loop.js";
import { CertificateAuthority, type KeyPair } from "./pki/authority.js";
import type { Kubeconfig } from "./pki/kubeconfig.js";
import type { StreamHooks } from "./streams/hooks.js";

export type {
  BackendSpec,
  ClusterSpec,
  EndpointSpec,
  ExternalSpec,
  PassthroughSpec,
  Preset,
  ProcessSpec,
  Promotion,
  ProxyWay,
} from "./cluster/spec.js";
export { StartError } from "./cluster/start-error.js";
export type { ManagementOptions } from "./management/follow.js";
export type { KeyPair } from "./pki/authority.js";
export type { Kubeconfig } from "./pki/kubeconfig.js";
export type {
  AttachRequest,
  ExecRequest,
  LogRequest,
  LogSource,
  PodTarget,
  PortForwardRequest,
  ProxyAnswer,
  ProxyRequest,
  StreamHooks,
  TerminalSize,
} from "./streams/hooks.js";

export interface FakeApiserverOptions {
  /** How many clusters to start with. Default 1; with `management` 0, since that asks for its own. */
  readonly clusters?: number;
  /** Clusters are named `<prefix>-1`, `<prefix>-2`, … Default "cluster". */
  readonly namePrefix?: string;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Cluster n listens on this + n. Default 0: on free ports. */
  readonly basePort?: number;
  /** All clusters on one port (0: a free one), told apart by the server name `<cluster>.<domain>`. */
  readonly sni?: { readonly domain: string; readonly port?: number };
  /** Folder for kubeconfigs and identities. By default nothing is written. */
  readonly out?: string;
  /** Folder in which clusters, their objects and identities outlive the process. By default they end with it. */
  readonly dataDir?: string;
  /** When changes are on the disk: soon after they are answered, which is the default, or before. */
  readonly dataSync?: "interval" | "always";
  /** YAML documents whose objects every cluster gets; {{cluster}} and {{index}} are filled in. */
  readonly load?: string;
  /** Makes uids and generated names repeat from run to run. */
  readonly seed?: string;
  /** Memory for watch history, all clusters together, in bytes. */
  readonly historyBytes?: number;
  /** Admission plugins to turn off, by kube-apiserver's names. */
  readonly disabledAdmission?: readonly AdmissionName[];
  /** Admission plugins to turn on that are off by default: "ServiceAccount". */
  readonly enabledAdmission?: readonly AdmissionName[];
  /** By default roles and bindings decide; "AlwaysAllow" lets everybody do everything, and nobody be anonymous. */
  readonly authorizationMode?: "RBAC" | "AlwaysAllow";
  /** Controllers to act for, see --simulate. None by default, as with a bare kube-apiserver. */
  readonly simulate?: readonly SimulatedController[];
  /** Users by bearer tokens that every cluster takes. */
  readonly tokens?: Readonly<Record<string, TokenUser>>;
  /** A management cluster whose Clusters and Machines the fleet follows. By default none. */
  readonly management?: ManagementOptions;
  /** Clusters with a real kube-apiserver. By default there are only those before servers that others run. */
  readonly passthrough?: EmbeddedPassthrough;
  /** Who answers for logs, commands, connections to ports, and what is behind proxies. */
  readonly streams?: StreamHooks;
  /** "silent" by default. */
  readonly logLevel?: "trace" | "debug" | "info" | "warn" | "error" | "silent";
}

export interface EmbeddedPassthrough {
  /** How many to start with, after those that are emulated. Default 0. */
  readonly clusters?: number;
  /** How clients get to them. Default "terminate". */
  readonly proxy?: ProxyWay;
  /** kube-apiserver. By default on the PATH. */
  readonly binary?: string;
  /** Default "plain". */
  readonly preset?: Preset;
  /** More flags of kube-apiserver. */
  readonly flags?: readonly string[];
  /** Where they keep their objects. Default: an etcd of our own, whose program is on the PATH. */
  readonly etcd?: { readonly binary: string } | EmbeddedEtcd;
}

/** An etcd that is there. PEM throughout. */
export interface EmbeddedEtcd {
  /** "https://127.0.0.1:2379", of each member. */
  readonly endpoints: readonly string[];
  /** The CA that it trusts, and that its own certificates are by. */
  readonly ca: KeyPair;
  /** Of who we are to it. By default a certificate of the user root is made. */
  readonly client?: KeyPair;
}

export interface TokenUser {
  readonly name: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
}

/** One API server of an embedded fleet. */
export interface EmbeddedCluster {
  readonly name: string;
  /** "https://127.0.0.1:40123" */
  readonly url: string;
  /** As YAML text, for files and other processes. */
  kubeconfig(): Promise<string>;
  /** As an object, for clients in this process. */
  kubeconfigObject(): Promise<Kubeconfig>;
  /**
   * Resolves when it answers, which an emulated cluster does from the start. @throws StartError that tells why its real
   * server does not
   */
  ready(): Promise<void>;
  /** Forgets all objects; endpoint and credentials stay, watches end. At once where the cluster is emulated. */
  reset(): Promise<void>;
  /** Has a real kube-apiserver take its place, with all that it holds. @throws StartError, and all is as before */
  promote(how?: Promotion): Promise<void>;
  /** Emulates it again. @throws StartError, and all is as before */
  demote(): Promise<void>;
  /** Ends the cluster; its port is free afterwards. */
  stop(): Promise<void>;
}

/** A fleet inside this process. Several can run side by side. */
export interface FakeApiserver {
  /** In the order of their numbers. */
  readonly clusters: readonly EmbeddedCluster[];
  /** @throws StartError for a name that is not there */
  cluster(name: string): EmbeddedCluster;
  /**
   * Adds a cluster, by default under the next name. @throws StartError for a name or a port that is taken, and for
   * credentials that are of no use
   */
  create(what?: string | ClusterSpec): Promise<EmbeddedCluster>;
  /** Ends all clusters: watches end cleanly, running requests finish. */
  stop(): Promise<void>;
}

function tokenUsers(tokens: Readonly<Record<string, TokenUser>>): StaticTokens {
  return new Map(Object.entries(tokens).map(([token, user]) => [token, { groups: [], ...user }]));
}

/** @throws StartError for a CA that is of no use */
function passthroughOptions({ etcd, ...rest }: EmbeddedPassthrough): PassthroughOptions {
  if (etcd === undefined || "binary" in etcd) return { ...rest, etcd: { managed: true, ...etcd } };
  const { endpoints, ca, client } = etcd;
  const connection = { endpoints, ca: ca.certificate, ...(client === undefined ? {} : { client }) };
  try {
    return { ...rest, etcd: { connection, ca: CertificateAuthority.load(ca) } };
  } catch (error) {
    throw new StartError(`passthrough.etcd.ca: ${(error as Error).message}`, "invalid", "passthrough.etcd.ca");
  }
}

/**
 * Starts a fleet and resolves when every cluster answers, but for real servers that can't be had now: `ready` tells
 * why. @throws StartError
 */
export async function startFakeApiserver(options: FakeApiserverOptions = {}): Promise<FakeApiserver> {
  const { load, historyBytes, logLevel, sni, tokens, streams, management, passthrough, ...rest } = options;
  const manifests = load === undefined ? [] : readManifests(load);
  const log = pino({ level: logLevel ?? "silent" });
  const fleet = await startEmulatedFleet({
    basePort: 0,
    ...(management === undefined ? {} : { clusters: 0 }),
    ...rest,
    ...(sni === undefined ? {} : { sni: { domain: sni.domain, port: sni.port ?? 0 } }),
    ...(historyBytes === undefined ? {} : { history: { bytes: historyBytes } }),
    ...(tokens === undefined ? {} : { tokens: tokenUsers(tokens) }),
    ...(streams === undefined ? {} : { streams: [streams] }),
    ...(passthrough === undefined ? {} : { passthrough: passthroughOptions(passthrough) }),
    manifests,
    log,
  });
  try {
    const reach = { host: options.host ?? "127.0.0.1", domain: sni?.domain };
    return embedded(fleet, management && follow(fleet, management, reach, log));
  } catch (error) {
    await fleet.close();
    if (error instanceof ConnectionError) throw new StartError(`management: ${error.message}`, "invalid", "management");
    throw error;
  }
}

function readManifests(load: string): Manifest[] {
  try {
    return splitManifests("load", load);
  } catch (error) {
    if (error instanceof ManifestError) throw new StartError(error.message);
    throw error;
  }
}

async function ready(cluster: Cluster): Promise<void> {
  try {
    await (await cluster.real)?.ready();
  } catch (error) {
    throw new StartError((error as Error).message);
  }
}

function embedded(fleet: Fleet, loop: ManagementLoop | undefined): FakeApiserver {
  const wrap = (cluster: Cluster): EmbeddedCluster => ({
    name: cluster.name,
    url: cluster.url,
    kubeconfig: () => cluster.kubeconfigText(),
    kubeconfigObject: () => cluster.kubeconfig(),
    ready: () => ready(cluster),
    reset: async () => fleet.reset(cluster.name),
    promote: (how) => fleet.promote(cluster.name, promoted(how)),
    demote: () => fleet.demote(cluster.name),
    stop: () => fleet.stop(cluster.name),
  });
  return {
    get clusters() {
      return [...fleet.clusters.values()].map(wrap);
    },
    cluster: (name) => wrap(fleet.cluster(name)),
    create: async (what = {}) => wrap(await fleet.create(typeof what === "string" ? { name: what } : what)),
    async stop() {
      await loop?.stop();
      await fleet.close();
    },
  };
}
