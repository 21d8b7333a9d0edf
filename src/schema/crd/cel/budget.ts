import type { FieldPath } from "../../../kube/field-path.js";
import { MAX } from "./cost/range.js";

/** What a rule, and all rules of a schema together, may cost; upstream: apis/apiextensions/validation/validation.go. */
export const RULE_LIMIT = 10_000_000;
export const CRD_LIMIT = 100_000_000;

export function timesOften(cost: number, often: number): number {
  return cost === 0 ? 0 : Math.min(cost * often, MAX);
}

export function costMessage(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? "more than 100x" : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`;
  const advice = "adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared";
  return `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or ${advice})`;
}

interface RuleCost {
  readonly path: FieldPath;
  readonly cost: number;
}

export class TotalCost {
  total = 0;
  /** The four that cost most, and at least a hundredth of what is allowed. */
  expensive: readonly RuleCost[] = [];

  observe(path: FieldPath, cost: number): void {
    this.total = Math.min(this.total + cost, MAX);
    if (cost < CRD_LIMIT / 100) return;
    this.expensive = [...this.expensive, { path, cost }].sort((a, b) => b.cost - a.cost).slice(0, 4);
  }
}
