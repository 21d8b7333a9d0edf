import { type CelType, parseType, splitTypes } from "../lang/types.js";
import { CelError, type Value } from "../lang/values.js";

export interface Overload {
  /** cel-go's name, by which costs are known. */
  readonly id: string;
  /** Called on the first parameter. */
  readonly member: boolean;
  readonly params: readonly CelType[];
  readonly result: CelType;
  /** Undefined: the function's {@link FunctionDef.shared}. */
  readonly call: ((...args: Value[]) => Value) | undefined;
}

export interface FunctionDef {
  readonly name: string;
  readonly overloads: readonly Overload[];
  /** For all overloads that have none of their own; looks at the types of its arguments itself. */
  readonly shared: ((...args: Value[]) => Value) | undefined;
}

/**
 * `overload("x", "string.(int) -> bool", …)`: a member of string; `"(string, A) -> list(A)"`: a function. The arguments
 * have these types, lists and maps with any content.
 */
// biome-ignore lint/suspicious/noExplicitAny: the signature says what the arguments are
export function overload(id: string, signature: string, call?: (...args: any[]) => Value): Overload {
  const match = /^(?:(\S.*?)\.)?\((.*)\) -> (.+)$/.exec(signature)!;
  const receiver = match[1];
  const params = [...(receiver === undefined ? [] : [receiver]), ...splitTypes(match[2]!)].map(parseType);
  return { id, member: receiver !== undefined, params, result: parseType(match[3]!), call };
}

export function define(name: string, ...overloads: readonly Overload[]): FunctionDef {
  return { name, overloads, shared: undefined };
}

export function defineShared(
  name: string,
  shared: (...args: Value[]) => Value | undefined,
  ...overloads: readonly Overload[]
): FunctionDef {
  const checked = (...args: Value[]): Value => {
    const value = shared(...args);
    if (value === undefined) throw new CelError("no such overload");
    return value;
  };
  return { name, overloads, shared: checked };
}
