import type { JsonObject } from "./json.js";

/** A reason inside `details.causes`. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** The fields of a metav1.Status with status "Failure". */
export interface FailureStatus {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: StatusDetails;
  /** metadata.continue: where a list whose history is gone may go on, inconsistently. */
  readonly continue?: string;
}

/** A refusal in the protocol's words: thrown anywhere, encoded as a Status at the pipeline's edge only (design D5). */
export class ApiError extends Error {
  constructor(
    readonly status: FailureStatus,
    /** Extra response headers, e.g. Retry-After or Allow. */
    readonly headers: Readonly<Record<string, string | readonly string[]>> = {},
  ) {
    super(status.message);
    this.name = "ApiError";
  }
}

/** The Status object in Go's field order: kind, apiVersion, metadata, status, message, reason, details, code. */
export function statusObject(failure: FailureStatus): JsonObject {
  const out: JsonObject = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" };
  if (failure.continue !== undefined) out.metadata = { continue: failure.continue };
  if (failure.message !== "") out.message = failure.message;
  if (failure.reason !== "") out.reason = failure.reason;
  if (failure.details) out.details = detailsObject(failure.details);
  out.code = failure.code;
  return out;
}

function detailsObject(details: StatusDetails): JsonObject {
  const out: JsonObject = {};
  if (details.name) out.name = details.name;
  if (details.group) out.group = details.group;
  if (details.kind) out.kind = details.kind;
  if (details.uid) out.uid = details.uid;
  if (details.causes && details.causes.length > 0) {
    out.causes = details.causes.map((cause) => {
      const entry: JsonObject = {};
      if (cause.reason) entry.reason = cause.reason;
      if (cause.message) entry.message = cause.message;
      if (cause.field) entry.field = cause.field;
      return entry;
    });
  }
  if (details.retryAfterSeconds) out.retryAfterSeconds = details.retryAfterSeconds;
  return out;
}
