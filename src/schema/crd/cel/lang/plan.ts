import type { BoundOverload } from "../functions/index.js";
import { contains } from "../functions/lists.js";
import type { Call, Expr, Fold, Select } from "./ast.js";
import type { Checked, ResolvedCall } from "./checker.js";
import { equal } from "./compare.js";
import { keyText, PlainList, PlainMap } from "./containers.js";
import { TYPE_VALUES } from "./names.js";
import type { CelType } from "./types.js";
import { CelError, CelList, CelMap, noSuchOverload, Optional, typeNameOf, Uint, type Value } from "./values.js";

/** Values of variables. What a loop carries may be an error that a later element makes unimportant. */
type Frame = (Value | CelError)[];
type Step = (frame: Frame) => Value;

/** Takes the values of the variables, in the order in which they were named. Throws {@link CelError}. */
export type Program = (...variables: readonly (Value | CelError)[]) => Value;

/** Upstream: cel-go/interpreter/{planner,interpretable,attributes}.go. */
export function plan(expr: Expr, checked: Checked, variables: readonly string[]): Program {
  const step = new Planner(checked, variables).step(expr);
  return (...values) => step([...values]);
}

class Planner {
  readonly #checked: Checked;
  #scopes: readonly ReadonlyMap<string, number>[];
  #slots: number;

  constructor(checked: Checked, variables: readonly string[]) {
    this.#checked = checked;
    this.#scopes = [new Map(variables.map((name, index) => [name, index]))];
    this.#slots = variables.length;
  }

  step(expr: Expr): Step {
    switch (expr.kind) {
      case "literal": {
        const { value } = expr;
        return () => value;
      }
      case "ident":
        return this.#name(expr.name);
      case "select":
        return this.#select(expr);
      case "list": {
        const items = expr.items.map((item, index) => ({ item: this.step(item), optional: expr.optional?.has(index) }));
        return (frame) =>
          new PlainList(items.flatMap(({ item, optional }) => (optional ? present(item(frame)) : [item(frame)])));
      }
      case "map": {
        const entries = expr.entries.map(
          ([key, value, optional]) => [this.step(key), this.step(value), optional] as const,
        );
        return (frame) =>
          PlainMap.literal(
            entries.flatMap(([key, value, optional]) => {
              const name = key(frame);
              const values = optional ? present(value(frame)) : [value(frame)];
              return values.map((each) => [name, each] as const);
            }),
          );
      }
      case "fold":
        return this.#fold(expr);
      case "call":
        return this.#call(expr);
    }
  }

  #name(name: string): Step {
    const slot = this.#scopes.findLast((each) => each.has(name))?.get(name);
    if (slot === undefined) {
      const type = TYPE_VALUES.get(name)!;
      return () => type;
    }
    return (frame) => {
      const value = frame[slot]!;
      if (value instanceof CelError) throw value;
      return value;
    };
  }

  #select(expr: Select): Step {
    const name = this.#checked.names.get(expr);
    if (name !== undefined) return this.#name(name);
    const operand = this.step(expr.operand);
    const { field } = expr;
    if (expr.test) return (frame) => isPresent(operand(frame), field);
    return (frame) => selected(operand(frame), field);
  }

  #call(expr: Call): Step {
    const args = expr.args.map((arg) => this.step(arg));
    const [first, second, third] = args;
    switch (expr.name) {
      case "_&&_":
        return logical(first!, second!, false);
      case "_||_":
        return logical(first!, second!, true);
      case "_?_:_":
        return (frame) => (truth(first!(frame)) ? second!(frame) : third!(frame));
      case "_==_":
        return (frame) => equal(first!(frame), second!(frame));
      case "_!=_":
        return (frame) => !equal(first!(frame), second!(frame));
      case "@in":
        return (frame) => isIn(first!(frame), second!(frame));
      case "@not_strictly_false":
        return (frame) => settled(first!, frame) !== false;
      case "_[_]":
        return (frame) => indexed(first!(frame), second!(frame));
      case "_?._":
      case "_[?_]":
        return (frame) => optionally(first!(frame), second!(frame));
    }
    const call = this.#checked.calls.get(expr)!;
    const target = expr.target && !call.namespaced ? this.step(expr.target) : undefined;
    if (target && (expr.name === "or" || expr.name === "orValue")) return alternative(target, first!, expr.name);
    return dispatch(call, target ? [target, ...args] : args);
  }

  #fold(fold: Fold): Step {
    const [range, initial] = [this.step(fold.range), this.step(fold.initial)];
    const [carried, variable, second] = [this.#slots++, this.#slots++, this.#slots++];
    const outer = this.#scopes;
    const carrying = [...outer, new Map([[fold.accumulator, carried]])];
    const own = new Map([[fold.variable, variable]]);
    if (fold.second !== undefined) own.set(fold.second, second);
    this.#scopes = [...carrying, own];
    const [condition, step] = [this.step(fold.condition), this.step(fold.step)];
    this.#scopes = carrying;
    const result = this.step(fold.result);
    this.#scopes = outer;
    return (frame) => {
      const values = range(frame);
      frame[carried] = settled(initial, frame);
      for (const [key, value] of elements(values, fold.second !== undefined)) {
        frame[variable] = key;
        frame[second] = value;
        const goesOn = settled(condition, frame);
        if (goesOn === false) break;
        frame[carried] = settled(step, frame);
      }
      return result(frame);
    };
  }
}

/** The value of an optional element, if it has one. */
function present(value: Value): Value[] {
  if (!(value instanceof Optional)) throw noSuchOverload("?_", [value]);
  return value.value === undefined ? [] : [value.value];
}

function settled(step: Step, frame: Frame): Value | CelError {
  try {
    return step(frame);
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}

/** What a loop's variables are, one after the other. */
function* elements(range: Value, two: boolean): Generator<[Value | CelError, Value | CelError]> {
  if (range instanceof CelList) {
    for (let index = 0; index < range.size; index++) {
      const item = settled(() => range.at(index), []);
      yield two ? [BigInt(index), item] : [item, null];
    }
  } else if (range instanceof CelMap) {
    for (const key of range.keys()) yield [key, two ? settled(() => range.get(key)!, []) : null];
  } else throw new CelError(`got '${goTypeOf(range)}', expected iterable type`);
}

const GO_TYPES: Readonly<Record<string, string>> = {
  null_type: "Null",
  "google.protobuf.Timestamp": "Timestamp",
  "google.protobuf.Duration": "Duration",
};

/** As Go names the types of values that are neither lists nor maps. */
function goTypeOf(value: Value): string {
  const name = typeNameOf(value);
  return `types.${GO_TYPES[name] ?? name.slice(0, 1).toUpperCase() + name.slice(1)}`;
}

function truth(value: Value): boolean {
  if (typeof value !== "boolean") throw new CelError("no such overload");
  return value;
}

/** && and ||: one side is enough if it decides, whatever is wrong with the other. */
function logical(left: Step, right: Step, decisive: boolean): Step {
  return (frame) => {
    const first = settled(left, frame);
    if (first === decisive) return decisive;
    const second = settled(right, frame);
    if (second === decisive) return decisive;
    if (first instanceof CelError) throw first;
    if (second instanceof CelError) throw second;
    truth(first);
    return truth(second);
  };
}

function missing(key: Value): CelError {
  return new CelError(`no such key: ${keyText(key)}`);
}

function selected(operand: Value, field: string): Value {
  if (operand instanceof Optional) return optionally(operand, field);
  const value = operand instanceof CelMap ? operand.get(field) : undefined;
  if (value === undefined) throw missing(field);
  return value;
}

function isPresent(operand: Value, field: string): boolean {
  if (operand instanceof Optional) return operand.value !== undefined && isPresent(operand.value, field);
  return operand instanceof CelMap && operand.get(field) !== undefined;
}

function indexed(operand: Value, key: Value): Value {
  if (operand instanceof Optional) return optionally(operand, key);
  const value = found(operand, key);
  if (value !== undefined) return value;
  throw operand instanceof CelList ? new CelError(`index out of bounds: ${keyText(key)}`) : missing(key);
}

function optionally(operand: Value, key: Value): Optional {
  if (operand instanceof Optional) {
    return operand.value === undefined ? Optional.none : optionally(operand.value, key);
  }
  const value = found(operand, key);
  return value === undefined ? Optional.none : new Optional(value);
}

function found(operand: Value, key: Value): Value | undefined {
  if (operand instanceof CelMap) return operand.get(key);
  if (!(operand instanceof CelList)) return undefined;
  const index = key instanceof Uint ? Number(key.value) : Number(key);
  if (typeof key === "number" && !Number.isInteger(key)) {
    throw new CelError(`unsupported index value ${key} in list`);
  }
  if ((typeof key === "object" && !(key instanceof Uint)) || typeof key === "string" || !Number.isInteger(index)) {
    throw new CelError(`unsupported index type '${typeNameOf(key)}' in list`);
  }
  return index >= 0 && index < operand.size ? operand.at(index) : undefined;
}

function isIn(value: Value, container: Value): boolean {
  if (container instanceof CelList) return contains(container, value);
  if (container instanceof CelMap) return container.get(value) !== undefined;
  throw new CelError("no such overload");
}

function alternative(target: Step, other: Step, name: string): Step {
  return (frame) => {
    const value = target(frame);
    if (!(value instanceof Optional)) throw noSuchOverload(name, [value]);
    if (value.value === undefined) return other(frame);
    return name === "or" ? value : value.value;
  };
}

type Guard = (value: Value) => boolean;

function guardOf(type: CelType): Guard | undefined {
  if (type.kind === "param" || type.name === "dyn") return undefined;
  return (value) => typeNameOf(value) === type.name;
}

/** Types that are known only when there are values choose the overload then. */
function dispatch({ name, overloads }: ResolvedCall, args: readonly Step[]): Step {
  const choices = overloads.map((overload) => ({ overload, guards: overload.params.map(guardOf) }));
  const takes = ({ overload, guards }: { overload: BoundOverload; guards: (Guard | undefined)[] }, values: Value[]) =>
    overload.unguarded || guards.every((guard, index) => !guard || guard(values[index]!));
  return (frame) => {
    const values = args.map((arg) => arg(frame));
    const choice = choices.find((each) => takes(each, values));
    if (!choice) throw noSuchOverload(name, values);
    return choice.overload.call!(...values);
  };
}
