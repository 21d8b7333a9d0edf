import {
  CUSTOM_RESOURCE_ENDPOINT,
  type Endpoint,
  LIST_ENDPOINT,
  negotiate,
  negotiateWatch,
  RESOURCE_ENDPOINT,
  type Representation,
  UNTABLED_ENDPOINT,
} from "../codec/negotiate.js";
import type { Scope } from "./scope.js";

/** A Scale is an object of the server's own, which can be written in every format. */
const CUSTOM_SCALE_ENDPOINT: Endpoint = { ...CUSTOM_RESOURCE_ENDPOINT, allows: RESOURCE_ENDPOINT.allows };

/** How the client wants its answer. @throws ApiError 406 */
export function representation(scope: Scope): Representation {
  const { headers, query, info } = scope.request;
  const listed = info.verb === "list" && !scope.def.served;
  return negotiate(headers, query, listed ? LIST_ENDPOINT : endpointOf(scope));
}

/** Reviews, bindings, tokens have no Table. */
function endpointOf({ def, subresource }: Scope): Endpoint {
  if (def.served) return subresource?.name === "scale" ? CUSTOM_SCALE_ENDPOINT : CUSTOM_RESOURCE_ENDPOINT;
  const untabled = subresource ? ["token", "eviction", "binding"].includes(subresource.name) : !def.storage;
  return untabled ? UNTABLED_ENDPOINT : RESOURCE_ENDPOINT;
}

/** @throws ApiError 406 */
export function watchRepresentation(scope: Scope): Representation {
  const { headers, query } = scope.request;
  return negotiateWatch(headers, query, scope.def.served ? CUSTOM_RESOURCE_ENDPOINT : LIST_ENDPOINT);
}
