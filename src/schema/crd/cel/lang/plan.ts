import { newMessage } from "../messages/make.js";
import { charging, indexed, isPresent, optionally, type Step, selected } from "./access.js";
import type { Call, Expr, Fold, ListExpr, MapExpr, MessageExpr, Select } from "./ast.js";
import type { Checked } from "./checker.js";
import { PlainList, PlainMap } from "./containers.js";
import { alternative, dispatch, equality, isIn, membership, settled } from "./dispatch.js";
import { elements } from "./elements.js";
import { Frame } from "./frame.js";
import { CONSTANTS, TYPE_VALUES } from "./names.js";
import { Breakdown, CelError, noSuchOverload, Optional, typeNameOf, type Value } from "./values.js";

/** Takes a frame with the values of the variables, in the order in which they were named. Throws {@link CelError}. */
export type Program = Step;

/**
 * What an expression costs while it is evaluated depends on what it is part of: a name and what is selected from it are
 * one step, and so are a condition and its branches.
 */
interface Part {
  readonly step: Step;
  /** The same without what the step as a whole costs, where something else is selected from it or it is chosen. */
  readonly bare?: Step;
  /** Nothing but names: it does not matter what of it is paid for first. */
  readonly plain?: boolean;
  /** The step as a whole costs nothing. */
  readonly free?: boolean;
  /** Made before there is anything to evaluate, so that it costs nothing. */
  readonly constant?: boolean;
}

/** Upstream: cel-go/interpreter/{planner,interpretable,attributes,decorators,runtimecost}.go. */
export function plan(expr: Expr, checked: Checked, variables: readonly string[]): Program {
  return new Planner(checked, variables).part(expr).step;
}

const LIST_COST = 10;
const MAP_COST = 30;
const MESSAGE_COST = 40;

class Planner {
  readonly #checked: Checked;
  #scopes: readonly ReadonlyMap<string, Step>[];
  #slots: number;

  constructor(checked: Checked, variables: readonly string[]) {
    this.#checked = checked;
    this.#scopes = [new Map(variables.map((name, index) => [name, reading(index)]))];
    this.#slots = variables.length;
  }

  part(expr: Expr): Part {
    switch (expr.kind) {
      case "literal": {
        const { value } = expr;
        return { step: () => value, constant: true };
      }
      case "ident":
        return this.#name(expr.name);
      case "select":
        return this.#select(expr);
      case "list":
        return this.#list(expr);
      case "map":
        return this.#map(expr);
      case "message":
        return this.#message(expr);
      case "fold":
        return { step: this.#fold(expr) };
      case "call":
        return this.#call(expr);
    }
  }

  #step(expr: Expr): Step {
    return this.part(expr).step;
  }

  #name(name: string): Part {
    const read = this.#scopes.findLast((each) => each.has(name))?.get(name);
    if (read) return attribute(read, false, true);
    const type = CONSTANTS.get(name) ?? TYPE_VALUES.get(name)!;
    return { step: () => type, constant: true };
  }

  #select(expr: Select): Part {
    const name = this.#checked.names.get(expr);
    if (name !== undefined) return this.#name(name);
    const { step, bare = step, free = false, plain = false } = this.part(expr.operand);
    const { field } = expr;
    if (expr.test) return attribute((frame) => isPresent(frame, bare(frame), field), true);
    return attribute((frame) => selected(frame, bare(frame), field), free, plain);
  }

  #list({ items, optional }: ListExpr): Part {
    const parts = items.map((item, index) => ({ ...this.part(item), optional: optional?.has(index) }));
    const make: Step = (frame) =>
      new PlainList(parts.flatMap(({ step, optional: some }) => (some ? present(step(frame)) : [step(frame)])));
    return constructed(make, parts, LIST_COST);
  }

  #map({ entries }: MapExpr): Part {
    const parts = entries.map(([key, value, some]) => ({ key: this.part(key), value: this.part(value), some }));
    const make: Step = (frame) =>
      PlainMap.literal(
        parts.flatMap(({ key, value, some }) => {
          const name = key.step(frame);
          const values = some ? present(value.step(frame)) : [value.step(frame)];
          return values.map((each) => [name, each] as const);
        }),
      );
    const all = parts.flatMap(({ key, value }) => [key, value]);
    return constructed(make, all, MAP_COST);
  }

  #message({ name, fields }: MessageExpr): Part {
    const parts = fields.map((field) => ({ ...field, step: this.#step(field.value) }));
    const make: Step = (frame) => {
      const values = new Map<string, Value>();
      for (const { name: field, step, optional } of parts) {
        const value = step(frame);
        if (!optional) values.set(field, value);
        else if (!(value instanceof Optional)) throw notOptional(`entry '${field}'`, value);
        else if (value.value === undefined) values.delete(field);
        else values.set(field, value.value);
      }
      return newMessage(name, values);
    };
    return { step: paying(make, MESSAGE_COST) };
  }

  #call(expr: Call): Part {
    const parts = expr.args.map((arg) => this.part(arg));
    const args = parts.map(({ step }) => step);
    const [first, second, third] = args;
    switch (expr.name) {
      case "_&&_":
        return { step: logical(first!, second!, false) };
      case "_||_":
        return { step: logical(first!, second!, true) };
      case "_?_:_": {
        const [then, otherwise] = [parts[1]!.bare ?? second!, parts[2]!.bare ?? third!];
        return attribute((frame) => (truth(first!(frame)) ? then(frame) : otherwise(frame)), true);
      }
      case "_==_":
      case "_!=_":
        return { step: equality(first!, second!, expr.name === "_!=_") };
      case "@in":
        return this.#membership(expr, parts);
      case "@not_strictly_false":
        return { step: notFalse(first!) };
      case "_[_]":
      case "_?._":
      case "_[?_]":
        return index(parts[0]!, parts[1]!, expr.name !== "_[_]");
    }
    const call = this.#checked.calls.get(expr)!;
    const target = expr.target && !call.namespaced ? this.#step(expr.target) : undefined;
    if (target && (expr.name === "or" || expr.name === "orValue")) {
      return { step: alternative(target, first!, expr.name) };
    }
    const all = target ? [target, ...args] : args;
    const pattern = expr.target ? parts[0] : parts[1];
    const fixed = /^(matches|find|findAll)$/.test(call.name) && pattern?.constant === true;
    const step = dispatch(call, all, fixed);
    const known = CONVERSIONS.test(call.name) && !target && parts.length === 1 && parts[0]!.constant === true;
    return known ? constant(step) : { step };
  }

  /** Of some constants a set is made, which costs nothing to look into. */
  #membership(expr: Call, [value, container]: readonly Part[]): Part {
    const call = this.#checked.calls.get(expr)!;
    const inList = call.overloads.length === 1 && call.overloads[0]!.id === "in_list";
    if (!inList || !container!.constant) return { step: membership(call, value!.step, container!.step) };
    const list = container!.step(new Frame([])) as PlainList;
    if (list.size === 0) return { step: () => false, constant: true };
    const simple = [...list].every((item) => PRIMITIVES.test(typeNameOf(item)));
    if (!simple) return { step: membership(call, value!.step, container!.step) };
    return { step: (frame) => isIn(hashable(value!.step(frame)), list) };
  }

  #fold(fold: Fold): Step {
    const [range, initial] = [this.#step(fold.range), this.#step(fold.initial)];
    const [carried, variable, second] = [this.#slots++, this.#slots++, this.#slots++];
    const outer = this.#scopes;
    const carrying = [...outer, new Map([[fold.accumulator, reading(carried, initial)]])];
    const own = new Map([[fold.variable, reading(variable)]]);
    if (fold.second !== undefined) own.set(fold.second, reading(second));
    this.#scopes = [...carrying, own];
    const [condition, step] = [this.#step(fold.condition), this.#step(fold.step)];
    this.#scopes = carrying;
    const result = this.#step(fold.result);
    this.#scopes = outer;
    return (frame) => {
      const values = range(frame);
      const { slots } = frame;
      slots[carried] = undefined;
      for (const [key, value] of elements(values, fold.second !== undefined)) {
        slots[variable] = key;
        slots[second] = value;
        const goesOn = settled(condition, frame);
        if (goesOn === false) break;
        slots[carried] = settled(step, frame);
      }
      return result(frame);
    };
  }
}

const PRIMITIVES = /^(bool|double|int|string|uint)$/;
const CONVERSIONS = /^(bool|bytes|double|duration|dyn|int|string|timestamp|type|uint)$/;

/** The value of a variable; what a loop carries is made when it is asked for the first time. */
function reading(slot: number, initial?: Step): Step {
  return (frame) => {
    const { slots } = frame;
    if (initial && slots[slot] === undefined) slots[slot] = settled(initial, frame);
    const value = slots[slot]!;
    if (value instanceof CelError) throw value;
    return value;
  };
}

function attribute(bare: Step, free: boolean, plain = false): Part {
  if (free) return { bare, free, step: bare };
  if (!plain) return { bare, step: (frame) => charging(bare, frame) };
  const step: Step = (frame) => {
    frame.charge(1);
    return bare(frame);
  };
  return { bare, plain, step };
}

function constructed(make: Step, parts: readonly Part[], cost: number): Part {
  if (parts.every((part) => part.constant)) return { step: make, constant: true };
  return { step: paying(make, cost) };
}

/** What is made is paid for even where it fails. */
function paying(make: Step, cost: number): Step {
  return (frame) => {
    const made = settled(make, frame);
    frame.charge(cost);
    if (made instanceof CelError) throw made;
    return made;
  };
}

function constant(step: Step): Part {
  const value = step(new Frame([]));
  return { step: () => value, constant: true };
}

function index(operand: Part, key: Part, optional: boolean): Part {
  const { bare = operand.step, free = false } = operand;
  const place = key.bare ?? key.step;
  if (optional) return attribute((frame) => optionally(frame, bare(frame), place), free);
  return attribute((frame) => indexed(frame, bare(frame), place), free);
}

/** Go's maps can't be asked for bytes. */
function hashable(value: Value): Value {
  if (value instanceof Uint8Array) throw new Breakdown("runtime error: hash of unhashable type types.Bytes");
  return value;
}

function notOptional(what: string, value: Value): CelError {
  return new CelError(
    `cannot initialize optional ${what} from non-optional value ${value === null ? 0 : String(value)}`,
  );
}

/** The value of an optional element, if it has one. */
function present(value: Value): Value[] {
  if (!(value instanceof Optional)) throw noSuchOverload("?_", [value]);
  return value.value === undefined ? [] : [value.value];
}

function truth(value: Value): boolean {
  if (typeof value !== "boolean") throw new CelError("no such overload");
  return value;
}

/** Whether a loop goes on, which errors don't end. */
function notFalse(step: Step): Step {
  return (frame) => {
    const value = settled(step, frame);
    frame.charge(1);
    return value !== false;
  };
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
