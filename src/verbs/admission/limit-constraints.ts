import type { Quantity } from "../../kube/quantity.js";
import type { Amounts } from "./pod-resources.js";

/** The bounds of a LimitRange and what is said of a breach; upstream: plugin/pkg/admission/limitranger/admission.go. */
type Breach = string | undefined;

export function minimum(type: string, name: string, bound: Quantity, requests: Amounts, limits: Amounts): Breach {
  const [request, limit] = [requests.get(name), limits.get(name)];
  const rule = `minimum ${name} usage per ${type} is ${bound}`;
  // Two spaces, as upstream has them.
  if (!request) return `${rule}.  No request is specified`;
  if (request.compare(bound) < 0) return `${rule}, but request is ${request}`;
  return limit && limit.compare(bound) < 0 ? `${rule}, but limit is ${limit}` : undefined;
}

export function maximum(type: string, name: string, bound: Quantity, requests: Amounts, limits: Amounts): Breach {
  const [request, limit] = [requests.get(name), limits.get(name)];
  const rule = `maximum ${name} usage per ${type} is ${bound}`;
  if (!limit) return `${rule}.  No limit is specified`;
  if (limit.compare(bound) > 0) return `${rule}, but limit is ${limit}`;
  return request && request.compare(bound) > 0 ? `${rule}, but request is ${request}` : undefined;
}

export function maximumRequest(type: string, name: string, bound: Quantity, requests: Amounts): Breach {
  const request = requests.get(name);
  const rule = `maximum ${name} usage per ${type} is ${bound}`;
  if (!request) return `${rule}.  No request is specified`;
  return request.compare(bound) > 0 ? `${rule}, but request is ${request}` : undefined;
}

export function ratio(type: string, name: string, bound: Quantity, requests: Amounts, limits: Amounts): Breach {
  const [request, limit] = [requests.get(name), limits.get(name)];
  const rule = `${name} max limit to request ratio per ${type} is ${bound}`;
  if (!request || request.isZero) return `${rule}, but no request is specified or request is 0`;
  if (!limit || limit.isZero) return `${rule}, but no limit is specified or limit is 0`;
  const observed = Number(limit.scaled(-3)) / Number(request.scaled(-3));
  const allowed = Number(bound.scaled(-3)) / 1000;
  return observed > allowed ? `${rule}, but provided ratio is ${observed.toFixed(6)}` : undefined;
}
