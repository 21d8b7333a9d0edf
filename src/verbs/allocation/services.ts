import { assign, ensureObject, numberAt, objectsAt, stringAt, stringsAt } from "../../kube/access.js";
import { internalError, invalid } from "../../kube/errors.js";
import { invalidValue } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { formatIp, parseIp } from "../../kube/ip.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { semanticEqual } from "../../schema/strategy/index.js";
import {
  needsClusterIp,
  needsHealthCheckNodePort,
  needsNodePort,
  nodePortsOf,
  sameClusterIps,
} from "../../schema/strategy/services.js";
import { fillFamilies, SERVICE } from "./families.js";
import { giveHealthCheckPort, giveNodePorts, updateNodePorts } from "./node-ports.js";
import { IpPool, PortPool, type PortRange, Unavailable } from "./ranges.js";

const CLUSTER_IPS = FieldPath.of("spec", "clusterIPs");

/** Where cluster IPs and node ports come from. */
export interface ServiceRanges {
  /** As --service-cluster-ip-range: one family, e.g. "10.0.0.0/24". */
  readonly clusterCidr: string;
  /** As --service-node-port-range. */
  readonly nodePorts?: PortRange;
  /** Nothing will be stored. */
  readonly dryRun?: boolean;
}

/**
 * Gives a new service its cluster IP and ports, before it is validated; upstream: registry/core/service/storage
 * (beginCreate). What is taken is read off the services that exist. Throws 422, and 500 for a full range.
 */
export function allocateForCreate(service: KubeObject, services: Iterable<KubeObject>, ranges: ServiceRanges): void {
  const spec = ensureObject(service, "spec");
  const ip = stringAt(spec, "clusterIP");
  if (ip !== "" && stringsAt(spec, "clusterIPs").length === 0) spec.clusterIPs = [ip];
  const pools = poolsOf(services, ranges);
  fillFamilies(service, undefined, pools.ips.family);
  giveClusterIps(service, pools.ips);
  if (needsNodePort(service)) giveNodePorts(service, pools.ports, seedOf(service));
  giveHealthCheckPort(service, undefined, pools.ports, seedOf(service));
}

/** The same for a change of `old` (beginUpdate). What the client left out and needs not change is kept. */
export function allocateForUpdate(
  service: KubeObject,
  old: KubeObject,
  services: Iterable<KubeObject>,
  ranges: ServiceRanges,
): void {
  keepAllocated(service, old);
  followClusterIp(service, old);
  const pools = poolsOf(services, ranges);
  if (!isUnchangedDualStack(service, old)) fillFamilies(service, old, pools.ips.family);
  if (!needsClusterIp(old) && needsClusterIp(service)) giveClusterIps(service, pools.ips);
  if (needsNodePort(service)) updateNodePorts(service, old, pools.ports, seedOf(service));
  giveHealthCheckPort(service, old, pools.ports, seedOf(service));
}

function poolsOf(services: Iterable<KubeObject>, ranges: ServiceRanges): { ips: IpPool; ports: PortPool } {
  const ips = new Set<string>();
  const ports = new Set<number>();
  for (const service of services) {
    for (const ip of stringsAt(service, "spec", "clusterIPs")) {
      const address = parseIp(ip);
      if (address) ips.add(formatIp(address));
    }
    for (const port of nodePortsOf(service)) ports.add(port);
    const check = numberAt(service, "spec", "healthCheckNodePort");
    if (check !== 0) ports.add(check);
  }
  const options = { dryRun: ranges.dryRun ?? false };
  return { ips: new IpPool(ranges.clusterCidr, ips, options), ports: new PortPool(ports, ranges.nodePorts, options) };
}

/** Where a service's search begins: as random as its uid, and as repeatable. */
function seedOf(service: KubeObject): bigint {
  const digits = (service.metadata.uid ?? "").replace(/[^0-9a-f]/g, "").slice(0, 12);
  return digits === "" ? 0n : BigInt(`0x${digits}`);
}

function giveClusterIps(service: KubeObject, pool: IpPool): void {
  const spec = ensureObject(service, "spec");
  const ips = stringsAt(spec, "clusterIPs");
  if (!needsClusterIp(service) || ips[0] === "None") return;
  const asked = ips[0] ?? "";
  try {
    if (asked === "") spec.clusterIP = pool.next(seedOf(service));
    else pool.take(asked);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    if (asked === "") throw internalError(`failed to allocate a serviceIP: ${error.message}`);
    const detail = `failed to allocate IP ${asked}: ${error.message}`;
    throw invalid(SERVICE, service.metadata.name ?? "", [invalidValue(CLUSTER_IPS, ips, detail)]);
  }
  if (asked === "") spec.clusterIPs = [spec.clusterIP!];
}

/** A client that doesn't know the fields must not lose them; upstream: patchAllocatedValues. */
function keepAllocated(service: KubeObject, old: KubeObject): void {
  const spec = ensureObject(service, "spec");
  const before = ensureObject(old, "spec");
  if (needsClusterIp(old) && needsClusterIp(service)) {
    if (stringAt(spec, "clusterIP") === "") assign(spec, "clusterIP", before.clusterIP);
    if (stringsAt(spec, "clusterIPs").length === 0) assign(spec, "clusterIPs", before.clusterIPs);
  }
  if (needsNodePort(old) && needsNodePort(service)) keepNodePorts(service, old);
  if (needsHealthCheckNodePort(old) && needsHealthCheckNodePort(service) && !spec.healthCheckNodePort) {
    assign(spec, "healthCheckNodePort", before.healthCheckNodePort);
  }
}

function keepNodePorts(service: KubeObject, old: KubeObject): void {
  const current = new Set(nodePortsOf(service));
  const used = new Set(nodePortsOf(old).filter((port) => current.has(port)));
  const byName = new Map(objectsAt(old, "spec", "ports").map((port) => [stringAt(port, "name"), port] as const));
  for (const port of objectsAt(service, "spec", "ports")) {
    const before = numberAt(byName.get(stringAt(port, "name")) as JsonObject | undefined, "nodePort");
    if (numberAt(port, "nodePort") !== 0 || before === 0 || used.has(before)) continue;
    port.nodePort = before;
    used.add(before);
  }
}

/** A changed clusterIP takes clusterIPs along where the client left those alone; upstream: normalizeClusterIPs. */
function followClusterIp(service: KubeObject, old: KubeObject): void {
  const spec = ensureObject(service, "spec");
  const [ip, before] = [stringAt(spec, "clusterIP"), stringAt(old, "spec", "clusterIP")];
  if (ip === before || !semanticEqual(spec.clusterIPs, stringsAt(old, "spec", "clusterIPs"))) return;
  assign(spec, "clusterIPs", before !== "" && ip === "" ? undefined : [ip]);
}

function isUnchangedDualStack(service: KubeObject, old: KubeObject): boolean {
  const prefers = (object: KubeObject): boolean => stringAt(object, "spec", "ipFamilyPolicy") === "PreferDualStack";
  const sameFamilies = semanticEqual(stringsAt(service, "spec", "ipFamilies"), stringsAt(old, "spec", "ipFamilies"));
  const sameType = stringAt(service, "spec", "type") === stringAt(old, "spec", "type");
  return prefers(service) && prefers(old) && sameType && sameClusterIps(service, old) && sameFamilies;
}

/** The IPAddress objects that go with a service's cluster IPs, named by address; upstream: ipallocator. */
export function ipAddressesOf(service: KubeObject): KubeObject[] {
  const { name = "", namespace = "" } = service.metadata;
  return stringsAt(service, "spec", "clusterIPs").flatMap((ip) => {
    const address = parseIp(ip);
    if (!address) return [];
    const labels = {
      "ipaddress.kubernetes.io/ip-family": `IPv${address.family}`,
      "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
    };
    const parentRef = { resource: "services", namespace, name };
    const metadata = { name: formatIp(address), labels };
    return [{ apiVersion: "networking.k8s.io/v1", kind: "IPAddress", metadata, spec: { parentRef } }];
  });
}
