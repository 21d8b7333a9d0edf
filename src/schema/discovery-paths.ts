import type { JsonObject } from "../kube/json.js";
import type { Registry } from "./registry.js";

/** The checks of /healthz and /livez, in the order in which `?verbose` lists them. */
export const HEALTH_CHECKS: readonly string[] = [
  "ping",
  "log",
  "etcd",
  ...[
    "start-apiserver-admission-initializer",
    "generic-apiserver-start-informers",
    "priority-and-fairness-config-consumer",
    "priority-and-fairness-filter",
    "storage-object-count-tracker-hook",
    "start-apiextensions-informers",
    "start-apiextensions-controllers",
    "crd-informer-synced",
    "start-system-namespaces-controller",
    "start-cluster-authentication-info-controller",
    "start-kube-apiserver-identity-lease-controller",
    "start-kube-apiserver-identity-lease-garbage-collector",
    "start-legacy-token-tracking-controller",
    "start-service-ip-repair-controllers",
    "rbac/bootstrap-roles",
    "scheduling/bootstrap-system-priority-classes",
    "priority-and-fairness-config-producer",
    "bootstrap-controller",
    "start-kubernetes-service-cidr-controller",
    "aggregator-reload-proxy-client-cert",
    "start-kube-aggregator-informers",
    "apiservice-status-local-available-controller",
    "apiservice-status-remote-available-controller",
    "apiservice-registration-controller",
    "apiservice-discovery-controller",
    "kube-apiserver-autoregistration",
  ].map(postStartHook),
  "autoregister-completion",
  ...["apiservice-openapi-controller", "apiservice-openapiv3-controller"].map(postStartHook),
];

/** The checks of /readyz. */
export const READY_CHECKS: readonly string[] = [
  ...HEALTH_CHECKS.slice(0, 3),
  "etcd-readiness",
  "informer-sync",
  ...HEALTH_CHECKS.slice(3),
  "shutdown",
];

const OTHER_PATHS = [
  "/.well-known/openid-configuration",
  "/api",
  "/apis",
  "/apis/",
  "/metrics",
  "/metrics/slis",
  "/openapi/v2",
  "/openapi/v3",
  "/openapi/v3/",
  "/openid/v1/jwks",
  "/version",
];

/** GET /: every path that the server has. Always JSON indented by two without a newline at the end, whatever is accepted. */
export function rootPaths(registry: Registry): JsonObject {
  const paths = [
    ...OTHER_PATHS,
    ...registry.groups.flatMap(groupPaths),
    ...checkPaths("/healthz", HEALTH_CHECKS),
    ...checkPaths("/livez", HEALTH_CHECKS),
    ...checkPaths("/readyz", READY_CHECKS),
  ];
  return { paths: paths.sort() };
}

function groupPaths(group: { readonly name: string; readonly versions: readonly string[] }): string[] {
  if (group.name === "") return group.versions.map((version) => `/api/${version}`);
  const root = `/apis/${group.name}`;
  return [root, ...group.versions.map((version) => `${root}/${version}`)];
}

function checkPaths(root: string, checks: readonly string[]): string[] {
  return [root, ...checks.map((check) => `${root}/${check}`)];
}

function postStartHook(name: string): string {
  return `poststarthook/${name}`;
}
