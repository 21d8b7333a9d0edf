import { Message } from "../messages/message.js";
import { keyText } from "./containers.js";
import type { Frame } from "./frame.js";
import { CelError, CelList, CelMap, Optional, typeNameOf, Uint, type Value } from "./values.js";

/*
 * Selecting from values; upstream: cel-go/interpreter/attributes.go. Each selection costs one, even of what is not
 * there, but an optional one only of what is.
 */

export type Step = (frame: Frame) => Value;

function missing(key: Value): CelError {
  return new CelError(`no such key: ${keyText(key)}`);
}

/** operand.field */
export function selected(frame: Frame, operand: Value, field: string): Value {
  if (operand instanceof Optional) return optionally(frame, operand, () => field);
  frame.charge(1);
  if (operand instanceof Message) return operand.get(field);
  const value = operand instanceof CelMap ? operand.get(field) : undefined;
  if (value === undefined) throw missing(field);
  return value;
}

/** has(operand.field) */
export function isPresent(frame: Frame, operand: Value, field: string): boolean {
  if (operand instanceof Optional) return optionally(frame, operand, () => field).value !== undefined;
  frame.charge(1);
  if (operand instanceof Message) return operand.has(field);
  return operand instanceof CelMap && operand.get(field) !== undefined;
}

/** operand[key] */
export function indexed(frame: Frame, operand: Value, key: Step): Value {
  if (operand instanceof Optional) return optionally(frame, operand, key);
  const place = charging(key, frame);
  const value = operand instanceof Message ? operand.get(place) : found(operand, place);
  if (value !== undefined) return value;
  throw operand instanceof CelList ? new CelError(`index out of bounds: ${keyText(place)}`) : missing(place);
}

/** operand[?key] and operand.?key */
export function optionally(frame: Frame, operand: Value, key: Step): Optional {
  if (operand instanceof Optional) {
    return operand.value === undefined ? Optional.none : optionally(frame, operand.value, key);
  }
  const value = found(operand, key(frame));
  if (value === undefined) return Optional.none;
  frame.charge(1);
  return new Optional(value);
}

/** What a step gives, or fails with, for one more. */
export function charging(step: Step, frame: Frame): Value {
  let value: Value;
  try {
    value = step(frame);
  } catch (error) {
    if (error instanceof CelError) frame.charge(1);
    throw error;
  }
  frame.charge(1);
  return value;
}

function found(operand: Value, key: Value): Value | undefined {
  if (operand instanceof Message) return operand.has(key) ? operand.get(key) : undefined;
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
