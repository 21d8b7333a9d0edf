import { numberAt, objectsAt, valueAt } from "../../kube/access.js";
import { internalError, invalid } from "../../kube/errors.js";
import { invalidValue } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { KubeObject } from "../../kube/json.js";
import { ApiError } from "../../kube/status.js";
import { needsHealthCheckNodePort, nodePortsOf, typeOf } from "../../schema/strategy/services.js";
import { SERVICE } from "./families.js";
import { type PortPool, Unavailable } from "./ranges.js";

const PORTS = FieldPath.of("spec", "ports");

/** A load balancer may do without node ports of its own. */
function wantsNodePorts(service: KubeObject): boolean {
  if (typeOf(service) === "NodePort") return true;
  return typeOf(service) === "LoadBalancer" && valueAt(service, "spec", "allocateLoadBalancerNodePorts") !== false;
}

/** Node ports of a new service; the same port in two protocols shares one. Throws 422 and 500. */
export function giveNodePorts(service: KubeObject, pool: PortPool, seed: bigint): void {
  const ports = objectsAt(service, "spec", "ports");
  const given = new Map<number, number>();
  for (const [index, port] of ports.entries()) {
    const asked = numberAt(port, "nodePort");
    if (asked === 0 && !wantsNodePorts(service)) continue;
    const number = numberAt(port, "port");
    const shared = given.get(number);
    if (shared === undefined) {
      const wanted = ports.map((other) => (numberAt(other, "port") === number ? numberAt(other, "nodePort") : 0));
      const requested = wanted.find((candidate) => candidate !== 0);
      const chosen = requested === undefined ? generate(pool, seed) : take(service, index, requested, pool);
      given.set(number, chosen);
      port.nodePort = chosen;
    } else if (asked === 0) port.nodePort = shared;
    else if (asked !== shared) take(service, index, asked, pool);
  }
}

/** Node ports of a changed service: those it had stay its own. Throws 422 and 500. */
export function updateNodePorts(service: KubeObject, old: KubeObject, pool: PortPool, seed: bigint): void {
  const own = new Set(nodePortsOf(old));
  const seen = new Set<string>();
  for (const [index, port] of objectsAt(service, "spec", "ports").entries()) {
    const asked = numberAt(port, "nodePort");
    if (asked === 0 && !wantsNodePorts(service)) continue;
    if (asked === 0) port.nodePort = generate(pool, seed);
    else if (!own.has(asked)) {
      take(service, index, asked, pool);
      own.add(asked);
    }
    const key = `${port.protocol} ${port.nodePort}`;
    if (seen.has(key)) {
      const message = `duplicate nodePort: {${port.protocol} ${port.nodePort}}`;
      throw new ApiError({ code: 500, reason: "", message });
    }
    seen.add(key);
  }
}

export function giveHealthCheckPort(
  service: KubeObject,
  old: KubeObject | undefined,
  pool: PortPool,
  seed: bigint,
): void {
  if (!needsHealthCheckNodePort(service) || (old && needsHealthCheckNodePort(old))) return;
  const spec = service.spec as { healthCheckNodePort?: number };
  const asked = spec.healthCheckNodePort ?? 0;
  try {
    if (asked === 0) spec.healthCheckNodePort = pool.next(seed);
    else pool.take(asked);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    const what = asked === 0 ? `a HealthCheck NodePort ${asked}` : `requested HealthCheck NodePort ${asked}`;
    throw internalError(`failed to allocate ${what}: ${error.message}`);
  }
}

function take(service: KubeObject, index: number, port: number, pool: PortPool): number {
  try {
    pool.take(port);
    return port;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    const at = PORTS.index(index).child("nodePort");
    throw invalid(SERVICE, service.metadata.name ?? "", [invalidValue(at, port, error.message)]);
  }
}

function generate(pool: PortPool, seed: bigint): number {
  try {
    return pool.next(seed);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    throw internalError(`failed to allocate a nodePort: ${error.message}`);
  }
}
