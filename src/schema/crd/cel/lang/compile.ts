import { FUNCTIONS } from "../functions/index.js";
import type { Expr } from "./ast.js";
import { type Checked, check } from "./checker.js";
import { type Issue, issuesText } from "./issues.js";
import { literalIssues, literalMisfit } from "./literals.js";
import { TYPE_NAMES } from "./names.js";
import { parse } from "./parse.js";
import type { CelType } from "./types.js";

export interface Compiled {
  readonly expr: Expr;
  readonly checked: Checked;
  /** Why it can't be made ready although nothing is wrong with its types. */
  readonly misfit: string | undefined;
}

/** An expression that may use the variables, or what is wrong with it as cel-go tells it. */
export function compile(
  source: string,
  variables: ReadonlyMap<string, CelType>,
): Compiled | { readonly problem: string } {
  const parsed = parse(source);
  if ("issues" in parsed) return problem(parsed.issues, source);
  const { expr } = parsed;
  const checked = check(expr, { variables: new Map([...TYPE_NAMES, ...variables]), functions: FUNCTIONS });
  if ("issues" in checked) return problem(checked.issues, source);
  const issues = literalIssues(expr, checked);
  if (issues.length > 0) return problem(issues, source);
  return { expr, checked, misfit: literalMisfit(expr, checked) };
}

function problem(issues: readonly Issue[], source: string): { problem: string } {
  return { problem: issuesText(issues, source) };
}
