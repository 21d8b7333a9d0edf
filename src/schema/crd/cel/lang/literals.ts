import { goRegex, RegexError } from "../../regex.js";
import { formatParts, VERBS, wrongArgument } from "../functions/format.js";
import { readDuration, readTimestamp } from "../functions/time.js";
import type { Call, Expr } from "./ast.js";
import type { Checked } from "./checker.js";
import type { Issue } from "./issues.js";
import { type CelType, isDynamic } from "./types.js";
import { CelError } from "./values.js";

/** Literals that could only fail; upstream: cel-go/cel/validator.go, ext/formatting.go. */
export function literalIssues(expr: Expr, checked: Checked): Issue[] {
  const issues: Issue[] = [];
  for (const each of expressionsIn(expr)) {
    if (each.kind !== "call" || !checked.calls.has(each)) continue;
    const [name, test] = argumentTest(each);
    const arg = each.args.at(-1);
    if (test && arg?.kind === "literal" && typeof arg.value === "string" && !test(arg.value)) {
      issues.push({ at: arg.at, message: `invalid ${name} argument` });
    }
    if (name === "format" && each.target) issues.push(...formatIssues(each, each.target, checked));
  }
  return issues;
}

/** A regular expression of find() or findAll() that is none: these are compiled later than those of matches(). */
export function literalMisfit(expr: Expr, checked: Checked): string | undefined {
  for (const each of expressionsIn(expr)) {
    if (each.kind !== "call" || !checked.calls.has(each) || !/^find(All)?$/.test(each.name)) continue;
    const [pattern] = each.args;
    const problem = pattern?.kind === "literal" ? regexProblem(String(pattern.value)) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

type TextTest = (text: string) => boolean;

function argumentTest({ name, target, args }: Call): [string, TextTest | undefined] {
  if (name === "matches") return [name, (pattern) => regexProblem(pattern) === undefined];
  if (target || args.length !== 1) return [name, undefined];
  if (name === "duration") return [name, (text) => readDuration(text) !== undefined];
  return [name, name === "timestamp" ? isTimestamp : undefined];
}

function isTimestamp(text: string): boolean {
  try {
    return readTimestamp(text) !== undefined;
  } catch (error) {
    if (error instanceof CelError) return false;
    throw error;
  }
}

function regexProblem(pattern: string): string | undefined {
  try {
    goRegex(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof RegexError) return error.message;
    throw error;
  }
}

function formatIssues(call: Call, target: Expr, { types }: Checked): Issue[] {
  const [list] = call.args;
  if (target.kind !== "literal" || typeof target.value !== "string" || list?.kind !== "list") return [];
  let index = 0;
  try {
    for (const part of formatParts(target.value, (at) => at < list.items.length)) {
      if (typeof part === "string") continue;
      const item = list.items[index++]!;
      const wrong = firstWrong(item, VERBS[part.verb.toLowerCase()]!.types, part.verb === "s", types);
      if (wrong) return [{ at: wrong.at, message: wrongArgument(part.verb, nameOf(types.get(wrong)!)) }];
    }
  } catch (error) {
    if (error instanceof CelError) return [{ at: call.at, message: error.message }];
    throw error;
  }
  if (list.items.length <= index) return [];
  const counts = `(expected ${index}, got ${list.items.length})`;
  return [{ at: call.at, message: `too many arguments supplied to string.format ${counts}` }];
}

function nameOf(type: CelType): string {
  return type.name;
}

/** The expression whose type the verb does not take; `deep`: elements of lists and maps count, too. */
function firstWrong(
  expr: Expr,
  allowed: readonly string[],
  deep: boolean,
  types: ReadonlyMap<Expr, CelType>,
): Expr | undefined {
  const type = types.get(expr)!;
  if (!isDynamic(type) && !allowed.includes(type.name)) return expr;
  if (!deep) return undefined;
  const inner = expr.kind === "list" ? expr.items : expr.kind === "map" ? expr.entries.flat() : [];
  for (const each of inner) {
    const wrong = firstWrong(each, allowed, true, types);
    if (wrong) return wrong;
  }
  return undefined;
}

function* expressionsIn(expr: Expr): Generator<Expr> {
  yield expr;
  for (const child of childrenOf(expr)) yield* expressionsIn(child);
}

function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "select":
      return [expr.operand];
    case "call":
      return expr.target ? [expr.target, ...expr.args] : expr.args;
    case "list":
      return expr.items;
    case "map":
      return expr.entries.flat();
    case "fold":
      return [expr.range, expr.initial, expr.condition, expr.step, expr.result];
    default:
      return [];
  }
}
