import { readFileSync } from "node:fs";
import { type Connection, ConnectionError, inCluster, readKubeconfig } from "../client/connection.js";
import type { PassthroughOptions } from "../compose.js";
import { parseBackings } from "../config/backings.js";
import type { Config, OptionName } from "../config/options.js";
import { ConfigError } from "../config/resolve.js";
import { CertificateAuthority, type KeyPair } from "../pki/authority.js";
import type { GivenEtcd } from "../proxy/shared-etcd.js";

/** What the settings say of real servers. @throws ConfigError for files that can't be used */
export function passthroughOptions(config: Config): PassthroughOptions {
  const { passthrough: clusters, proxy, "kube-apiserver-binary": binary, "kube-apiserver-preset": preset } = config;
  const { "token-auth-file": tokenFile, runtime } = config;
  const etcd = etcdOf(config);
  const backings = backingsOf(config);
  return {
    ...{ clusters, proxy, preset, runtime },
    ...(backings === undefined ? {} : { backings }),
    ...(binary === undefined ? {} : { binary }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(etcd === undefined ? {} : { etcd }),
  };
}

function backingsOf(config: Config): PassthroughOptions["backings"] {
  const { "kube-apiserver-image": image, "etcd-image": etcdImage, "etcd-storage": storage } = config;
  const { "backing-etcd-endpoints": etcdEndpoints } = config;
  const given = parseBackings(config.backing) ?? [];
  if (given.length === 0 || image === undefined) return undefined;
  const clusters = given.map(({ name, kubeconfig, context, namespace, ...settings }) => {
    const connection = connectionOf(name, kubeconfig, context);
    return { ...{ name, connection, namespace: namespace ?? connection.namespace }, ...settings };
  });
  return {
    ...{ clusters, image },
    ...(etcdImage === undefined ? {} : { etcd: { image: etcdImage, ...(storage === undefined ? {} : { storage }) } }),
    ...(etcdEndpoints.length === 0 ? {} : { etcdEndpoints }),
  };
}

function connectionOf(name: string, kubeconfig: string, context: string | undefined): Connection {
  try {
    return kubeconfig === "in-cluster" ? inCluster(process.env) : readKubeconfig(kubeconfig, Date.now, context);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    throw new ConfigError(`--backing: ${name}: ${error.message}`);
  }
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
