import { objectsAt } from "../../../kube/access.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";

/** What checks of containers need to know of the pod around them. */
export interface PodScope {
  /** A Pod itself, not the template of another kind. */
  readonly isPod: boolean;
  /** False: the pod has a user namespace of its own. */
  readonly hostUsers: boolean;
  readonly restartPolicy: string;
  readonly gracePeriod: number | undefined;
  /** Valid volumes by name. */
  readonly volumes: ReadonlyMap<string, JsonObject>;
  /** Names of the pod's resource claims. */
  readonly claims: ReadonlySet<string>;
}

export const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;

/** Every container with its path, in upstream's order of visiting. */
export function containersWithPaths(spec: JsonObject, path: FieldPath): [JsonObject, FieldPath][] {
  return CONTAINER_LISTS.flatMap((list) =>
    objectsAt(spec, list).map((container, index): [JsonObject, FieldPath] => [
      container,
      path.child(list).index(index),
    ]),
  );
}
