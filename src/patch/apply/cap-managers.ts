import { compareUtf8 } from "../../kube/go-text.js";
import { type Managed, managerId, secondsOf } from "./managed.js";

const MAX_UPDATE_MANAGERS = 10;
const BUCKET = "ancient-changes";

/**
 * Merges the oldest entries of updates, per API version, until there are no more than ten of them.
 * Upstream: managedfields/internal/capmanagers.go.
 */
export function capUpdateManagers({ sets, times }: Managed): void {
  const updaters = [...sets].filter(([, { applied }]) => !applied).map(([id]) => id);
  let count = updaters.length;
  if (count <= MAX_UPDATE_MANAGERS) return;
  updaters.sort((a, b) => secondsOf(times.get(a)) - secondsOf(times.get(b)) || compareUtf8(a, b));
  const firsts = new Map<string, string>();
  for (const id of updaters) {
    if (count <= MAX_UPDATE_MANAGERS) return;
    const managed = sets.get(id)!;
    const { apiVersion } = managed;
    const first = firsts.get(apiVersion);
    if (first === undefined) {
      firsts.set(apiVersion, id);
      continue;
    }
    const bucket = managerId({ manager: BUCKET, operation: "Update", apiVersion, subresource: "" });
    const before = sets.get(bucket) ?? sets.get(first)!;
    if (!sets.has(bucket)) sets.delete(first);
    sets.set(bucket, { ...managed, set: managed.set.union(before.set) });
    if (id !== bucket) sets.delete(id);
    count--;
    times.set(bucket, times.get(id));
  }
}
