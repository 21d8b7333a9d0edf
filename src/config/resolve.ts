import { isLoopback } from "../kube/loopback.js";
import { type Config, envName, OPTIONS, type Option, type OptionName, yamlName } from "./options.js";

/** A setting that can't be used. The message is one line: where it stands, what was expected, what was found. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

export interface Settings {
  /** By option name. A value that the flag parser gave: text, true, or a list. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The parsed document of --config. */
  readonly yaml?: unknown;
  /** How messages call the document. */
  readonly yamlPath?: string;
}

const NAMES = Object.keys(OPTIONS) as OptionName[];

/** Flag before environment before file before default. The result is frozen. @throws ConfigError */
export function resolveConfig(settings: Settings): Config {
  const yaml = yamlSettings(settings);
  checkEnvironment(settings.env ?? {});
  const out: Record<string, unknown> = {};
  for (const name of NAMES) out[name] = settingOf(name, settings, yaml);
  const config = Object.freeze(out) as unknown as Config;
  checkTogether(config);
  return config;
}

function settingOf(name: OptionName, settings: Settings, yaml: Readonly<Record<string, unknown>>): unknown {
  const option: Option<unknown> = OPTIONS[name];
  const flag = settings.flags?.[name];
  if (flag !== undefined) return parsed(option, `--${name}`, flag);
  const variable = settings.env?.[envName(name)];
  if (variable !== undefined) return parsed(option, envName(name), variable);
  const key = yamlName(name);
  if (Object.hasOwn(yaml, key)) return parsed(option, `${settings.yamlPath ?? "config"}: ${key}`, yaml[key]);
  return option.default;
}

function parsed(option: Option<unknown>, where: string, raw: unknown): unknown {
  const value = option.parse(raw);
  if (value !== undefined) return value;
  throw new ConfigError(`${where}: expected ${option.expected}, found ${JSON.stringify(raw) ?? String(raw)}`);
}

function yamlSettings(settings: Settings): Readonly<Record<string, unknown>> {
  const { yaml } = settings;
  const path = settings.yamlPath ?? "config";
  if (yaml === undefined || yaml === null) return {};
  if (typeof yaml !== "object" || Array.isArray(yaml)) throw new ConfigError(`${path}: expected a mapping of settings`);
  const known = NAMES.map(yamlName);
  for (const key of Object.keys(yaml)) {
    if (!known.includes(key)) throw new ConfigError(`${path}: ${key}: no such setting; known are ${known.join(", ")}`);
  }
  return yaml as Record<string, unknown>;
}

/** What a kubelet sets in every container of a namespace that has a Service called fake-apiserver. */
const SERVICE_LINK = /^FAKE_APISERVER_(SERVICE_(HOST|PORT)|PORT(_\d+_(TCP|UDP|SCTP)|$))/;

/** A misspelt variable would be ignored in silence otherwise. */
function checkEnvironment(env: Readonly<Record<string, string | undefined>>): void {
  const known = new Set([...NAMES.map(envName), "FAKE_APISERVER_CONFIG"]);
  for (const name of Object.keys(env)) {
    if (!name.startsWith("FAKE_APISERVER_") || known.has(name) || SERVICE_LINK.test(name)) continue;
    throw new ConfigError(`${name}: no such setting; known are ${[...known].join(", ")}`);
  }
}

function checkTogether(config: Config): void {
  const guarded = config["admin-token-file"] ?? config["admin-client-ca"];
  if (!config["no-admin"] && !isLoopback(config["admin-host"]) && guarded === undefined) {
    throw new ConfigError(
      `--admin-host: others can reach ${config["admin-host"]}: say who may with --admin-token-file or --admin-client-ca`,
    );
  }
  checkEtcd(config);
  checkBackings(config);
  const clusters = config.clusters + config.passthrough;
  const last = config["base-port"] + clusters;
  if (config.sni === undefined && config["base-port"] > 0 && last > 65_535) {
    throw new ConfigError(
      `--clusters: ${clusters} clusters above --base-port ${config["base-port"]} need ports up to ${last}, ` +
        "but the last port is 65535; lower one of them or use --sni",
    );
  }
}

/** What says which etcd, and how to be let in. */
const ETCD = ["etcd-ca", "etcd-ca-key", "etcd-cert", "etcd-key", "etcd-user", "etcd-password-file"] as const;
const PAIRS = [
  ["etcd-ca", "etcd-ca-key"],
  ["etcd-cert", "etcd-key"],
  ["etcd-user", "etcd-password-file"],
] as const;

function checkEtcd(config: Config): void {
  const endpoints = config["etcd-endpoints"];
  const given = ETCD.filter((name) => config[name] !== undefined);
  const refuse = (name: OptionName, cause: string) => {
    throw new ConfigError(`--${name}: ${cause}`);
  };
  if (config.etcd !== undefined) {
    if (endpoints.length > 0) refuse("etcd", "an etcd of our own and --etcd-endpoints exclude each other");
    if (given[0] !== undefined) refuse(given[0], "--etcd managed has its own credentials");
  } else if (config["etcd-binary"] !== undefined) {
    refuse("etcd-binary", "no etcd is started; say so with --etcd managed");
  }
  if (endpoints.length === 0 && given[0] !== undefined) refuse(given[0], "of which etcd? Say so with --etcd-endpoints");
  for (const url of endpoints) {
    if (!URL.canParse(url) || new URL(url).protocol !== "https:") {
      refuse(
        "etcd-endpoints",
        `expected https://HOST:PORT, found ${JSON.stringify(url)}: clusters are told apart by certificates`,
      );
    }
  }
  for (const [one, other] of PAIRS) {
    if ((config[one] === undefined) !== (config[other] === undefined)) {
      refuse(config[one] === undefined ? other : one, `neither --${one} nor --${other} goes without the other`);
    }
  }
  if (endpoints.length > 0 && config["etcd-ca"] === undefined) {
    refuse(
      "etcd-endpoints",
      "the CA is needed, too, by --etcd-ca and --etcd-ca-key: it signs a certificate for each cluster",
    );
  }
  if (config.store === "etcd" && config.fresh) {
    refuse(
      "fresh",
      "objects in etcd stay: remove the clusters (fake-apiserver clusters remove), or use another prefix of names",
    );
  }
  if (endpoints.length > 0 || config.etcd !== undefined) return;
  if (config.store === "etcd") refuse("store", "in which etcd? Say so with --etcd managed, or --etcd-endpoints");
  if (config["etcd-adopt"]) refuse("etcd-adopt", "of which etcd? Say so with --etcd-endpoints");
  if (config.passthrough > 0 && config.runtime === "process")
    refuse("passthrough", "it takes an etcd: --etcd managed, or --etcd-endpoints");
  if (config["kube-apiserver-binary"] !== undefined) {
    refuse("kube-apiserver-binary", "nothing runs it without an etcd: --etcd managed, or --etcd-endpoints");
  }
}

function checkBackings(config: Config): void {
  const refuse = (name: OptionName, cause: string) => {
    throw new ConfigError(`--${name}: ${cause}`);
  };
  const { runtime, backing, "etcd-endpoints": endpoints, "etcd-image": etcdImage } = config;
  if (backing.length === 0) {
    if (runtime === "kubernetes") refuse("runtime", "in which clusters? Say so with --backing NAME=KUBECONFIG");
    for (const name of ["kube-apiserver-image", "etcd-image", "etcd-storage"] as const) {
      if (config[name] !== undefined) refuse(name, "only with --backing");
    }
    if (config["backing-etcd-endpoints"].length > 0) refuse("backing-etcd-endpoints", "only with --backing");
    return;
  }
  if (config["kube-apiserver-image"] === undefined) {
    refuse("backing", "--kube-apiserver-image has to say which image of kube-apiserver its nodes can pull");
  }
  if (etcdImage === undefined) {
    if (config["etcd-storage"] !== undefined) refuse("etcd-storage", "only with --etcd-image");
    if (endpoints.length === 0) {
      refuse("backing", "its servers take an etcd that pods can reach: --etcd-image, or --etcd-endpoints");
    }
  } else if (config["backing-etcd-endpoints"].length > 0) {
    refuse("backing-etcd-endpoints", "--etcd-image and other endpoints exclude each other");
  }
}
