import type { JsonObject } from "../kube/json.js";
import type { Placed } from "./addons.js";

const API = "rbac.authorization.k8s.io";
const ROOT = `/apis/${API}/v1`;

type Subject = JsonObject & { kind: string; name: string };

const group = (name: string): Subject => ({ apiGroup: API, kind: "Group", name });
const account = (name: string): Subject => ({ kind: "ServiceAccount", name, namespace: "kube-system" });

const TOKENS = group("system:bootstrappers:kubeadm:default-node-token");
const NODES = group("system:nodes");

/**
 * Who may join, and what those who have joined may read: the roles and bindings that kubeadm adds to a server's own.
 * Upstream: cmd/kubeadm/app/phases/{bootstraptoken,uploadconfig,kubelet,addons,kubeconfig}.
 */
export function bootstrapRbac(): Placed[] {
  const approve = "system:certificates.k8s.io:certificatesigningrequests";
  return [
    clusterRole("kubeadm:get-nodes", [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }]),
    clusterBinding("kubeadm:get-nodes", "kubeadm:get-nodes", TOKENS),
    clusterBinding("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", TOKENS),
    clusterBinding("kubeadm:node-autoapprove-bootstrap", `${approve}:nodeclient`, TOKENS),
    clusterBinding("kubeadm:node-autoapprove-certificate-rotation", `${approve}:selfnodeclient`, NODES),
    clusterBinding("kubeadm:cluster-admins", "cluster-admin", group("kubeadm:cluster-admins")),
    clusterBinding("kubeadm:node-proxier", "system:node-proxier", account("kube-proxy")),
    clusterRole("system:coredns", [
      { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ]),
    clusterBinding("system:coredns", "system:coredns", account("coredns")),
    ...configReader("kube-system", "kubeadm:nodes-kubeadm-config", "kubeadm-config", TOKENS, NODES),
    ...configReader("kube-system", "kubeadm:kubelet-config", "kubelet-config", TOKENS, NODES),
    ...configReader("kube-system", "kube-proxy", "kube-proxy", TOKENS),
    ...configReader("kube-public", "kubeadm:bootstrap-signer-clusterinfo", "cluster-info", {
      apiGroup: API,
      kind: "User",
      name: "system:anonymous",
    }),
  ];
}

function clusterRole(name: string, rules: JsonObject[]): Placed {
  return {
    collection: `${ROOT}/clusterroles`,
    object: { apiVersion: `${API}/v1`, kind: "ClusterRole", metadata: { name }, rules },
  };
}

function clusterBinding(name: string, role: string, ...subjects: Subject[]): Placed {
  const roleRef = { apiGroup: API, kind: "ClusterRole", name: role };
  return {
    collection: `${ROOT}/clusterrolebindings`,
    object: { apiVersion: `${API}/v1`, kind: "ClusterRoleBinding", metadata: { name }, roleRef, subjects },
  };
}

/** A Role to read one ConfigMap, and its binding of the same name. */
function configReader(namespace: string, name: string, configMap: string, ...subjects: Subject[]): Placed[] {
  const place = `${ROOT}/namespaces/${namespace}`;
  const metadata = { name, namespace };
  const rules = [{ apiGroups: [""], resources: ["configmaps"], resourceNames: [configMap], verbs: ["get"] }];
  const roleRef = { apiGroup: API, kind: "Role", name };
  return [
    { collection: `${place}/roles`, object: { apiVersion: `${API}/v1`, kind: "Role", metadata, rules } },
    {
      collection: `${place}/rolebindings`,
      object: { apiVersion: `${API}/v1`, kind: "RoleBinding", metadata, roleRef, subjects },
    },
  ];
}
