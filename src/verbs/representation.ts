import {
  LIST_ENDPOINT,
  negotiate,
  negotiateWatch,
  RESOURCE_ENDPOINT,
  type Representation,
} from "../codec/negotiate.js";
import type { Scope } from "./scope.js";

/** How the client wants its answer. @throws ApiError 406 */
export function representation(scope: Scope): Representation {
  const { headers, query, info } = scope.request;
  return negotiate(headers, query, info.verb === "list" ? LIST_ENDPOINT : RESOURCE_ENDPOINT);
}

/** @throws ApiError 406 */
export function watchRepresentation(scope: Scope): Representation {
  const { headers, query } = scope.request;
  return negotiateWatch(headers, query, LIST_ENDPOINT);
}
