import { goRegex, RegexError } from "../../regex.js";
import { formatParts, VERBS, wrongArgument } from "../functions/format.js";
import { readDuration, readTimestamp } from "../functions/time.js";
import { type Call, type Expr, partsOf } from "./ast.js";
import type { Checked } from "./checker.js";
import { Frame } from "./frame.js";
import type { Issue } from "./issues.js";
import { MESSAGE_NAMES, TYPE_VALUES } from "./names.js";
import { plan } from "./plan.js";
import { type CelType, isNamed, sameType, typeText } from "./types.js";
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
    if (name === "duration" && arg?.kind === "literal" && typeof arg.value === "bigint") {
      issues.push({ at: arg.at, message: "invalid duration argument" });
    }
    if (name === "format" && each.target) issues.push(...formatIssues(each, each.target, checked));
  }
  return [...issues, ...mixedElements(expr, checked)];
}

/** Elements of different types, which lists and maps may have only where they are formatted. */
function* mixedElements(expr: Expr, checked: Checked): Generator<Issue> {
  if (expr.kind === "call" && expr.name === "format") return;
  if (expr.kind === "list") {
    const items = expr.items.map((item, index) => [item, expr.optional?.has(index)] as const);
    yield* firstOther(items, checked);
  }
  if (expr.kind === "map") {
    yield* firstOther(
      expr.entries.map(([key]) => [key] as const),
      checked,
    );
    yield* firstOther(
      expr.entries.map(([, value, optional]) => [value, optional] as const),
      checked,
    );
  }
  for (const child of childrenOf(expr)) yield* mixedElements(child, checked);
}

type Element = readonly [expr: Expr, optional?: boolean | undefined];

function* firstOther(elements: readonly Element[], { types }: Checked): Generator<Issue> {
  const typeOf = ([expr, optional]: Element) => {
    const type = types.get(expr)!;
    return optional && isNamed(type, "optional_type") ? type.params[0]! : type;
  };
  const [first, ...rest] = elements;
  const other = first && rest.find((each) => !sameType(typeOf(first), typeOf(each)));
  if (!first || !other) return;
  const message = `expected type '${typeText(typeOf(first))}' but found '${typeText(typeOf(other))}'`;
  yield { at: other[0].at, message };
}

const CONVERSIONS = /^(bool|bytes|double|duration|dyn|int|string|timestamp|type|uint)$/;

/**
 * Calls that are made when a program is: conversions of literals that fail, and a regular expression of find() or
 * findAll() that is none. Upstream: cel-go/interpreter/decorators.go.
 */
export function literalMisfit(expr: Expr, checked: Checked): string | undefined {
  for (const each of innermostFirst(expr)) {
    const unknown = unknownType(each, checked);
    if (unknown !== undefined) return unknown;
    if (each.kind !== "call" || !checked.calls.has(each)) continue;
    const failure = isConstant(each) ? failureOf(each, checked) : undefined;
    if (failure !== undefined) return failure;
    if (!/^find(All)?$/.test(each.name)) continue;
    const [pattern] = each.args;
    const problem = pattern?.kind === "literal" ? regexProblem(String(pattern.value)) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Names of types that there are no values of; upstream takes a loop's variables that hold types for such, too. */
function unknownType(expr: Expr, { names, types }: Checked): string | undefined {
  if (expr.kind === "message") return MESSAGE_NAMES.has(expr.name) ? undefined : `unknown type: ${expr.name}`;
  const name = expr.kind === "ident" ? expr.name : names.get(expr);
  // Parts of a name with dots have no type.
  const type = types.get(expr);
  if (name === undefined || !type || !isNamed(type, "type")) return undefined;
  return TYPE_VALUES.has(name) ? undefined : `reference to undefined type: ${name}`;
}

function isConstant(expr: Expr): boolean {
  if (expr.kind === "literal") return true;
  if (expr.kind !== "call" || expr.target || !CONVERSIONS.test(expr.name) || expr.args.length !== 1) return false;
  return isConstant(expr.args[0]!);
}

function failureOf(expr: Expr, checked: Checked): string | undefined {
  try {
    plan(expr, checked, [])(new Frame([]));
    return undefined;
  } catch (error) {
    if (error instanceof CelError) return error.message;
    throw error;
  }
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
  if (!isNamed(type, "dyn") && !allowed.includes(type.name)) return expr;
  if (!deep) return undefined;
  const inner = expr.kind === "list" ? expr.items : expr.kind === "map" ? partsOf(expr) : [];
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

function* innermostFirst(expr: Expr): Generator<Expr> {
  for (const child of childrenOf(expr)) yield* innermostFirst(child);
  yield expr;
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
      return partsOf(expr);
    case "message":
      return expr.fields.map(({ value }) => value);
    case "fold":
      return [expr.range, expr.initial, expr.condition, expr.step, expr.result];
    default:
      return [];
  }
}
