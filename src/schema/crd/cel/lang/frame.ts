import type { CelError, Value } from "./values.js";

/** What one evaluation may cost; upstream: apiserver/pkg/apis/cel/config.go, PerCallLimit. */
export const CALL_LIMIT = 1_000_000;

/** An evaluation that cost more than it may. Nothing within an expression makes up for it. */
export class CostExceeded extends Error {}

/** One evaluation: the values of the variables, and what it has cost so far. */
export class Frame {
  /** What a loop carries may be an error that a later element makes unimportant; undefined: not there yet. */
  readonly slots: (Value | CelError | undefined)[];
  cost = 0;

  constructor(variables: readonly (Value | CelError)[]) {
    this.slots = [...variables];
  }

  /** Throws {@link CostExceeded}. */
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > CALL_LIMIT) throw new CostExceeded("operation cancelled: actual cost limit exceeded");
  }
}
