import { ApiError } from "../kube/status.js";
import { warningHeader } from "../kube/warning.js";

/** A refusal, too, carries the warnings that were found before it. */
export async function warned<T>(warnings: readonly string[], write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof ApiError) || warnings.length === 0) throw error;
    const Warning = [...new Set(warnings)].map(warningHeader);
    throw new ApiError(error.status, { ...error.headers, Warning });
  }
}
