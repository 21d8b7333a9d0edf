import {
  type Endpoint,
  LIST_ENDPOINT,
  negotiate,
  negotiateWatch,
  RESOURCE_ENDPOINT,
  type Representation,
  UNTABLED_ENDPOINT,
} from "../codec/negotiate.js";
import type { Scope } from "./scope.js";

/** How the client wants its answer. @throws ApiError 406 */
export function representation(scope: Scope): Representation {
  const { headers, query, info } = scope.request;
  return negotiate(headers, query, info.verb === "list" ? LIST_ENDPOINT : endpointOf(scope));
}

/** Reviews, bindings, tokens have no Table. */
function endpointOf({ def, subresource }: Scope): Endpoint {
  const untabled = subresource ? ["token", "eviction", "binding"].includes(subresource.name) : !def.storage;
  return untabled ? UNTABLED_ENDPOINT : RESOURCE_ENDPOINT;
}

/** @throws ApiError 406 */
export function watchRepresentation(scope: Scope): Representation {
  const { headers, query } = scope.request;
  return negotiateWatch(headers, query, LIST_ENDPOINT);
}
