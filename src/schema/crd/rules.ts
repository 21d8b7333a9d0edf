import type { FieldError } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { Json } from "../../kube/json.js";

/** The rules (x-kubernetes-validations) of a schema and all below it, compiled. */
export interface RuleSet {
  /**
   * `old` undefined: there was nothing, so rules about transitions have nothing to say. With `ratchets`, what did not
   * change may go on breaking rules: it is warned of. `budget`: a new one if there is none.
   */
  validate(value: Json, old: Json | undefined, path: FieldPath, ratchets?: boolean, budget?: RuleBudget): RuleFindings;
}

/** What evaluating rules may cost altogether; upstream: apiserver/pkg/apis/cel/config.go, RuntimeCELCostBudget. */
const BUDGET = 10_000_000;

/** What is left to evaluate rules with. Once it was not enough, no further rules are evaluated. */
export class RuleBudget {
  #left: number;

  constructor(left = BUDGET) {
    this.#left = left;
  }

  get left(): number {
    return this.#left;
  }

  get exhausted(): boolean {
    return this.#left < 0;
  }

  /** False: there is not so much left. */
  spend(cost: number): boolean {
    if (cost > this.#left) this.exhaust();
    else this.#left -= cost;
    return !this.exhausted;
  }

  exhaust(): void {
    this.#left = -1;
  }
}

export interface RuleFindings {
  readonly errors: FieldError[];
  readonly warnings: string[];
}
