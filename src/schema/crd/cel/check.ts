import type { FieldError } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { Schema } from "../schema.js";

/** Compiles the rules of a schema for their errors. */
export interface RuleChecker {
  root(schema: Schema): RuleContext;
}

/** Where in a schema rules are compiled. */
export interface RuleContext {
  property(parent: Schema, name: string): RuleContext;
  additional(parent: Schema): RuleContext;
  items(parent: Schema): RuleContext;
  /** `uncorrelatable`: the node above within which rules can't speak of oldSelf. */
  check(schema: Schema, path: FieldPath, uncorrelatable: FieldPath | undefined): FieldError[];
}

const context: RuleContext = {
  property: () => context,
  additional: () => context,
  items: () => context,
  check: () => [],
};

export const ruleChecker: RuleChecker = { root: () => context };
