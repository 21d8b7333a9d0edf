import { readFileSync } from "node:fs";
import type { PassthroughOptions } from "../compose.js";
import type { Config, OptionName } from "../config/options.js";
import { ConfigError } from "../config/resolve.js";
import { CertificateAuthority, type KeyPair } from "../pki/authority.js";
import type { GivenEtcd } from "../proxy/shared-etcd.js";

/** What the settings say of real servers. @throws ConfigError for files that can't be used */
export function passthroughOptions(config: Config): PassthroughOptions {
  const { passthrough: clusters, proxy, "kube-apiserver-binary": binary, "kube-apiserver-preset": preset } = config;
  const tokenFile = config["token-auth-file"];
  const etcd = etcdOf(config);
  return {
    ...{ clusters, proxy, preset },
    ...(binary === undefined ? {} : { binary }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(etcd === undefined ? {} : { etcd }),
  };
}

function etcdOf(config: Config): PassthroughOptions["etcd"] {
  const { etcd, "etcd-binary": binary, "etcd-endpoints": endpoints, "etcd-adopt": adopt } = config;
  if (etcd !== undefined) return { managed: true, adopt, ...(binary === undefined ? {} : { binary }) };
  if (endpoints.length === 0) return undefined;
  return { ...givenEtcd(config), adopt, reread: () => givenEtcd(config) };
}

/** As its files say now. @throws ConfigError */
function givenEtcd(config: Config): GivenEtcd {
  const { "etcd-endpoints": endpoints, "etcd-user": user } = config;
  const client = pairOf(config, "etcd-cert", "etcd-key");
  const password = read(config, "etcd-password-file")?.replace(/\r?\n$/, "");
  const ca = authorityOf(config);
  return {
    connection: {
      ...{ endpoints, ca: ca.certificate },
      ...(client === undefined ? {} : { client }),
      ...(user === undefined || password === undefined ? {} : { user, password }),
    },
    ca,
  };
}

function authorityOf(config: Config): CertificateAuthority {
  const pair = pairOf(config, "etcd-ca", "etcd-ca-key");
  try {
    return CertificateAuthority.load(pair!);
  } catch (error) {
    throw new ConfigError(`--etcd-ca, --etcd-ca-key: ${(error as Error).message}`);
  }
}

function pairOf(config: Config, certificate: FileOption, key: FileOption): KeyPair | undefined {
  const pair = { certificate: read(config, certificate), key: read(config, key) };
  return pair.certificate === undefined || pair.key === undefined ? undefined : (pair as KeyPair);
}

type FileOption = Extract<OptionName, "etcd-ca" | "etcd-ca-key" | "etcd-cert" | "etcd-key" | "etcd-password-file">;

function read(config: Config, name: FileOption): string | undefined {
  const path = config[name];
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConfigError(`--${name}: ${path}: ${code === "ENOENT" ? "there is no such file" : message}`);
  }
}
