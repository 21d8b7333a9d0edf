/** What a control plane leaves in its cluster: a node, its three static pods and kubeadm's configuration. */
export function clusterObjects(index: number): { readonly path: string; readonly object: string }[] {
  const node = `control-plane-${index}`;
  const pods = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map((name) => pod(name, node));
  return [
    { path: "/api/v1/nodes", object: JSON.stringify(nodeObject(node, index)) },
    ...pods.map((object) => ({ path: "/api/v1/namespaces/kube-system/pods", object: JSON.stringify(object) })),
    { path: "/api/v1/namespaces/kube-system/configmaps", object: JSON.stringify(kubeadmConfig(index)) },
  ];
}

function nodeObject(name: string, index: number) {
  const quantities = { cpu: "2", memory: "4Gi", pods: "110", "ephemeral-storage": "100Gi" };
  const condition = (type: string, status: string, reason: string) => ({
    ...{ type, status, reason, message: `kubelet reports ${reason}` },
    ...{ lastHeartbeatTime: "2026-01-01T00:00:00Z", lastTransitionTime: "2026-01-01T00:00:00Z" },
  });
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node-role.kubernetes.io/control-plane": "",
      },
      annotations: {
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
      },
    },
    spec: { podCIDR: `10.244.${index % 256}.0/24`, providerID: `metal3://${name}`, taints: [] },
    status: {
      capacity: quantities,
      allocatable: quantities,
      conditions: [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID"),
        condition("Ready", "True", "KubeletReady"),
      ],
      addresses: [
        { type: "InternalIP", address: "192.0.2.1" },
        { type: "Hostname", address: name },
      ],
      nodeInfo: {
        ...{ machineID: "m", systemUUID: "s", bootID: "b", kernelVersion: "6.1.0", osImage: "Linux" },
        ...{ containerRuntimeVersion: "containerd://2.0.0", kubeletVersion: "v1.34.4", kubeProxyVersion: "" },
        ...{ operatingSystem: "linux", architecture: "amd64" },
      },
    },
  };
}

function pod(name: string, node: string) {
  const args = Array.from({ length: 25 }, (_, i) => `--flag-number-${i}=/etc/kubernetes/pki/file-${i}.crt`);
  const probe = {
    httpGet: { path: "/livez", port: 6443, scheme: "HTTPS" },
    initialDelaySeconds: 10,
    timeoutSeconds: 15,
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${name}-${node}`,
      namespace: "kube-system",
      labels: { component: name, tier: "control-plane" },
      annotations: { "kubernetes.io/config.hash": "0123456789abcdef", "kubernetes.io/config.source": "file" },
    },
    spec: {
      nodeName: node,
      hostNetwork: true,
      priorityClassName: "system-node-critical",
      containers: [
        {
          ...{ name, image: `registry.k8s.io/${name}:v1.34.4`, command: [name, ...args], livenessProbe: probe },
          resources: { requests: { cpu: "250m" } },
          volumeMounts: [{ name: "k8s-certs", mountPath: "/etc/kubernetes/pki", readOnly: true }],
        },
      ],
      volumes: [{ name: "k8s-certs", hostPath: { path: "/etc/kubernetes/pki", type: "DirectoryOrCreate" } }],
    },
  };
}

function kubeadmConfig(index: number) {
  const lines = Array.from({ length: 30 }, (_, i) => `setting-${i}: value of cluster ${index}`);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "kubeadm-config", namespace: "kube-system" },
    data: {
      ClusterConfiguration: ["apiVersion: kubeadm.k8s.io/v1beta4", "kind: ClusterConfiguration", ...lines].join("\n"),
    },
  };
}
