import type { FieldError } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { Json } from "../../kube/json.js";

/** The rules (x-kubernetes-validations) of a schema and all below it, compiled. */
export interface RuleSet {
  /**
   * `old` undefined: there was nothing, so rules about transitions have nothing to say. With `ratchets`, what did not
   * change may go on breaking rules: it is warned of.
   */
  validate(value: Json, old: Json | undefined, path: FieldPath, ratchets?: boolean): RuleFindings;
}

export interface RuleFindings {
  readonly errors: FieldError[];
  readonly warnings: string[];
}
