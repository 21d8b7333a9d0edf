import { ApiError } from "../../kube/status.js";
import { EtcdError } from "../etcd/error.js";

/** How long a write is tried, as long as kube-apiserver tries it; upstream: endpoints/handlers/rest.go. */
export const WRITE_MS = 34_000;

/** What kube-apiserver answers to a write that etcd has not answered in {@link WRITE_MS}. */
export function timedOut(): ApiError {
  const message = "Timeout: request did not complete within requested timeout - context deadline exceeded";
  return new ApiError({ code: 504, reason: "Timeout", message, details: {} });
}

/** Somebody else serves the cluster, or nobody knows. Clients come again soon. */
export function notServed(message: string): ApiError {
  const status = { code: 503, reason: "ServiceUnavailable", message, details: { retryAfterSeconds: 1 } };
  return new ApiError(status, { "Retry-After": "1" });
}

/** What etcd refuses, in its own words, as kube-apiserver passes them on: without a reason. */
export function refused(error: unknown): unknown {
  if (!(error instanceof EtcdError)) return error;
  if (isUnanswered(error)) return timedOut();
  return new ApiError({ code: 500, reason: "", message: error.message });
}

/** Whether it is unknown what etcd has done, or will do. */
export function isUnanswered(error: unknown): boolean {
  if (!(error instanceof EtcdError)) return false;
  if (["UNAVAILABLE", "DEADLINE_EXCEEDED"].includes(error.code)) return true;
  return error.code === "UNKNOWN" && /leader|timed out/.test(error.message);
}
