import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { StartError } from "../cluster/start-error.js";
import { ADMIN, CertificateAuthority, type KeyPair, servingHosts } from "../pki/authority.js";
import { TokenKey } from "../pki/tokens.js";

/** What a cluster has already: the rest of its PKI is made. PEM, RSA or EC; in brackets Cluster API's Secrets. */
export interface ClusterPki {
  readonly name: string;
  /** <cluster>-ca */
  readonly authority: CertificateAuthority;
  /** <cluster>-sa, the private key. */
  readonly serviceAccountKey?: string;
  /** <cluster>-proxy */
  readonly frontProxyCa?: KeyPair;
  /** <cluster>-etcd */
  readonly etcdCa?: KeyPair;
  /** The credential in the cluster's admin kubeconfig. */
  readonly admin?: KeyPair;
}

export interface PkiOptions {
  /** Names and addresses under which clients reach the API server, our endpoint's among them. */
  readonly hosts: readonly string[];
  /** The address of the Service "kubernetes": the first of --service-cluster-ip-range. */
  readonly serviceIp: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** All that a kube-apiserver, and those that speak to it, need of keys and certificates beside etcd's. */
export interface ControlPlanePki {
  readonly ca: CertificateAuthority;
  readonly serving: KeyPair;
  /** Signs and verifies the tokens of ServiceAccounts. PEM. */
  readonly serviceAccount: { readonly key: string; readonly publicKey: string };
  /** Whoever has a certificate of it is believed what the headers X-Remote-* say. */
  readonly frontProxyCa: CertificateAuthority;
  /** {@link FRONT_PROXY} of that CA. */
  readonly frontProxy: KeyPair;
  readonly kubeletClient: KeyPair;
  readonly admin: KeyPair;
  /** The CA of the cluster's own etcd, where it was given one. */
  readonly etcdCa?: CertificateAuthority;
}

/** The common name of the front proxy: kube-apiserver's --requestheader-allowed-names. */
export const FRONT_PROXY = "front-proxy-client";

/** In kubeadm's words, but for the group: kubeadm:cluster-admins is bound by kubeadm only. */
const KUBELET_CLIENT = { organizations: ["system:masters"], commonName: "kube-apiserver-kubelet-client" };

/** Takes what is given and makes the rest. Serving and client certificates are valid for a year. @throws StartError */
export async function controlPlanePki(cluster: ClusterPki, options: PkiOptions): Promise<ControlPlanePki> {
  const { now } = options;
  const { authority: ca } = cluster;
  const tokens =
    cluster.serviceAccountKey === undefined
      ? await TokenKey.generate()
      : read(cluster.name, "service-account key", () => TokenKey.load(cluster.serviceAccountKey ?? ""));
  const load = (what: string, pair: KeyPair) => read(cluster.name, what, () => CertificateAuthority.load(pair));
  const frontProxyCa = cluster.frontProxyCa
    ? load("front-proxy CA", cluster.frontProxyCa)
    : CertificateAuthority.create(now, "front-proxy-ca");
  return {
    ca,
    serving: ca.issueServing(now, servingHosts(options.hosts, options.serviceIp)),
    serviceAccount: { key: tokens.pem, publicKey: tokens.publicPem },
    frontProxyCa,
    frontProxy: frontProxyCa.issueClient(now, { commonName: FRONT_PROXY }),
    kubeletClient: ca.issueClient(now, KUBELET_CLIENT),
    admin: cluster.admin ?? ca.issueClient(now, ADMIN),
    ...(cluster.etcdCa === undefined ? {} : { etcdCa: load("etcd CA", cluster.etcdCa) }),
  };
}

/** Paths of the files that kube-apiserver's flags name. */
export interface PkiFiles {
  readonly ca: string;
  readonly servingCertificate: string;
  readonly servingKey: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  readonly frontProxyCa: string;
  readonly frontProxyCertificate: string;
  readonly frontProxyKey: string;
  readonly kubeletClientCertificate: string;
  readonly kubeletClientKey: string;
  readonly adminCertificate: string;
  readonly adminKey: string;
}

/** Where {@link writePki} puts what: kubeadm's names. */
export function pkiFiles(dir: string): PkiFiles {
  const at = (name: string) => join(dir, name);
  return {
    ca: at("ca.crt"),
    servingCertificate: at("apiserver.crt"),
    servingKey: at("apiserver.key"),
    serviceAccountKey: at("sa.key"),
    serviceAccountPublicKey: at("sa.pub"),
    frontProxyCa: at("front-proxy-ca.crt"),
    frontProxyCertificate: at("front-proxy-client.crt"),
    frontProxyKey: at("front-proxy-client.key"),
    kubeletClientCertificate: at("apiserver-kubelet-client.crt"),
    kubeletClientKey: at("apiserver-kubelet-client.key"),
    adminCertificate: at("admin.crt"),
    adminKey: at("admin.key"),
  };
}

/**
 * Writes what kube-apiserver reads, and only its owner can. The keys of the CAs stay with us: it has no use for them.
 * @throws the file system's errors
 */
export function writePki(dir: string, pki: ControlPlanePki): PkiFiles {
  const files = pkiFiles(dir);
  writePrivate(files.ca, pki.ca.certificate);
  writePrivate(files.servingCertificate, pki.serving.certificate);
  writePrivate(files.servingKey, pki.serving.key);
  writePrivate(files.serviceAccountKey, pki.serviceAccount.key);
  writePrivate(files.serviceAccountPublicKey, pki.serviceAccount.publicKey);
  writePrivate(files.frontProxyCa, pki.frontProxyCa.certificate);
  writePrivate(files.frontProxyCertificate, pki.frontProxy.certificate);
  writePrivate(files.frontProxyKey, pki.frontProxy.key);
  writePrivate(files.kubeletClientCertificate, pki.kubeletClient.certificate);
  writePrivate(files.kubeletClientKey, pki.kubeletClient.key);
  writePrivate(files.adminCertificate, pki.admin.certificate);
  writePrivate(files.adminKey, pki.admin.key);
  return files;
}

/** What kube-apiserver itself reads of it: texts by the names that {@link pkiFiles} gives them. */
export function pkiContent(pki: ControlPlanePki): Record<string, string> {
  const { adminCertificate: _certificate, adminKey: _key, ...names } = pkiFiles("");
  return {
    [names.ca]: pki.ca.certificate,
    [names.servingCertificate]: pki.serving.certificate,
    [names.servingKey]: pki.serving.key,
    [names.serviceAccountKey]: pki.serviceAccount.key,
    [names.serviceAccountPublicKey]: pki.serviceAccount.publicKey,
    [names.frontProxyCa]: pki.frontProxyCa.certificate,
    [names.frontProxyCertificate]: pki.frontProxy.certificate,
    [names.frontProxyKey]: pki.frontProxy.key,
    [names.kubeletClientCertificate]: pki.kubeletClient.certificate,
    [names.kubeletClientKey]: pki.kubeletClient.key,
  };
}

/** Writes a file that only its owner may read, also where there was one that others could. Makes its folder. @throws the file system's errors, with a path */
export function writePrivate(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600 });
    chmodSync(path, 0o600);
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path }); // a full disk does not tell which file
  }
}

/** A certificate and key in PEM files; undefined where either is missing. */
export function readPair(certificate: string, key: string): KeyPair | undefined {
  try {
    return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function read<T>(cluster: string, what: string, load: () => T): T {
  try {
    return load();
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new StartError(`cluster ${cluster}: the ${what} can't be used: ${cause}`, "invalid");
  }
}
