import type { Value } from "./values.js";

/** An expression with all macros expanded. `at` is where messages about it point to: an offset in the source. */
export type Expr = Literal | Ident | Select | Call | ListExpr | MapExpr | MessageExpr | Fold;

interface Node {
  readonly at: number;
}

export interface Literal extends Node {
  readonly kind: "literal";
  readonly value: Value;
}

export interface Ident extends Node {
  readonly kind: "ident";
  readonly name: string;
  /** It was written with a dot before it, which means nothing but is told. */
  readonly dotted?: boolean;
}

export interface Select extends Node {
  readonly kind: "select";
  readonly operand: Expr;
  readonly field: string;
  /** has(operand.field) */
  readonly test: boolean;
}

export interface Call extends Node {
  readonly kind: "call";
  /** Operators are functions, too: "_+_". */
  readonly name: string;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
  readonly dotted?: boolean;
}

export interface ListExpr extends Node {
  readonly kind: "list";
  readonly items: readonly Expr[];
  /** Places of those that are left out where their value is optional.none(): `[?x]`. */
  readonly optional?: ReadonlySet<number>;
}

export interface MapExpr extends Node {
  readonly kind: "map";
  readonly entries: readonly MapEntry[];
}

/** Key and value; with true, an entry that is left out where its value is optional.none(): `{?k: v}`. */
export type MapEntry = readonly [Expr, Expr, boolean?];

/** `google.protobuf.Int64Value{value: 1}`; `at` is the brace. */
export interface MessageExpr extends Node {
  readonly kind: "message";
  readonly name: string;
  readonly fields: readonly MessageField[];
  readonly dotted: boolean;
}

/** `at` is the colon. */
export interface MessageField extends Node {
  readonly name: string;
  readonly value: Expr;
  readonly optional: boolean;
}

/** A loop over a range that carries a value along; all macros about lists and maps are such. */
export interface Fold extends Node {
  readonly kind: "fold";
  readonly range: Expr;
  readonly variable: string;
  /** With two variables, the first is the index or the key. */
  readonly second: string | undefined;
  readonly accumulator: string;
  readonly initial: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

/** The name that macros carry their value by; nothing in a source can be called so. */
export const ACCUMULATOR = "@result";

/** `a.b.c` as a name, if it is nothing else. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === "ident") return expr.name;
  if (expr.kind !== "select" || expr.test) return undefined;
  const head = qualifiedName(expr.operand);
  return head === undefined ? undefined : `${head}.${expr.field}`;
}

/** A call of an operator. */
export function call(at: number, name: string, args: readonly Expr[]): Call {
  return { kind: "call", at, name, target: undefined, args };
}

/** Keys and values of a map in the order in which they are written. */
export function partsOf({ entries }: MapExpr): readonly Expr[] {
  return entries.flatMap((entry) => entry.slice(0, 2) as Expr[]);
}
