import { applyConflict } from "../../kube/errors.js";
import { compareUtf8 } from "../../kube/go-text.js";
import type { ApiError } from "../../kube/status.js";
import { describeManager } from "./managed.js";
import type { Conflict } from "./updater.js";

/** 409 with a cause per field. Upstream: managedfields/internal/conflict.go; its order of managers is a map's. */
export function conflictFailure(conflicts: readonly Conflict[]): ApiError {
  const sorted = [...conflicts].sort((a, b) => compareUtf8(a.managerId, b.managerId));
  const causes = sorted.map(({ managerId, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${describeManager(managerId)}`,
    field: path.join(""),
  }));
  return applyConflict(causes, messageOf(sorted));
}

function messageOf(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${describeManager(first.managerId)}: ${first.path.join("")}`;
  }
  const lines: string[] = [];
  let manager: string | undefined;
  for (const { managerId, path } of conflicts) {
    if (managerId !== manager) lines.push(`conflicts with ${describeManager(managerId)}:`);
    manager = managerId;
    lines.push(`- ${path.join("")}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}
