import type { Duplex } from "node:stream";
import { numberAt, objectsAt, stringAt, stringsAt } from "../kube/access.js";
import type { KubeObject } from "../kube/json.js";
import type { PodTarget, PortForwardRequest, StreamHooks } from "../streams/hooks.js";
import { PORTS_ANNOTATION } from "../streams/script/annotations.js";
import { whenOver } from "./connection.js";
import type { EtcdCluster } from "./etcd.js";
import { EtcdListener } from "./listener.js";
import { addressOf, annotationOf, etcdNode, memberOf } from "./member.js";

/** A cluster whose control plane has pods. */
export interface ControlPlaneCluster extends EtcdCluster {
  /** Takes a connection as if it had come to the cluster's own port. Undefined while nobody listens. */
  readonly take: ((connection: Duplex) => void) | undefined;
}

const ETCD_PORT = 2379;
const APISERVER_PORT = 6443;

/**
 * Answers for the ports of a control plane's static pods: etcd, and the API server itself. A pod whose annotation says
 * what is behind its ports is left to that.
 */
export function controlPlane(
  clusterOf: (name: string) => ControlPlaneCluster | undefined,
  now: () => number,
): StreamHooks {
  const etcd = new EtcdListener(now);
  return {
    serves: ({ pod }) => etcdNode(pod) !== undefined || isApiserver(pod),
    portForward(request) {
      const cluster = clusterOf(request.cluster);
      if (cluster === undefined || annotationOf(request.pod, PORTS_ANNOTATION) !== "") return undefined;
      const node = etcdNode(request.pod);
      if (node !== undefined && request.port === ETCD_PORT) return toEtcd(etcd, cluster, node, request);
      if (isApiserver(request.pod) && portsOf(request.pod).has(request.port)) return toApiserver(cluster, request);
      return undefined;
    },
  };
}

async function toEtcd(
  etcd: EtcdListener,
  cluster: EtcdCluster,
  node: string,
  { pod, connection, signal }: PortForwardRequest,
): Promise<void> {
  if (memberOf(cluster.name, pod)?.running !== true) throw refused(ETCD_PORT);
  await etcd.serve(cluster, { name: node, address: addressOf(pod, "") }, connection, signal);
}

async function toApiserver({ take }: ControlPlaneCluster, request: PortForwardRequest): Promise<void> {
  const { pod, port, connection, signal } = request;
  if (take === undefined || stringAt(pod, "status", "phase") !== "Running") throw refused(port);
  const over = whenOver(connection, signal);
  if (!connection.destroyed) take(connection);
  await over;
}

/** The words of a container runtime. */
function refused(port: number): Error {
  return new Error(`dial tcp4 127.0.0.1:${port}: connect: connection refused`);
}

function isApiserver(pod: PodTarget["pod"]): boolean {
  const node = stringAt(pod, "spec", "nodeName");
  const named = node !== "" && stringAt(pod, "metadata", "name") === `kube-apiserver-${node}`;
  const labelled = stringAt(pod, "metadata", "labels", "component") === "kube-apiserver";
  return named && labelled && stringAt(pod, "metadata", "namespace") === "kube-system";
}

/** Where a pod says that its API server listens: kubeadm's port, those of its containers, --secure-port. */
function portsOf(pod: KubeObject): ReadonlySet<number> {
  const containers = objectsAt(pod, "spec", "containers");
  const named = containers.flatMap((container) =>
    objectsAt(container, "ports").map((port) => numberAt(port, "containerPort")),
  );
  const words = containers.flatMap((container) => [
    ...stringsAt(container, "command"),
    ...stringsAt(container, "args"),
  ]);
  const flags = words.flatMap((word) => /^--secure-port=(\d{1,5})$/.exec(word)?.[1] ?? []);
  return new Set([APISERVER_PORT, ...named, ...flags.map(Number)]);
}
