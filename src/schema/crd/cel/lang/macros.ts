import { ACCUMULATOR, type Expr, type Fold } from "./ast.js";

/** A macro that is used wrongly, and other things wrong before types are looked at. */
export class MacroError extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

type Expand = (at: number, target: Expr, args: readonly Expr[]) => Expr;

/** By name and number of arguments; upstream: cel-go/parser/macro.go, cel/library.go, ext/comprehensions.go. */
const MEMBERS: Readonly<Record<string, Expand>> = {
  "all/2": (at, range, [variable, test]) => all(at, range, [nameOf(variable!)], test!),
  "all/3": (at, range, [first, second, test]) => all(at, range, namesOf(first!, second!), test!),
  "exists/2": (at, range, [variable, test]) => exists(at, range, [nameOf(variable!)], test!),
  "exists/3": (at, range, [first, second, test]) => exists(at, range, namesOf(first!, second!), test!),
  "exists_one/2": (at, range, [variable, test]) => existsOne(at, range, [nameOf(variable!)], test!),
  "existsOne/3": (at, range, [first, second, test]) => existsOne(at, range, namesOf(first!, second!), test!),
  "map/2": (at, range, [variable, value]) => collect(at, range, [identifier(variable!)], undefined, value!),
  "map/3": (at, range, [variable, test, value]) => collect(at, range, [identifier(variable!)], test, value!),
  "filter/2": (at, range, [variable, test]) => collect(at, range, [identifier(variable!)], test, variable!),
  "transformList/3": (at, range, [a, b, value]) => collect(at, range, namesOf(a!, b!), undefined, value!),
  "transformList/4": (at, range, [a, b, test, value]) => collect(at, range, namesOf(a!, b!), test, value!),
  "transformMap/3": (at, range, [a, b, value]) => insert(at, range, namesOf(a!, b!), undefined, a, value!),
  "transformMap/4": (at, range, [a, b, test, value]) => insert(at, range, namesOf(a!, b!), test, a, value!),
  "transformMapEntry/3": (at, range, [a, b, entry]) => insert(at, range, namesOf(a!, b!), undefined, undefined, entry!),
  "transformMapEntry/4": (at, range, [a, b, test, entry]) =>
    insert(at, range, namesOf(a!, b!), test, undefined, entry!),
  "optMap/2": (at, target, args) => ifPresent(at, target, args, "optMap", (value) => of(at, "optional.of", value)),
  "optFlatMap/2": (at, target, args) => ifPresent(at, target, args, "optFlatMap", (value) => value),
};

/** What a call stands for, if it is one of a macro. Throws {@link MacroError}. */
export function expandMacro(
  at: number,
  name: string,
  target: Expr | undefined,
  args: readonly Expr[],
): Expr | undefined {
  const key = `${name}/${args.length}`;
  if (target) return Object.hasOwn(MEMBERS, key) ? MEMBERS[key]!(at, target, args) : undefined;
  if (key !== "has/1") return undefined;
  const [arg] = args;
  if (arg?.kind !== "select" || arg.test) throw new MacroError(arg?.at ?? at, "invalid argument to has() macro");
  return { ...arg, at, test: true };
}

function of(at: number, name: string, ...args: readonly Expr[]): Expr {
  return { kind: "call", at, name, target: undefined, args };
}

function member(at: number, target: Expr, name: string): Expr {
  return { kind: "call", at, name, target, args: [] };
}

function literal(at: number, value: boolean | bigint): Expr {
  return { kind: "literal", at, value };
}

function carried(at: number): Expr {
  return { kind: "ident", at, name: ACCUMULATOR };
}

function nameOf(expr: Expr, otherwise = "argument must be a simple name"): string {
  if (expr.kind !== "ident") throw new MacroError(expr.at, otherwise);
  return expr.name;
}

function identifier(expr: Expr): string {
  return nameOf(expr, "argument is not an identifier");
}

function namesOf(first: Expr, second: Expr): [string, string] {
  const names: [string, string] = [nameOf(first), nameOf(second)];
  if (names[0] === names[1]) throw new MacroError(second.at, `duplicate variable name: ${names[0]}`);
  return names;
}

type Names = readonly [string, string?];
type Loop = Pick<Fold, "initial" | "condition" | "step" | "result">;

function fold(at: number, range: Expr, [variable, second]: Names, loop: Loop): Expr {
  return { kind: "fold", at, range, variable, second, accumulator: ACCUMULATOR, ...loop };
}

function all(at: number, range: Expr, names: Names, test: Expr): Expr {
  return fold(at, range, names, {
    initial: literal(at, true),
    condition: of(at, "@not_strictly_false", carried(at)),
    step: of(at, "_&&_", carried(at), test),
    result: carried(at),
  });
}

function exists(at: number, range: Expr, names: Names, test: Expr): Expr {
  return fold(at, range, names, {
    initial: literal(at, false),
    condition: of(at, "@not_strictly_false", of(at, "!_", carried(at))),
    step: of(at, "_||_", carried(at), test),
    result: carried(at),
  });
}

function existsOne(at: number, range: Expr, names: Names, test: Expr): Expr {
  return fold(at, range, names, {
    initial: literal(at, 0n),
    condition: literal(at, true),
    step: of(at, "_?_:_", test, of(at, "_+_", carried(at), literal(at, 1n)), carried(at)),
    result: of(at, "_==_", carried(at), literal(at, 1n)),
  });
}

/** A list of what is made of the elements, or of those that pass. */
function collect(at: number, range: Expr, names: Names, test: Expr | undefined, value: Expr): Expr {
  const added = of(at, "_+_", carried(at), { kind: "list", at, items: [value] });
  return fold(at, range, names, {
    initial: { kind: "list", at, items: [] },
    condition: literal(at, true),
    step: test ? of(at, "_?_:_", test, added, carried(at)) : added,
    result: carried(at),
  });
}

/** A map of what is made of the entries; `key` undefined: the value is a map with the entry itself. */
function insert(
  at: number,
  range: Expr,
  names: Names,
  test: Expr | undefined,
  key: Expr | undefined,
  value: Expr,
): Expr {
  const inserted = of(at, "cel.@mapInsert", carried(at), ...(key ? [key] : []), value);
  return fold(at, range, names, {
    initial: { kind: "map", at, entries: [] },
    condition: literal(at, true),
    step: test ? of(at, "_?_:_", test, inserted, carried(at)) : inserted,
    result: carried(at),
  });
}

/** The value of an optional, bound to a name by a loop over nothing. */
function ifPresent(
  at: number,
  target: Expr,
  [variable, value]: readonly Expr[],
  macro: string,
  wrap: (value: Expr) => Expr,
): Expr {
  if (variable?.kind !== "ident") {
    throw new MacroError(variable!.at, `${macro}() variable name must be a simple identifier`);
  }
  const { name } = variable;
  const bound: Expr = {
    kind: "fold",
    at,
    range: { kind: "list", at, items: [] },
    variable: "#unused",
    second: undefined,
    accumulator: name,
    initial: member(at, target, "value"),
    condition: literal(at, false),
    step: { kind: "ident", at, name },
    result: value!,
  };
  return of(at, "_?_:_", member(at, target, "hasValue"), wrap(bound), of(at, "optional.none"));
}
