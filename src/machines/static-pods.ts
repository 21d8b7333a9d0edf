import { timestamp } from "../kube/clock.js";
import type { JsonObject } from "../kube/json.js";
import { hexOf, internalAddress } from "./addresses.js";
import type { NodeSpec } from "./spec.js";
import { imagesFor, REGISTRY } from "./versions.js";
import type { NamedObject } from "./writes.js";

interface Component {
  readonly image: string;
  readonly command: readonly string[];
  readonly probe: { readonly path: string; readonly port: number; readonly scheme: string };
  readonly cpu: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly container?: JsonObject;
}

/** A static pod as the API shows it: a mirror of what its kubelet runs, in two writes since creation drops the status. */
export interface StaticPod {
  readonly object: NamedObject;
  readonly status: JsonObject;
  readonly image: string;
}

/** The static pods of a control-plane node, none of any other. `now`: milliseconds since the epoch. */
export function staticPods(spec: NodeSpec, now: number): StaticPod[] {
  return Object.entries(components(spec)).map(([name, component]) => staticPod(spec, name, component, now));
}

function components(spec: NodeSpec): Readonly<Record<string, Component>> {
  if (spec.controlPlane === undefined) return {};
  const { etcd, bindPort = 6443 } = spec.controlPlane;
  const address = internalAddress(spec);
  const image = (name: string, tag = spec.version) => `${REGISTRY}/${name}:${tag}`;
  const conf = (name: string) => `--kubeconfig=/etc/kubernetes/${name}.conf`;
  return {
    "kube-apiserver": {
      image: image("kube-apiserver"),
      command: ["kube-apiserver", `--advertise-address=${address}`, `--secure-port=${bindPort}`],
      probe: { path: "/livez", port: bindPort, scheme: "HTTPS" },
      cpu: "250m",
      annotations: { "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint": `${address}:${bindPort}` },
      container: { ports: [{ name: "probe-port", containerPort: bindPort, hostPort: bindPort, protocol: "TCP" }] },
    },
    "kube-controller-manager": {
      image: image("kube-controller-manager"),
      command: ["kube-controller-manager", conf("controller-manager"), "--leader-elect=true"],
      probe: { path: "/healthz", port: 10257, scheme: "HTTPS" },
      cpu: "200m",
    },
    "kube-scheduler": {
      image: image("kube-scheduler"),
      command: ["kube-scheduler", conf("scheduler"), "--leader-elect=true"],
      probe: { path: "/livez", port: 10259, scheme: "HTTPS" },
      cpu: "100m",
    },
    ...(etcd === "stacked"
      ? { etcd: etcdComponent(spec.name, address, image("etcd", imagesFor(spec.version).etcd)) }
      : {}),
  };
}

function etcdComponent(node: string, address: string, image: string): Component {
  const urls = `https://${address}:2379`;
  return {
    image,
    command: [
      "etcd",
      `--name=${node}`,
      `--advertise-client-urls=${urls}`,
      `--listen-client-urls=https://127.0.0.1:2379,${urls}`,
      `--initial-advertise-peer-urls=https://${address}:2380`,
      "--data-dir=/var/lib/etcd",
    ],
    probe: { path: "/livez", port: 2381, scheme: "HTTP" },
    cpu: "100m",
    annotations: { "kubeadm.kubernetes.io/etcd.advertise-client-urls": urls },
  };
}

function staticPod(spec: NodeSpec, name: string, component: Component, now: number): StaticPod {
  const hash = hexOf("manifest", spec.name, name, component.image);
  const { image, command, probe, cpu, annotations, container } = component;
  const httpGet = { ...probe, host: "127.0.0.1" };
  return {
    image,
    object: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `${name}-${spec.name}`,
        namespace: "kube-system",
        labels: { component: name, tier: "control-plane" },
        annotations: {
          ...annotations,
          "kubernetes.io/config.hash": hash,
          "kubernetes.io/config.mirror": hash,
          "kubernetes.io/config.seen": timestamp(now),
          "kubernetes.io/config.source": "file",
        },
      },
      spec: {
        nodeName: spec.name,
        hostNetwork: true,
        priorityClassName: "system-node-critical",
        priority: 2_000_001_000,
        securityContext: { seccompProfile: { type: "RuntimeDefault" } },
        tolerations: [{ effect: "NoExecute", operator: "Exists" }],
        containers: [
          {
            name,
            image,
            imagePullPolicy: "IfNotPresent",
            command: [...command],
            resources: { requests: { cpu } },
            livenessProbe: { httpGet, initialDelaySeconds: 10, timeoutSeconds: 15, failureThreshold: 8 },
            ...container,
          },
        ],
      },
    },
    status: runningStatus(
      { name, image, address: internalAddress(spec), id: hexOf("container", spec.name, name) },
      now,
    ),
  };
}

function runningStatus(of: { name: string; image: string; address: string; id: string }, now: number): JsonObject {
  const time = timestamp(now);
  const types = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
  return {
    phase: "Running",
    conditions: types.map((type) => ({ type, status: "True", lastTransitionTime: time })),
    hostIP: of.address,
    hostIPs: [{ ip: of.address }],
    podIP: of.address,
    podIPs: [{ ip: of.address }],
    startTime: time,
    containerStatuses: [
      {
        name: of.name,
        image: of.image,
        imageID: "",
        containerID: `containerd://${of.id}`,
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: time } },
      },
    ],
  };
}
