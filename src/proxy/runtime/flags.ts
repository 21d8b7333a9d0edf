import type { Preset } from "../../cluster/spec.js";
import type { Tenant } from "../etcd/tenant.js";
import { FRONT_PROXY, type PkiFiles } from "../pki.js";

/** What a fleet's kube-apiservers have in common. */
export interface ServerSettings {
  readonly preset: Preset;
  /** "10.96.0.0/16" */
  readonly serviceCidr: string;
  readonly authorizationMode: "RBAC" | "AlwaysAllow";
  readonly enabledAdmission: readonly string[];
  readonly disabledAdmission: readonly string[];
  /** Of --token-auth-file. */
  readonly tokenFile?: string | undefined;
}

/** Where etcd's credentials have been written to. */
export interface EtcdFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export interface ServerPlace {
  /** The address to listen on. Default: this machine's own. */
  readonly bind?: "127.0.0.1" | "0.0.0.0";
  readonly port: number;
  readonly tenant: Tenant;
  readonly etcd: EtcdFiles;
  readonly pki: PkiFiles;
}

/** The flags of a kube-apiserver that only this process speaks to. History is compacted for all of etcd, not by each. */
export function serverFlags(
  { bind = "127.0.0.1", port, tenant, etcd, pki }: ServerPlace,
  settings: ServerSettings,
): string[] {
  const { preset, serviceCidr, authorizationMode, tokenFile } = settings;
  return [
    `--bind-address=${bind}`,
    `--secure-port=${port}`,
    // Nobody is to be led past our endpoint.
    "--advertise-address=127.0.0.1",
    "--endpoint-reconciler-type=none",
    `--etcd-servers=${tenant.endpoints.join(",")}`,
    `--etcd-prefix=${tenant.prefix.replace(/\/$/, "")}`,
    `--etcd-cafile=${etcd.ca}`,
    `--etcd-certfile=${etcd.certificate}`,
    `--etcd-keyfile=${etcd.key}`,
    "--etcd-compaction-interval=0",
    `--tls-cert-file=${pki.servingCertificate}`,
    `--tls-private-key-file=${pki.servingKey}`,
    `--client-ca-file=${pki.ca}`,
    `--requestheader-client-ca-file=${pki.frontProxyCa}`,
    `--requestheader-allowed-names=${FRONT_PROXY}`,
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-uid-headers=X-Remote-Uid",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    `--proxy-client-cert-file=${pki.frontProxyCertificate}`,
    `--proxy-client-key-file=${pki.frontProxyKey}`,
    `--kubelet-client-certificate=${pki.kubeletClientCertificate}`,
    `--kubelet-client-key=${pki.kubeletClientKey}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${pki.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${pki.serviceAccountKey}`,
    `--service-cluster-ip-range=${serviceCidr}`,
    `--authorization-mode=${authorizationMode === "RBAC" ? "Node,RBAC" : authorizationMode}`,
    "--allow-privileged=true",
    "--enable-bootstrap-token-auth=true",
    // Otherwise a watch without a resourceVersion waits three seconds for such word, and is refused.
    ...(tenant.noProgress === true ? ["--feature-gates=WatchList=false"] : []),
    ...(tokenFile === undefined ? [] : [`--token-auth-file=${tokenFile}`]),
    ...(preset === "saving" ? SAVING : admission(settings)),
  ];
}

function admission({ enabledAdmission: on, disabledAdmission: off }: ServerSettings): string[] {
  return [
    ...(on.length === 0 ? [] : [`--enable-admission-plugins=${on.join(",")}`]),
    ...(off.length === 0 ? [] : [`--disable-admission-plugins=${off.join(",")}`]),
  ];
}

/**
 * What the experiment's servers went without, to be a hundred on a machine: caches, counters, queues and every judgment
 * of what is written. Compaction, which it turned off, too, is ours in any case.
 */
const SAVING: readonly string[] = [
  "--profiling=false",
  "--watch-cache=false",
  "--etcd-count-metric-poll-period=0",
  "--etcd-db-metric-poll-interval=0",
  "--enable-garbage-collector=false",
  "--enable-priority-and-fairness=false",
  "--runtime-config=api/alpha=false",
  "--enable-admission-plugins=AlwaysAdmit",
  `--disable-admission-plugins=${[
    "NamespaceLifecycle",
    "LimitRanger",
    "ServiceAccount",
    "TaintNodesByCondition",
    "PodSecurity",
    "Priority",
    "DefaultTolerationSeconds",
    "DefaultStorageClass",
    "StorageObjectInUseProtection",
    "PersistentVolumeClaimResize",
    "RuntimeClass",
    "CertificateApproval",
    "CertificateSigning",
    "CertificateSubjectRestriction",
    "DefaultIngressClass",
    "MutatingAdmissionWebhook",
    "ValidatingAdmissionWebhook",
    "ResourceQuota",
  ].join(",")}`,
];
