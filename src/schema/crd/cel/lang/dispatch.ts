import { type ActualCost, actualCost, resultCost } from "../cost/actual.js";
import type { BoundOverload } from "../functions/index.js";
import { contains } from "../functions/lists.js";
import type { Step } from "./access.js";
import type { ResolvedCall } from "./checker.js";
import { equal, settledly } from "./compare.js";
import type { Frame } from "./frame.js";
import type { CelType } from "./types.js";
import { CelError, CelList, CelMap, noSuchOverload, Optional, typeNameOf, type Value } from "./values.js";

export type Outcome = Value | CelError;

export function settled(step: Step, frame: Frame): Outcome {
  try {
    return step(frame);
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}

/**
 * Calls of one or two arguments look at all of them before they fail with the first error; others end with the first
 * error. They are paid for once all have been looked at. Upstream: cel-go/interpreter/interpretable.go, evalUnary,
 * evalBinary, evalVarArgs.
 */
function unary(arg: Step, cost: ActualCost, apply: (value: Value) => Value): Step {
  return (frame) => {
    const value = settled(arg, frame);
    frame.charge(cost(value, null));
    if (value instanceof CelError) throw value;
    return apply(value);
  };
}

function binary(left: Step, right: Step, cost: ActualCost, apply: (left: Value, right: Value) => Value): Step {
  return (frame) => {
    const [a, b] = [settled(left, frame), settled(right, frame)];
    frame.charge(cost(a, b));
    if (a instanceof CelError) throw a;
    if (b instanceof CelError) throw b;
    return apply(a, b);
  };
}

function oneByOne(args: readonly Step[], cost: ActualCost, apply: (values: Value[]) => Value): Step {
  return (frame) => {
    const values: Outcome[] = [];
    for (const arg of args) {
      const value = settled(arg, frame);
      values.push(value);
      if (values.length === args.length) frame.charge(cost(values[0]!, values[1] ?? null));
      if (value instanceof CelError) throw value;
    }
    return apply(values as Value[]);
  };
}

export function equality(left: Step, right: Step, negated: boolean): Step {
  if (negated) return binary(left, right, actualCost("_!=_", "not_equals"), unequal);
  return binary(left, right, actualCost("_==_", "equals"), equal);
}

/** What can't be compared is not equal, either. */
function unequal(a: Value, b: Value): boolean {
  return !settledly(() => equal(a, b), false);
}

export function membership({ overloads }: ResolvedCall, value: Step, container: Step): Step {
  return binary(value, container, actualCost("@in", overloads.length === 1 ? overloads[0]!.id : undefined), isIn);
}

export function isIn(value: Value, container: Value): boolean {
  if (container instanceof CelList) return contains(container, value);
  if (container instanceof CelMap) return container.get(value) !== undefined;
  throw new CelError("no such overload");
}

/** or() and orValue(), which cost nothing themselves. */
export function alternative(target: Step, other: Step, name: string): Step {
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
  const [key, item] = type.name === "map" ? type.params.map(guardOf) : [undefined, ...type.params.map(guardOf)];
  const isOf: Guard = (value) => typeNameOf(value) === type.name;
  if (!key && !item) return isOf;
  return (value) => isOf(value) && firstFits(value, key, item);
}

/** Lists and maps are told apart by what comes first in them. */
function firstFits(value: Value, key: Guard | undefined, item: Guard | undefined): boolean {
  if (value instanceof CelList) return value.size === 0 || item!(value.at(0));
  if (!(value instanceof CelMap)) return true;
  const [first] = value.keys();
  return first === undefined || ((!key || key(first)) && (!item || item(value.get(first)!)));
}

/** Types that are known only when there are values choose the overload then. */
function chooser({ name, overloads }: ResolvedCall): (values: Value[]) => NonNullable<BoundOverload["call"]> {
  const choices = overloads.map(({ call, params, unguarded }) => {
    const guards = unguarded ? [] : params.map(guardOf);
    return { call: call!, fits: (values: Value[]) => guards.every((guard, index) => !guard || guard(values[index]!)) };
  });
  return (values) => {
    const choice = choices.find(({ fits }) => fits(values));
    if (!choice) throw noSuchOverload(name, values);
    return choice.call;
  };
}

/** `fixed`: a pattern is made ready before. */
export function dispatch(resolved: ResolvedCall, args: readonly Step[], fixed: boolean): Step {
  const { name, overloads } = resolved;
  const choose = chooser(resolved);
  const single = overloads.length === 1 ? overloads[0]! : undefined;
  const direct = single?.unguarded === true ? single.call! : undefined;
  const cost = name === "join" ? () => 0 : actualCost(name, single?.id);
  const step = () => {
    const [first, second] = args;
    const whole = (values: Value[]) => choose(values)(...values);
    if (fixed || name === "format" || !(single ?? overloads[0]!.unguarded)) return oneByOne(args, cost, whole);
    if (args.length === 1) return unary(first!, cost, direct ?? ((value) => choose([value])(value)));
    if (args.length === 2) return binary(first!, second!, cost, direct ?? ((a, b) => choose([a, b])(a, b)));
    return args.length === 0 ? charged(() => whole([]), cost) : oneByOne(args, cost, whole);
  };
  return name === "join" ? paidByResult(step()) : step();
}

function charged(call: () => Value, cost: ActualCost): Step {
  return (frame) => {
    frame.charge(cost(null, null));
    return call();
  };
}

function paidByResult(step: Step): Step {
  return (frame) => {
    const result = settled(step, frame);
    frame.charge(resultCost(result));
    if (result instanceof CelError) throw result;
    return result;
  };
}
