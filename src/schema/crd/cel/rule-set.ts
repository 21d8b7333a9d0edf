import type { RuleSet } from "../rules.js";
import type { Schema } from "../schema.js";

export function compileRules(_schema: Schema): RuleSet | undefined {
  return undefined;
}
