import type { FieldError } from "../../kube/field-errors.js";
import type { KubeObject } from "../../kube/json.js";

/** What an endpoint refuses, and warns of. */
export interface UpdateChecks {
  readonly validateUpdate?: (object: KubeObject, old: KubeObject) => FieldError[];
  readonly updateWarnings?: (object: KubeObject, old: KubeObject) => string[];
}

/** What the server refuses of one kind; upstream: pkg/apis/<group>/validation. Objects are in the storage version. */
export interface KindChecks extends UpdateChecks {
  readonly validateCreate?: (object: KubeObject) => FieldError[];
  readonly createWarnings?: (object: KubeObject) => string[];
  readonly subresources?: Readonly<Record<string, UpdateChecks>>;
}
