import { numberAt, objectsAt, stringAt } from "../../kube/access.js";
import { badRequest, notFound } from "../../kube/errors.js";
import type { KubeObject } from "../../kube/json.js";
import { ApiError } from "../../kube/status.js";
import type { PodTarget } from "../../streams/hooks.js";
import { isScripted } from "../../streams/script/annotations.js";
import { readOne } from "../get.js";
import { readStored } from "../objects.js";
import { type Scope, storageKey, storageOf } from "../scope.js";

/** The pod of a request. @throws ApiError 404 */
export function podTarget(scope: Scope): PodTarget {
  return targetOf(scope, readStored(readOne(scope), storageOf(scope)));
}

export function targetOf({ deps, namespace, name }: Scope, pod: KubeObject): PodTarget {
  return { cluster: deps.clusterName, namespace, name, pod };
}

/** The container that is meant; upstream: pkg/registry/core/pod/strategy.go, validateContainer. @throws ApiError 400 */
export function containerOf({ pod, name }: PodTarget, wanted: string): string {
  const names = ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    objectsAt(pod, "spec", list).map((container) => stringAt(container, "name")),
  );
  if (wanted !== "") {
    if (names.includes(wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  }
  const containers = objectsAt(pod, "spec", "containers");
  if (containers.length === 1) return stringAt(containers[0], "name");
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]`);
}

/** Whether somebody answers for a pod, whatever its node. */
export function isServed(scope: Scope, target: PodTarget): boolean {
  return isScripted(target.pod) || scope.deps.streams.serves(target);
}

export interface Kubelet {
  readonly host: string;
  readonly port: number;
}

/** kube-apiserver's --kubelet-preferred-address-types. */
const ADDRESS_TYPES = ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"];
const KUBELET_PORT = 10_250;

/**
 * Where a node's kubelet would be; upstream: pkg/kubelet/client/kubelet_client.go. The refusals name the resource of the
 * request, as upstream's do. @throws ApiError 404; 500 for a node without an address
 */
export function kubeletOf(scope: Scope, nodeName: string): Kubelet {
  const nodes = scope.deps.registry.lookup("", "v1", "nodes")!;
  const stored = scope.deps.store().get(storageKey(nodes, "", nodeName));
  if (!stored) throw notFound(scope.def.gvr, nodeName);
  const node = readStored(stored, nodes.storage!);
  const addresses = objectsAt(node, "status", "addresses");
  for (const type of ADDRESS_TYPES) {
    const found = addresses.find((address) => stringAt(address, "type") === type);
    if (found === undefined) continue;
    const port = numberAt(node, "status", "daemonEndpoints", "kubeletEndpoint", "Port");
    return { host: stringAt(found, "address"), port: port > 0 ? port : KUBELET_PORT };
  }
  const known = addresses.map((address) => `{${stringAt(address, "type")} ${stringAt(address, "address")}}`);
  const message = `no preferred addresses found; known addresses: [${known.join(" ")}]`;
  throw new ApiError({ code: 500, reason: "", message });
}

/** Sees that a pod's kubelet could be reached, where nobody answers for the pod. @throws ApiError */
export function checkNode(scope: Scope, target: PodTarget): void {
  if (isServed(scope, target)) return;
  const nodeName = stringAt(target.pod, "spec", "nodeName");
  if (nodeName === "") throw badRequest(`pod ${target.name} does not have a host assigned`);
  kubeletOf(scope, nodeName);
}

/** Connections are no writes that could be tried. @throws ApiError 400 */
export function refuseDryRun({ request }: Scope): void {
  if (request.query.has("dryRun")) throw badRequest("dryRun is not supported");
}
