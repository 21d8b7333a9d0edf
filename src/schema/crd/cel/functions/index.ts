import { CONVERSIONS } from "./conversions.js";
import type { FunctionDef, Overload } from "./declare.js";
import { LISTS, OPTIONALS } from "./lists.js";
import { NAMED_FORMATS } from "./named-formats.js";
import { NETWORK } from "./network.js";
import { OPERATORS, SPECIAL } from "./operators.js";
import { QUANTITIES } from "./quantity.js";
import { SEMVER } from "./semver.js";
import { STRINGS } from "./strings.js";
import { TIME } from "./time.js";
import { URLS } from "./url.js";

export interface CelFunction {
  readonly name: string;
  readonly overloads: readonly BoundOverload[];
}

export interface BoundOverload extends Overload {
  /** The call looks at the types of its arguments itself. */
  readonly unguarded: boolean;
}

const LIBRARIES: readonly (readonly FunctionDef[])[] = [
  ...[SPECIAL, OPERATORS, CONVERSIONS, STRINGS, TIME, LISTS, OPTIONALS],
  ...[URLS, QUANTITIES, NETWORK, NAMED_FORMATS, SEMVER],
];

/** All functions that rules of new definitions have in 1.34; upstream: apiserver/pkg/cel/environment/base.go. */
export const FUNCTIONS: ReadonlyMap<string, CelFunction> = collect(LIBRARIES.flat());

/** Several libraries may add to one function. */
function collect(definitions: readonly FunctionDef[]): Map<string, CelFunction> {
  const functions = new Map<string, CelFunction>();
  for (const { name, overloads, shared } of definitions) {
    const bound = overloads.map((each) => ({
      ...each,
      call: each.call ?? shared,
      unguarded: each.call === undefined && shared !== undefined,
    }));
    functions.set(name, { name, overloads: [...(functions.get(name)?.overloads ?? []), ...bound] });
  }
  return functions;
}
