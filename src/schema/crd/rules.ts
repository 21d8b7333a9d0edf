import type { FieldError } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { Json } from "../../kube/json.js";

/** The rules (x-kubernetes-validations) of a schema and all below it, compiled. */
export interface RuleSet {
  /** `old` undefined: there was nothing, so rules about transitions have nothing to say. */
  validate(value: Json, old: Json | undefined, path: FieldPath): FieldError[];
}
