import { badRequest, invalid } from "../kube/errors.js";
import { invalidValue } from "../kube/field-errors.js";
import { ApiError } from "../kube/status.js";

/** 422 with the fixed text that the real server gives whichever operation failed; it keeps the cause to itself. */
export function unprocessablePatch(): ApiError {
  return new ApiError({
    code: 422,
    reason: "Invalid",
    message: "the server rejected our request due to an error in our request",
    details: {},
  });
}

/** 500 without a reason: what upstream's patch library returns untranslated, although the client is to blame. */
export function strategicFailure(message: string): ApiError {
  return new ApiError({ code: 500, reason: "", message });
}

/**
 * Where the Go code dereferences nil or compares maps, the real server panics and drops the connection. An answer
 * serves a client better, so it gets the text of a panic that is caught further out.
 */
export function panicked(): ApiError {
  return new ApiError({
    code: 500,
    reason: "InternalError",
    message: "This request caused apiserver to panic. Look in the logs for details.",
  });
}

/**
 * 422 for a patch that applied and whose outcome is no object of the kind any more.
 * `shown` is the outcome's JSON (JSON and merge patch), or the patch as Go prints it (strategic merge).
 */
export function invalidPatch(shown: string, problem: string): ApiError {
  return invalid({ group: "", kind: "" }, "", [invalidValue("patch", shown, problem)]);
}

/** Patches as deep as a body may be, but deeper than the stack is, are refused like those too deep for Go. */
export function withinStack<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) throw badRequest("exceeded max depth");
    throw error;
  }
}
