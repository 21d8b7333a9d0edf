import { ACCUMULATOR, type Call, type Expr, type Fold, partsOf, type Select } from "../lang/ast.js";
import type { Checked, ResolvedCall } from "../lang/checker.js";
import type { Compiled } from "../lang/compile.js";
import { type CelType, DYN, isNamed } from "../lang/types.js";
import { Uint } from "../lang/values.js";
import type { DeclaredType } from "../objects/declared.js";
import { type CallCost, kubernetesCost } from "./calls.js";
import { type CostNode, declaredSize, Sizes } from "./nodes.js";
import { add, fixed, MAX, multiply, type Range, UNKNOWN, union, ZERO } from "./range.js";
import { standardCost } from "./standard.js";

/** The most that evaluating may cost, for any object that the declared type allows. */
export function worstCost({ expr, checked }: Compiled, root: DeclaredType): number {
  return new Estimator(checked, root).cost(expr).max;
}

/** Sizes of what a list or a map holds. */
interface EntrySizes {
  readonly isList: boolean;
  readonly key: Range;
  readonly value: Range;
}

interface Local {
  readonly path: readonly string[] | undefined;
  readonly size: Range | undefined;
  readonly entries: EntrySizes | undefined;
}

const [LIST_COST, MAP_COST, MESSAGE_COST] = [fixed(10), fixed(30), fixed(40)];
const SCALARS = ["bool", "double", "google.protobuf.Duration", "int", "google.protobuf.Timestamp", "uint"];

/** Upstream: cel-go/checker/cost.go. */
class Estimator {
  readonly #checked: Checked;
  readonly #root: DeclaredType;
  readonly #sizes: Sizes;
  readonly #paths = new Map<Expr, readonly string[] | undefined>();
  readonly #known = new Map<Expr, Range>();
  readonly #entries = new Map<Expr, EntrySizes>();
  readonly #locals = new Map<string, Local[]>();

  constructor(checked: Checked, root: DeclaredType) {
    this.#checked = checked;
    this.#root = root;
    this.#sizes = new Sizes(root);
  }

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case "literal":
        return ZERO;
      case "ident":
        this.#paths.set(expr, this.#local(expr.name) ? this.#local(expr.name)!.path : [expr.name]);
        return fixed(1);
      case "select":
        return this.#select(expr);
      case "call":
        return this.#call(expr);
      case "list": {
        const cost = add(LIST_COST, ...expr.items.map((item) => this.cost(item)));
        this.#entries.set(expr, { isList: true, key: fixed(1), value: this.#span(expr.items) });
        return cost;
      }
      case "map": {
        const cost = add(MAP_COST, ...partsOf(expr).map((each) => this.cost(each)));
        const [keys, values] = [expr.entries.map(([key]) => key), expr.entries.map(([, value]) => value)];
        this.#entries.set(expr, { isList: false, key: this.#span(keys), value: this.#span(values) });
        return cost;
      }
      case "message":
        return add(MESSAGE_COST, ...expr.fields.map(({ value }) => this.cost(value)));
      case "fold":
        return isBinding(expr) ? this.#binding(expr) : this.#fold(expr);
    }
  }

  #span(exprs: readonly Expr[]): Range {
    if (exprs.length === 0) return ZERO;
    return exprs.map((each) => this.#sizeOf(each) ?? UNKNOWN).reduce(union);
  }

  #select(expr: Select): Range {
    const name = this.#checked.names.get(expr);
    if (name !== undefined) {
      this.#paths.set(expr, [name]);
      return fixed(1);
    }
    const operand = this.cost(expr.operand);
    // Asking whether there is a field has always been free.
    if (expr.test) return operand;
    this.#paths.set(expr, [...(this.#pathOf(expr.operand) ?? []), expr.field]);
    return this.#hasFields(this.#typeOf(expr.operand)) ? add(operand, fixed(1)) : operand;
  }

  #hasFields(type: CelType): boolean {
    return (
      isNamed(type, "map") ||
      (type.kind === "named" && (type.fields !== undefined || type.name.startsWith("kubernetes.")))
    );
  }

  #call(expr: Call): Range {
    const { name, args } = expr;
    if (name === "dyn") {
      const cost = this.cost(args[0]!);
      this.#copySizes(expr, args[0]!);
      return add(cost, fixed(1));
    }
    const costs = args.map((arg) => this.cost(arg));
    if (name === "_?._") return add(fixed(1), ...costs);
    const call = this.#checked.calls.get(expr);
    if (!call) return ZERO;
    const target = expr.target && !call.namespaced ? expr.target : undefined;
    const targetCost = target ? this.cost(target) : ZERO;
    const { cost, size } = this.#overloads(expr, call, target, costs);
    if (size) this.#known.set(expr, size);
    return add(targetCost, cost);
  }

  /** Whichever of the overloads it will be. */
  #overloads(expr: Call, call: ResolvedCall, target: Expr | undefined, costs: readonly Range[]): CallCost {
    const { args } = expr;
    let cost: Range = { min: MAX, max: 0 };
    let size: Range | undefined;
    for (const { id } of call.overloads) {
      const own = this.#overload(expr, call.name, id, target, costs);
      cost = union(cost, own.cost);
      if (own.size) size = size ? union(size, own.size) : own.size;
      if (id === "index_list" || id === "index_map") {
        size = this.#entriesOf(args[0]!)?.value;
        this.#paths.set(expr, [...(this.#pathOf(args[0]!) ?? []), id === "index_list" ? "@items" : "@values"]);
      }
      size ??= this.#sizeOf(expr);
    }
    return size ? { cost, size } : { cost };
  }

  #overload(expr: Call, name: string, id: string, target: Expr | undefined, costs: readonly Range[]): CallCost {
    const { args } = expr;
    const nodes = args.map((arg) => this.#node(arg));
    const receiver = target && this.#node(target);
    const own = kubernetesCost(name, id, receiver, nodes, this.#sizes);
    if (own) return { ...own, cost: add(own.cost, ...costs) };
    if (id === "conditional") this.#unite(expr, args[1]!, args[2]!);
    if (id.startsWith("add_") && args.length === 2) this.#unite(expr, args[0]!, args[1]!);
    return standardCost(id, receiver, nodes, costs);
  }

  #unite(expr: Expr, left: Expr, right: Expr): void {
    const [a, b] = [this.#entriesOf(left), this.#entriesOf(right)];
    if (!a || !b) return;
    this.#entries.set(expr, { isList: a.isList, key: union(a.key, b.key), value: union(a.value, b.value) });
  }

  #fold(fold: Fold): Range {
    const before = add(this.cost(fold.range), this.cost(fold.initial));
    this.#push(fold.accumulator, this.#bound(fold.initial));
    const names = fold.second === undefined ? [fold.variable] : [fold.variable, fold.second];
    const places = fold.second === undefined ? (["single"] as const) : (["key", "value"] as const);
    for (const [index, name] of names.entries()) this.#push(name, this.#element(fold.range, places[index]!));
    const each = add(this.cost(fold.condition), this.cost(fold.step));
    for (const name of names) this.#pop(name);
    const after = this.cost(fold.result);
    this.#pop(fold.accumulator);
    const count = this.#sizeOf(fold.range) ?? UNKNOWN;
    this.#keepSizes(fold, count);
    return add(before, after, multiply(count, each));
  }

  #keepSizes(fold: Fold, count: Range): void {
    if (fold.initial.kind === "literal") {
      const size = this.#sizeOf(fold.initial);
      if (size) this.#known.set(fold, size);
    } else if (fold.initial.kind === "list" || fold.initial.kind === "map") {
      this.#known.set(fold, count);
      const entries = this.#entriesOf(fold.step);
      if (entries) this.#entries.set(fold, entries);
    }
  }

  #binding(fold: Fold): Range {
    const before = add(this.cost(fold.range), this.cost(fold.initial));
    this.#push(fold.accumulator, this.#bound(fold.initial));
    const result = this.cost(fold.result);
    this.#pop(fold.accumulator);
    this.#copySizes(fold, fold.result);
    return add(before, result);
  }

  #bound(expr: Expr): Local {
    return { path: this.#pathOf(expr), size: this.#sizeOf(expr), entries: this.#entriesOf(expr) };
  }

  #element(range: Expr, place: "single" | "key" | "value"): Local {
    const entries = this.#entriesOf(range);
    const isList = entries ? entries.isList : isNamed(this.#typeOf(range), "list");
    const isValue = place === "value" || (place === "single" && isList);
    const step = isValue ? (isList ? "@items" : "@values") : isList ? "@indices" : "@keys";
    const path = [...(this.#pathOf(range) ?? []), step];
    return { path, size: isValue ? entries?.value : entries?.key, entries: undefined };
  }

  #push(name: string, local: Local): void {
    this.#locals.set(name, [...(this.#locals.get(name) ?? []), local]);
  }

  #pop(name: string): void {
    this.#locals.get(name)!.pop();
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #typeOf(expr: Expr): CelType {
    return this.#checked.types.get(expr) ?? DYN;
  }

  #pathOf(expr: Expr): readonly string[] | undefined {
    const local = expr.kind === "ident" ? this.#local(expr.name) : undefined;
    return local ? local.path : this.#paths.get(expr);
  }

  #node(expr: Expr): CostNode {
    const path = this.#pathOf(expr);
    return {
      expr,
      type: this.#typeOf(expr),
      path: path?.[0] === ACCUMULATOR ? undefined : path,
      size: this.#sizeOf(expr),
    };
  }

  #sizeOf(expr: Expr): Range | undefined {
    const known = this.#known.get(expr) ?? ownSize(expr);
    if (known) return known;
    const declared = declaredSize(this.#root, this.#pathOf(expr));
    if (declared) {
      this.#known.set(expr, declared);
      return declared;
    }
    if (isScalar(this.#typeOf(expr))) return fixed(1);
    return expr.kind === "ident" ? this.#local(expr.name)?.size : undefined;
  }

  #entriesOf(expr: Expr): EntrySizes | undefined {
    return this.#entries.get(expr) ?? (expr.kind === "ident" ? this.#local(expr.name)?.entries : undefined);
  }

  #copySizes(to: Expr, from: Expr): void {
    const [size, entries] = [this.#sizeOf(from), this.#entriesOf(from)];
    if (size) this.#known.set(to, size);
    if (entries) this.#entries.set(to, entries);
  }
}

function isBinding({ range, condition, accumulator }: Fold): boolean {
  const never = condition.kind === "literal" && condition.value === false;
  return range.kind === "list" && range.items.length === 0 && never && accumulator !== ACCUMULATOR;
}

function ownSize(expr: Expr): Range | undefined {
  if (expr.kind === "list") return fixed(expr.items.length);
  if (expr.kind === "map") return fixed(expr.entries.length);
  if (expr.kind !== "literal") return undefined;
  const { value } = expr;
  if (typeof value === "string") return fixed([...value].length);
  if (value instanceof Uint8Array) return fixed(value.length);
  return typeof value !== "object" || value === null || value instanceof Uint ? fixed(1) : undefined;
}

function isScalar(type: CelType): boolean {
  if (type.kind === "param") return false;
  if (type.name === "optional_type") return isScalar(type.params[0]!);
  return SCALARS.includes(type.name);
}
