import { ADMISSION_NAMES } from "../kube/admission-names.js";
import { parseCidr } from "../kube/ip.js";
import { BACKINGS_EXPECTED, parseBackings } from "./backings.js";
import { DELAYS_EXPECTED, parseDelays } from "./delays.js";

/**
 * Every setting, once: from this table come the type, the default, the flag, the environment variable, the key of
 * `--config`'s YAML, the validation and the documentation.
 */

export interface Option<T> {
  /** Shown in --help and docs. */
  readonly help: string;
  /** What the flag's value is called; undefined: a switch without a value. */
  readonly value: string | undefined;
  readonly default: T;
  /** How a wrong value is refused: "expected …". */
  readonly expected: string;
  /** From text (flag, environment) or a YAML scalar or list; undefined when it does not fit. */
  parse(raw: unknown): T | undefined;
}

function integer(help: string, value: string, fallback: number, min: number, max: number): Option<number> {
  const expected = `a whole number from ${min} to ${max}`;
  const parse = (raw: unknown) => {
    const number = typeof raw === "string" && /^-?\d+$/.test(raw.trim()) ? Number(raw) : raw;
    return typeof number === "number" && Number.isInteger(number) && number >= min && number <= max
      ? number
      : undefined;
  };
  return { help, value, default: fallback, expected, parse };
}

function text<T extends string | undefined>(
  help: string,
  value: string,
  fallback: T,
  rule?: { test(text: string): boolean },
  expected = "text",
): Option<string | T> {
  const parse = (raw: unknown) => {
    const given = typeof raw === "number" ? String(raw) : raw;
    return typeof given === "string" && given !== "" && (rule?.test(given) ?? true) ? given : undefined;
  };
  return { help, value, default: fallback, expected, parse };
}

function choice<const T extends string>(help: string, values: readonly T[], fallback: T): Option<T> {
  const parse = (raw: unknown) => values.find((value) => value === raw);
  return { help, value: values.join("|"), default: fallback, expected: `one of ${values.join(", ")}`, parse };
}

function flag(help: string): Option<boolean> {
  const parse = (raw: unknown) => {
    if (typeof raw === "boolean") return raw;
    return raw === "true" || raw === "1" || raw === "" ? true : raw === "false" || raw === "0" ? false : undefined;
  };
  return { help, value: undefined, default: false, expected: "true or false", parse };
}

function list(help: string, value: string): Option<readonly string[]> {
  const parse = (raw: unknown) => {
    if (typeof raw === "string") return raw.split(",").filter((part) => part !== "");
    return Array.isArray(raw) && raw.every((part) => typeof part === "string") ? (raw as string[]) : undefined;
  };
  return { help, value, default: [], expected: "a list of texts", parse };
}

function choices<const T extends string>(help: string, values: readonly T[]): Option<readonly T[]> {
  const parse = (raw: unknown) => {
    const given = typeof raw === "string" ? raw.split(",").filter((part) => part !== "") : raw;
    if (!Array.isArray(given)) return undefined;
    const known = given.flatMap((each) => values.find((value) => value === each) ?? []);
    return known.length === given.length ? known : undefined;
  };
  return { help, value: "NAME", default: [], expected: `a list of ${values.join(", ")}`, parse };
}

function delays(help: string): Option<readonly string[]> {
  const parts = list(help, "STAGE=TIME");
  const parse = (raw: unknown) => {
    const given = parts.parse(raw);
    return given !== undefined && parseDelays(given) !== undefined ? given : undefined;
  };
  return { ...parts, expected: `a list of ${DELAYS_EXPECTED}`, parse };
}

function backings(help: string): Option<readonly string[]> {
  const parts = list(help, "NAME=KUBECONFIG");
  const parse = (raw: unknown) => {
    const given = parts.parse(raw)?.flatMap((part) => part.split(","));
    return given !== undefined && parseBackings(given) !== undefined ? given : undefined;
  };
  return { ...parts, expected: `a list of ${BACKINGS_EXPECTED}`, parse };
}

const HOST = /^[A-Za-z0-9.:_-]+$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** With fewer addresses a kube-apiserver does not start (pkg/controlplane/apiserver/options/options.go). */
const SERVICE_RANGE = {
  test(text: string): boolean {
    const range = parseCidr(text);
    return range?.family === 4 && range.bits <= 29;
  },
};

const PROXY_WAYS = ["pipe", "terminate"] as const;
const PRESETS = ["plain", "saving"] as const;

export const OPTIONS = {
  clusters: integer("How many clusters to serve", "N", 1, 0, 55_000),
  passthrough: integer(
    "How many clusters more, after those, have a real kube-apiserver behind them; it takes an etcd",
    "N",
    0,
    0,
    10_000,
  ),
  proxy: choice(
    "How clients get to a real kube-apiserver: pipe (their TLS leads to it, untouched) or terminate (we take their TLS " +
      "and pass each request on)",
    PROXY_WAYS,
    "terminate",
  ),
  "kube-apiserver-binary": text("The real kube-apiserver (default: on the PATH)", "FILE", undefined),
  "kube-apiserver-preset": choice(
    "Flags of real kube-apiservers: plain, or saving (without what costs memory: watch cache, priority and fairness, " +
      "garbage collection, admission, profiling)",
    PRESETS,
    "plain",
  ),
  runtime: choice(
    "What runs the kube-apiservers of --passthrough: process (children of this process) or kubernetes (Deployments in --backing clusters)",
    ["process", "kubernetes"],
    "process",
  ),
  backing: backings(
    "Kubernetes cluster that runs kube-apiservers, by its kubeconfig (or in-cluster); after it, with commas between: context=, namespace=, reach=port-forward|service|node-port|load-balancer, host= (of node ports), capacity=SERVERS, memory=QUANTITY. Repeat it for more",
  ),
  "kube-apiserver-image": text("Image of kube-apiserver for --backing clusters", "IMAGE", undefined),
  "etcd-image": text(
    "Image of etcd, to have one in each --backing cluster for its servers (default: they use --etcd-endpoints)",
    "IMAGE",
    undefined,
  ),
  "etcd-storage": text(
    "Size of the volume of each etcd of --etcd-image (default: none, its data go with its pod)",
    "QUANTITY",
    undefined,
    /^\d+(\.\d+)?([KMGTP]i?)?$/,
    "a quantity such as 10Gi",
  ),
  "backing-etcd-endpoints": list(
    "URLs by which pods of --backing clusters reach --etcd-endpoints, where they are others",
    "URL",
  ),
  etcd: text("managed: start an etcd for real kube-apiservers to share", "managed", undefined, /^managed$/, "managed"),
  "etcd-binary": text("The etcd for --etcd managed (default: on the PATH)", "FILE", undefined),
  "etcd-endpoints": list("URLs of the members of an etcd that real kube-apiservers share", "URL"),
  "etcd-ca": text("PEM file of the CA of --etcd-endpoints, which signs clients, too", "PATH", undefined),
  "etcd-ca-key": text("PEM file of that CA's private key, for the certificates of clusters", "PATH", undefined),
  "etcd-cert": text(
    "PEM file of a client certificate for --etcd-endpoints, of root (default: made)",
    "PATH",
    undefined,
  ),
  "etcd-key": text("PEM file of the private key of --etcd-cert", "PATH", undefined),
  "etcd-user": text("User of --etcd-endpoints, with the role root, where no certificate says so", "NAME", undefined),
  "etcd-password-file": text("File with the password of --etcd-user", "PATH", undefined),
  "etcd-adopt": flag("Take over keys, users and roles of etcd that are at the clusters' names already"),
  "name-prefix": text("Clusters are named PREFIX-1, PREFIX-2, …", "PREFIX", "cluster", LABEL, "a DNS label"),
  host: text("Address to listen on", "ADDRESS", "127.0.0.1", HOST, "an IP address or a host name"),
  "base-port": integer("Cluster n listens on this port + n; 0: any free ports", "PORT", 10_000, 0, 65_535),
  "advertise-host": text(
    "Host in kubeconfigs and certificates (default: the listening address)",
    "HOST",
    undefined,
    HOST,
    "an IP address or a host name",
  ),
  sni: text("Serve all clusters on one port, as NAME.DOMAIN by SNI", "DOMAIN", undefined, DOMAIN, "a DNS domain"),
  "sni-port": integer("The port for --sni; 0: any free port", "PORT", 6443, 0, 65_535),
  "no-admin": flag("Serve no admin API"),
  "admin-host": text(
    "Address of the admin API; beyond this machine it is served over TLS to those with a token or certificate",
    "ADDRESS",
    "127.0.0.1",
    HOST,
    "an IP address or a host name",
  ),
  "admin-port": integer("Port of the admin API; 0: any free port", "PORT", 0, 0, 65_535),
  "admin-token-file": text(
    "File of bearer tokens that the admin API asks for, on this machine, too: one on each line",
    "PATH",
    undefined,
  ),
  "admin-client-ca": text(
    "PEM file of the CAs whose client certificates the admin API asks for, on this machine, too",
    "PATH",
    undefined,
  ),
  "fkas-port": integer(
    "Port for registrations as Metal3's fake API server takes them, there 3333, on --host; 0: none",
    "PORT",
    0,
    0,
    65_535,
  ),
  out: text("Folder for kubeconfigs and identities", "DIR", ".fake-apiserver"),
  "data-dir": text(
    "Folder in which clusters, their objects and identities outlive the process (default: objects are in memory alone)",
    "DIR",
    undefined,
  ),
  "data-sync": choice(
    "With --data-dir, when a change is on the disk: soon after it is answered (only a machine that stops loses any), or always before",
    ["interval", "always"],
    "interval",
  ),
  store: choice(
    "Where emulated clusters keep their objects: in memory (and --data-dir), or in the etcd of --etcd or --etcd-endpoints, so that another process can go on with them",
    ["memory", "etcd"],
    "memory",
  ),
  "no-kubeconfigs": flag("Write no kubeconfigs at start; `fake-apiserver kubeconfig NAME` makes them"),
  fresh: flag("Replace the identities found in --out, and with them all kubeconfigs; with --data-dir objects, too"),
  load: list("YAML files or folders whose objects every cluster gets; {{cluster}} and {{index}} are filled in", "PATH"),
  "kubernetes-version": choice("Emulated Kubernetes version", ["1.34"], "1.34"),
  "service-cluster-ip-range": text(
    "Range of Services' cluster IPs",
    "CIDR",
    "10.96.0.0/16",
    SERVICE_RANGE,
    "an IPv4 range of at least 8 addresses, such as 10.96.0.0/16",
  ),
  "enable-admission-plugins": choices(
    "Admission plugins to turn on, by kube-apiserver's names; off by default is ServiceAccount",
    ADMISSION_NAMES,
  ),
  "disable-admission-plugins": choices("Admission plugins to turn off, by kube-apiserver's names", ADMISSION_NAMES),
  "authorization-mode": choice(
    "Who may do what: as roles and bindings say, or everybody everything (then nobody is anonymous)",
    ["RBAC", "AlwaysAllow"],
    "RBAC",
  ),
  simulate: choices(
    "Controllers to act for, which a kube-apiserver by itself lacks: roles (fills in admin, edit, view and other " +
      "aggregated ClusterRoles), kubelet (nodes report, pods run and end), namespace (those that are deleted become " +
      "empty and go), gc (so do objects without their owners, and pods without their nodes), " +
      "workloads (Deployments and the like get pods, pods get nodes, endpoints and budgets follow)",
    ["roles", "kubelet", "namespace", "gc", "workloads"],
  ),
  "token-auth-file": text(
    'File of bearer tokens that every cluster takes: lines of token,user,uid,"group,group"',
    "PATH",
    undefined,
  ),
  "management-kubeconfig": text(
    "Kubeconfig of a management cluster whose Clusters and Machines the fleet follows; in-cluster: as the pod's own account",
    "PATH",
    undefined,
  ),
  "management-namespace": text("Namespace whose Clusters to follow (default: all)", "NAMESPACE", undefined, LABEL),
  "management-hosts": list(
    "Hosts in endpoints of Clusters that lead to this fleet, besides what it advertises and listens on; *: all do",
    "HOST",
  ),
  "management-lease": text(
    "Lease that lets one fleet act on a management cluster (default: fake-apiserver, in the kubeconfig's namespace)",
    "[NAMESPACE/]NAME",
    undefined,
    /^([a-z0-9]([-a-z0-9]*[a-z0-9])?\/)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    "a name, perhaps after a namespace and a slash",
  ),
  infrastructure: list(
    "Kinds of infrastructure to make ready without any, such as Metal3Cluster,Metal3Machine; all: whichever are referred to",
    "KIND",
  ),
  delays: delays(
    "How long machines take to be provisioned (by --infrastructure), to boot and to join; none by default",
  ),
  "history-mib": integer("Memory for watch history, all clusters together, in MiB", "MIB", 128, 1, 65_536),
  "history-minutes": integer("Age at which watch history goes", "MINUTES", 5, 1, 1_440),
  seed: text("Makes uids, generated names and tokens repeat from run to run", "TEXT", undefined),
  "log-level": choice(
    "Least severe log lines to print; trace tells of every request",
    ["trace", "debug", "info", "warn", "error", "silent"],
    "info",
  ),
  "log-format": choice("json, or text for people", ["json", "text"], "text"),
} as const satisfies Readonly<Record<string, Option<unknown>>>;

export type OptionName = keyof typeof OPTIONS;

/** The settings as --help and docs order them; every one is in one group. */
export const OPTION_GROUPS = {
  Fleet: ["clusters", "name-prefix", "load", "seed"],
  Endpoints: ["host", "base-port", "advertise-host", "sni", "sni-port"],
  "Admin API": ["no-admin", "admin-host", "admin-port", "admin-token-file", "admin-client-ca", "fkas-port"],
  "Kubeconfigs and identities": ["out", "no-kubeconfigs", "fresh"],
  Durability: ["data-dir", "data-sync", "store"],
  "Real API servers": [
    "passthrough",
    "proxy",
    "kube-apiserver-binary",
    "kube-apiserver-preset",
    "runtime",
    "backing",
    "kube-apiserver-image",
    "etcd-image",
    "etcd-storage",
    "backing-etcd-endpoints",
    "etcd",
    "etcd-binary",
    "etcd-endpoints",
    "etcd-ca",
    "etcd-ca-key",
    "etcd-cert",
    "etcd-key",
    "etcd-user",
    "etcd-password-file",
    "etcd-adopt",
  ],
  Emulation: [
    "kubernetes-version",
    "service-cluster-ip-range",
    "enable-admission-plugins",
    "disable-admission-plugins",
    "authorization-mode",
    "simulate",
    "token-auth-file",
    "history-mib",
    "history-minutes",
  ],
  "Management cluster": [
    "management-kubeconfig",
    "management-namespace",
    "management-hosts",
    "management-lease",
    "infrastructure",
    "delays",
  ],
  Logs: ["log-level", "log-format"],
} as const satisfies Readonly<Record<string, readonly OptionName[]>>;

/** Every setting with its value. */
export type Config = {
  readonly [K in OptionName]: (typeof OPTIONS)[K] extends Option<infer T> ? T : never;
};

export function envName(option: string): string {
  return `FAKE_APISERVER_${option.toUpperCase().replaceAll("-", "_")}`;
}

/** The key in YAML: `basePort` for --base-port. */
export function yamlName(option: string): string {
  return option.replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}
