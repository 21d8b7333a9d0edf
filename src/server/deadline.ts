import { parseDuration } from "../codec/json/duration.js";
import { DecodeError } from "../codec/json/errors.js";
import { badRequest } from "../kube/errors.js";
import type { RequestInfo } from "../kube/request-info.js";
import { isLongRunning } from "./long-running.js";

/**
 * `?timeout=` is read for requests that end, before anybody asks who sends them; every answer is immediate here, so
 * that it only has to be well formed. Upstream: apiserver/pkg/endpoints/filters/request_deadline.go. @throws ApiError 400
 */
export function checkTimeout(info: RequestInfo, query: URLSearchParams): void {
  if (query.size === 0) return;
  const timeout = query.get("timeout") ?? "";
  if (timeout === "" || isLongRunning(info)) return;
  try {
    parseDuration(timeout);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(`invalid timeout specified in the request URL - ${error.message}`);
  }
}
