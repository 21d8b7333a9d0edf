import type { FieldError } from "../../kube/field-errors.js";
import type { KubeObject } from "../../kube/json.js";

/** What of a cluster a check may ask for. */
export interface Surroundings {
  /** Of the namespace that the object is in. */
  namespaceLabels(): Readonly<Record<string, string>>;
}

/** What an endpoint refuses, and warns of. */
export interface UpdateChecks {
  /** What depends on more than the object; comes before the rest. `old` is undefined for a new object. */
  readonly authorize?: (object: KubeObject, old: KubeObject | undefined, around: Surroundings) => FieldError[];
  readonly validateUpdate?: (object: KubeObject, old: KubeObject) => FieldError[];
  readonly updateWarnings?: (object: KubeObject, old: KubeObject) => string[];
}

/** What the server refuses of one kind; upstream: pkg/apis/<group>/validation. Objects are in the storage version. */
export interface KindChecks extends UpdateChecks {
  readonly validateCreate?: (object: KubeObject) => FieldError[];
  readonly createWarnings?: (object: KubeObject) => string[];
  readonly subresources?: Readonly<Record<string, UpdateChecks>>;
}
