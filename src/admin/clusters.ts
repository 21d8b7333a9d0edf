import type { Cluster } from "../cluster/cluster.js";
import type { Fleet } from "../cluster/fleet.js";
import { stateOf } from "../cluster/metrics/fleet.js";
import type { ClusterSpec } from "../cluster/spec.js";
import type { CertificateAuthority, KeyPair } from "../pki/authority.js";
import { AdminError } from "./errors.js";
import { json, type Route, type RouteAnswer, type RouteRequest, text } from "./route.js";
import { CLUSTER, CLUSTER_LIST, CLUSTER_SPEC, CREDENTIALS } from "./schemas.js";

const ONE = "/v1/clusters/{name}";

/** Creating, finding and ending clusters, and what is needed to be their client. */
export function clusterRoutes(fleet: Fleet): Route[] {
  const named = ({ params }: RouteRequest) => fleet.cluster(params.name!);
  return [
    {
      ...{ method: "POST", path: "/v1/clusters", id: "createCluster", body: CLUSTER_SPEC },
      summary: "Add a cluster. One of that name that is as asked for is answered with; one that differs is a conflict.",
      answers: {
        201: { description: "Added.", content: json(CLUSTER) },
        200: { description: "It was there already.", content: json(CLUSTER) },
      },
      handle: ({ body }) => create(fleet, (body ?? {}) as ClusterSpec),
    },
    {
      ...{ method: "GET", path: "/v1/clusters", id: "listClusters", summary: "All clusters." },
      answers: { 200: { description: "In the order they were added.", content: json(CLUSTER_LIST) } },
      handle: async () => ({ status: 200, body: { clusters: [...fleet.clusters.values()].filter(isUp).map(view) } }),
    },
    {
      ...{ method: "GET", path: ONE, id: "getCluster", summary: "One cluster, with its state." },
      answers: { 200: { description: "The cluster.", content: json(CLUSTER) } },
      handle: async (request) => ({ status: 200, body: view(named(request)) }),
    },
    {
      ...{ method: "DELETE", path: ONE, id: "deleteCluster" },
      summary: "End a cluster: its objects, its port and, unless it is to be kept, its identity are gone.",
      query: { keepIdentity: text("Whether a later cluster of that name is the same to its clients.", SWITCH) },
      answers: { 204: { description: "It is gone." } },
      handle: async ({ params, query }) => {
        await (query.keepIdentity === "true" ? fleet.stop(params.name!) : fleet.remove(params.name!));
        return { status: 204 };
      },
    },
    {
      ...{ method: "POST", path: `${ONE}/reset`, id: "resetCluster" },
      summary: "Forget all objects; endpoint and credentials stay, watches end.",
      answers: { 204: { description: "It is as at first." } },
      handle: async ({ params }) => {
        await fleet.reset(params.name!);
        return { status: 204 };
      },
    },
    {
      ...{ method: "GET", path: `${ONE}/kubeconfig`, id: "getKubeconfig" },
      summary: "The kubeconfig of its admin: YAML, or JSON if that is what is accepted.",
      answers: {
        200: {
          description: "The kubeconfig.",
          content: { "application/yaml": { type: "string" }, "application/json": { type: "object" } },
        },
      },
      handle: (request) => kubeconfigOf(named(request), request.accept),
    },
    {
      ...{ method: "GET", path: `${ONE}/credentials`, id: "getCredentials" },
      summary: "The CAs and the key of tokens; what has not been made yet is made.",
      query: { keys: text("Whether private keys are wanted. Only for callers with a token or certificate.", SWITCH) },
      answers: { 200: { description: "The credentials.", content: json(CREDENTIALS) } },
      handle: (request) => credentialsOf(named(request), request),
    },
  ];
}

const SWITCH = { enum: ["true", "false"] };

/** Before its listener is open a cluster is nobody's business. */
function isUp(cluster: Cluster): boolean {
  return cluster.listening;
}

async function create(fleet: Fleet, spec: ClusterSpec): Promise<RouteAnswer> {
  const { name } = spec;
  const there = name !== undefined && fleet.clusters.has(name);
  const cluster = name === undefined ? await fleet.create(spec) : await fleet.ensure({ ...spec, name });
  const headers = { Location: `/v1/clusters/${cluster.name}` };
  return { status: there ? 200 : 201, headers, body: view(cluster) };
}

/** A cluster as the API shows it. */
export function view(cluster: Cluster): Record<string, unknown> {
  const { name, backend: made, lastActivity } = pick(cluster);
  const count = made === undefined || made instanceof Promise ? undefined : made.count;
  const { serverName } = cluster.endpoint;
  return {
    ...{ name, server: cluster.url },
    ...(serverName === undefined ? {} : { tlsServerName: serverName }),
    state: stateOf(cluster),
    ...(lastActivity === undefined ? {} : { lastActivity: new Date(lastActivity).toISOString() }),
    ...backendView(cluster),
    ...(cluster.move === undefined ? {} : { moving: { ...cluster.move } }),
    ...(count === undefined ? {} : { objects: count(""), nodes: count("minions/") }),
  };
}

/** What is behind the endpoint, and how a real server does. No credentials are shown. */
function backendView(cluster: Cluster): Record<string, unknown> {
  const { kind } = cluster;
  if (kind.type === "emulated") return { backend: kind };
  const backend = { type: kind.type, proxy: kind.proxy, runtime: kind.runtime.type };
  const real = cluster.touched ? cluster.real : undefined;
  if (real === undefined || real instanceof Promise) return { backend };
  return { backend: { ...backend, ...real.state } };
}

/** To ask an untouched cluster for its backend would make one. */
function pick(cluster: Cluster) {
  const { name, touched, lastActivity } = cluster;
  return { name, lastActivity, backend: touched ? cluster.backend : undefined };
}

async function kubeconfigOf(cluster: Cluster, accept: string): Promise<RouteAnswer> {
  if (/\bjson\b/.test(accept)) return { status: 200, body: await cluster.kubeconfig() };
  return { status: 200, headers: { "Content-Type": "application/yaml" }, body: await cluster.kubeconfigText() };
}

async function credentialsOf(cluster: Cluster, { query, known }: RouteRequest): Promise<RouteAnswer> {
  const keys = query.keys === "true";
  if (keys && !known) {
    throw new AdminError(403, "forbidden", "private keys are for callers with a token or a client certificate", "keys");
  }
  const shown = ({ certificate, pair }: CertificateAuthority): Partial<KeyPair> => (keys ? pair : { certificate });
  const { authority } = await cluster.identity();
  const token = await cluster.tokenKey.make();
  const body = {
    ca: shown(authority),
    etcdCa: shown(await cluster.etcdAuthority()),
    serviceAccount: { publicKey: token.publicPem, ...(keys ? { key: token.pem } : {}) },
  };
  return { status: 200, body };
}
