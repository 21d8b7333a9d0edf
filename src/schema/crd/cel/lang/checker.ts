import type { BoundOverload, CelFunction } from "../functions/index.js";
import { messageOf, SHAPES } from "../messages/shapes.js";
import {
  type Call,
  type Expr,
  type Fold,
  type Ident,
  type ListExpr,
  type MapExpr,
  type MessageExpr,
  qualifiedName,
  type Select,
} from "./ast.js";
import type { Issue } from "./issues.js";
import { CONSTANTS } from "./names.js";
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DYN,
  ERROR,
  INT,
  isDynamic,
  isError,
  isNamed,
  isWrapper,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  STRING,
  sameType,
  typeText,
  UINT,
} from "./types.js";
import { mostGeneral, Unifier } from "./unifier.js";
import { Uint, type Value } from "./values.js";

/** What names mean outside of an expression. */
export interface Declarations {
  readonly variables: ReadonlyMap<string, CelType>;
  readonly functions: ReadonlyMap<string, CelFunction>;
}

/** What is known of an expression that has no issues. */
export interface Checked {
  readonly type: CelType;
  readonly types: ReadonlyMap<Expr, CelType>;
  readonly calls: ReadonlyMap<Expr, ResolvedCall>;
  /** Selections that are a declared name with dots in it. */
  readonly names: ReadonlyMap<Expr, string>;
  /** Declared variables that are used. */
  readonly used: ReadonlySet<string>;
}

export interface ResolvedCall {
  readonly name: string;
  readonly overloads: readonly BoundOverload[];
  /** The target was the first part of the function's name. */
  readonly namespaced: boolean;
}

export function check(expr: Expr, declarations: Declarations): Checked | { readonly issues: readonly Issue[] } {
  const checker = new Checker(declarations);
  const type = checker.check(expr);
  return checker.issues.length > 0 ? { issues: checker.issues } : checker.result(type);
}

type Scope = ReadonlyMap<string, CelType>;

/** Upstream: cel-go/checker/checker.go. */
class Checker {
  readonly issues: Issue[] = [];
  readonly #declarations: Declarations;
  readonly #types = new Map<Expr, CelType>();
  readonly #calls = new Map<Expr, ResolvedCall>();
  readonly #names = new Map<Expr, string>();
  readonly #used = new Set<string>();
  readonly #unifier = new Unifier();
  #scopes: readonly Scope[] = [];

  constructor(declarations: Declarations) {
    this.#declarations = declarations;
  }

  result(type: CelType): Checked {
    const types = new Map([...this.#types].map(([expr, each]) => [expr, this.#unifier.resolve(each, true)]));
    const [calls, names, used] = [this.#calls, this.#names, this.#used];
    return { type: this.#unifier.resolve(type, true), types, calls, names, used };
  }

  check(expr: Expr): CelType {
    const type = this.#typeOf(expr);
    this.#types.set(expr, type);
    return type;
  }

  #typeOf(expr: Expr): CelType {
    switch (expr.kind) {
      case "literal":
        return literalType(expr.value);
      case "ident":
        return this.#lookUp(expr.name) ?? this.#undeclared(expr);
      case "select":
        return this.#select(expr);
      case "call":
        return this.#call(expr);
      case "list":
        return this.#list(expr);
      case "map":
        return this.#map(expr);
      case "message":
        return this.#message(expr);
      case "fold":
        return this.#fold(expr);
    }
  }

  #report(at: number, message: string): void {
    this.issues.push({ at, message });
  }

  #undeclared({ at, name, dotted }: Ident | Call | MessageExpr): CelType {
    this.#report(at, `undeclared reference to '${dotted ? "." : ""}${name}' (in container '')`);
    return ERROR;
  }

  #lookUp(name: string): CelType | undefined {
    const scope = this.#scopes.findLast((each) => each.has(name));
    if (scope) return scope.get(name);
    const type = this.#declarations.variables.get(name);
    if (type) this.#used.add(name);
    return type ?? (CONSTANTS.has(name) ? INT : undefined);
  }

  #select(expr: Select): CelType {
    const name = qualifiedName(expr);
    const declared = name === undefined ? undefined : this.#lookUp(name);
    if (declared) {
      this.#names.set(expr, name!);
      return declared;
    }
    const type = this.#field(expr.operand, expr.field, expr.at, false);
    return expr.test ? BOOL : type;
  }

  #field(operand: Expr, field: string, at: number, optional: boolean): CelType {
    const type = this.#unifier.resolve(this.check(operand));
    const inner = isNamed(type, "optional_type") ? type.params[0]! : type;
    const found = this.#unifier.resolve(this.#fieldType(inner, field, at));
    return optional || inner !== type ? optionalOf(found) : found;
  }

  #fieldType(type: CelType, field: string, at: number): CelType {
    if (type.kind === "param") {
      this.#unifier.assign([DYN], [type]);
      return DYN;
    }
    if (isNamed(type, "map")) return type.params[1]!;
    if (type.fields || isKubernetesType(type.name)) {
      // Reserved words may be written as they are, too.
      const found = type.fields?.get(field) ?? type.fields?.get(`__${field}__`);
      if (!found) this.#report(at, type.fields ? `undefined field '${field}'` : unresolved(type.name));
      return found ?? ERROR;
    }
    if (!isDynamic(type) && !isError(type)) {
      this.#report(at, `type '${typeText(type)}' does not support field selection`);
    }
    return DYN;
  }

  #call(expr: Call): CelType {
    const { name, target, args, at } = expr;
    if (name === "_?._") {
      const field = args[1]!;
      return this.#field(args[0]!, field.kind === "literal" ? String(field.value) : "", at, true);
    }
    const given = args.map((arg) => this.check(arg));
    const { functions } = this.#declarations;
    const prefix = target && qualifiedName(target);
    const namespaced = prefix === undefined ? undefined : functions.get(`${prefix}.${name}`);
    if (namespaced) return this.#resolve(expr, namespaced, given, true);
    const types = target ? [this.check(target), ...given] : given;
    const found = functions.get(name);
    return found ? this.#resolve(expr, found, types, false) : this.#undeclared(expr);
  }

  #resolve(expr: Call, { name, overloads }: CelFunction, given: readonly CelType[], namespaced: boolean): CelType {
    const isMember = expr.target !== undefined && !namespaced;
    if (name === "_&&_" || name === "_||_") return this.#logical(expr, name, overloads, given);
    const fitting: BoundOverload[] = [];
    let result: CelType | undefined;
    for (const overload of overloads) {
      if (overload.member !== isMember || overload.params.length !== given.length) continue;
      const { params, type } = this.#instance(overload);
      if (!this.#unifier.assign(given, params)) continue;
      fitting.push(overload);
      const own = this.#unifier.resolve(type);
      if (!result) result = own;
      else if (!isDynamic(result) && !sameType(own, result)) result = DYN;
    }
    if (!result) {
      this.#noOverload(expr.at, name, given, isMember);
      return ERROR;
    }
    this.#calls.set(expr, { name, overloads: fitting, namespaced });
    return result;
  }

  /** The overload with parameters of this call alone in place of A, B… */
  #instance({ params, result }: BoundOverload): { params: CelType[]; type: CelType } {
    const fresh = new Map<string, CelType>();
    const replace = (type: CelType): CelType => {
      if (type.kind === "named") return type.params.length === 0 ? type : { ...type, params: type.params.map(replace) };
      const known = fresh.get(type.name) ?? this.#unifier.fresh();
      fresh.set(type.name, known);
      return known;
    };
    return { params: params.map(replace), type: replace(result) };
  }

  #logical(expr: Call, name: string, overloads: readonly BoundOverload[], given: readonly CelType[]): CelType {
    const wrong = given.filter((type, index) => !this.#expect(BOOL, type, expr.args[index]!.at));
    this.#calls.set(expr, { name, overloads, namespaced: false });
    return wrong.length > 0 ? ERROR : BOOL;
  }

  #expect(wanted: CelType, type: CelType, at: number): boolean {
    if (this.#unifier.assign([type], [wanted])) return true;
    this.#mismatch(at, wanted, type);
    return false;
  }

  #mismatch(at: number, wanted: CelType, type: CelType): void {
    this.#report(at, `expected type '${typeText(wanted)}' but found '${typeText(type)}'`);
  }

  #noOverload(at: number, name: string, given: readonly CelType[], isMember: boolean): void {
    const shown = given.map((type) => typeText(this.#unifier.resolve(type, true)));
    const head = isMember ? `${shown.shift()}.` : "";
    this.#report(at, `found no matching overload for '${name}' applied to '${head}(${shown.join(", ")})'`);
  }

  #list({ items, optional }: ListExpr): CelType {
    let type: CelType | undefined;
    for (const [index, item] of items.entries()) {
      const own = this.check(item);
      type = this.#join(type, optional?.has(index) ? this.#unwrapped(item, own) : own);
    }
    return listOf(type ?? this.#unifier.fresh());
  }

  #map({ entries }: MapExpr): CelType {
    let [keyType, valueType]: (CelType | undefined)[] = [];
    for (const [key, value, optional] of entries) {
      keyType = this.#join(keyType, this.check(key));
      const own = this.check(value);
      valueType = this.#join(valueType, optional ? this.#unwrapped(value, own) : own);
    }
    return mapOf(keyType ?? this.#unifier.fresh(), valueType ?? this.#unifier.fresh());
  }

  /** What a message becomes, which is another type for most. */
  #message(expr: MessageExpr): CelType {
    const { name, fields, at } = expr;
    const declared = this.#lookUp(name);
    if (!declared) return this.#undeclared(expr);
    const type = isNamed(declared, "type") ? declared.params[0]! : undefined;
    const message = type && messageOf(type);
    if (!type) this.#report(at, `'${nameOf(declared)}' is not a type`);
    else if (message === undefined) this.#report(at, `'${nameOf(type)}' is not a message type`);
    for (const field of fields) {
      const own = this.check(field.value);
      const given = field.optional ? this.#unwrapped(field.value, own) : own;
      const wanted = this.#messageField(message ?? name, field.name, field.at);
      if (this.#unifier.assign([wanted], [given])) continue;
      const [shown, found] = [typeText(wanted), typeText(given)];
      this.#report(field.at, `expected type of field '${field.name}' is '${shown}' but provided type is '${found}'`);
    }
    return message === undefined ? ERROR : type!;
  }

  #messageField(message: string, field: string, at: number): CelType {
    const shape = SHAPES.get(message);
    const type = shape?.fields.get(field)?.type;
    if (type) return type;
    this.#report(at, shape ? `undefined field '${field}'` : unresolved(message));
    return ERROR;
  }

  /** Elements written side by side may have different types here; {@link literalIssues} looks at that. */
  #join(previous: CelType | undefined, type: CelType): CelType {
    if (!previous) return type;
    return this.#unifier.assign([previous], [type]) ? mostGeneral(previous, type) : DYN;
  }

  /** The type of the value of an optional element. */
  #unwrapped(expr: Expr, type: CelType): CelType {
    if (isNamed(type, "optional_type")) return type.params[0]!;
    if (!isDynamic(type)) this.#mismatch(expr.at, optionalOf(type), type);
    return type;
  }

  #fold(fold: Fold): CelType {
    const range = this.check(fold.range);
    const carried = this.check(fold.initial);
    const [first, second] = this.#elements(this.#unifier.resolve(range), fold);
    const outer = this.#scopes;
    const carrying = [...outer, new Map([[fold.accumulator, carried]])];
    const own = new Map([[fold.variable, first]]);
    if (fold.second !== undefined) own.set(fold.second, second);
    this.#scopes = [...carrying, own];
    this.#expect(BOOL, this.check(fold.condition), fold.condition.at);
    const step = this.check(fold.step);
    if (!this.#unifier.assign([carried], [step])) this.#mismatch(fold.step.at, carried, step);
    this.#scopes = carrying;
    const result = this.check(fold.result);
    this.#scopes = outer;
    return this.#unifier.resolve(result);
  }

  /** Types of the loop's variables. */
  #elements(range: CelType, fold: Fold): [CelType, CelType] {
    if (isNamed(range, "list")) return fold.second === undefined ? [range.params[0]!, DYN] : [INT, range.params[0]!];
    if (isNamed(range, "map")) return [range.params[0]!, range.params[1]!];
    if (range.kind === "param" || isNamed(range, "dyn") || isError(range)) {
      this.#unifier.assign([DYN], [range]);
      return [DYN, DYN];
    }
    const why = "cannot be range of a comprehension (must be list, map, or dynamic)";
    this.#report(fold.range.at, `expression of type '${typeText(range)}' ${why}`);
    return [ERROR, ERROR];
  }
}

function nameOf(type: CelType): string {
  return isWrapper(type) ? `wrapper(${type.name})` : type.name;
}

function unresolved(name: string): string {
  return `unexpected failed resolution of '${name}'`;
}

/** Messages without fields, as far as selections go. */
function isKubernetesType(name: string): boolean {
  return name.startsWith("kubernetes.");
}

function literalType(value: Value): CelType {
  switch (typeof value) {
    case "boolean":
      return BOOL;
    case "bigint":
      return INT;
    case "number":
      return DOUBLE;
    case "string":
      return STRING;
  }
  if (value === null) return NULL;
  return value instanceof Uint ? UINT : BYTES;
}
