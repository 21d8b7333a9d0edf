import type { StrategyContext } from "../schema/strategy/strategy.js";
import type { Scope } from "./scope.js";

/** Takes a text for a Warning header. */
export type Warn = (message: string) => unknown;

export function strategyContext(scope: Scope, warn: Warn): StrategyContext {
  const { sources } = scope.deps;
  return { now: sources.now(), sources, user: scope.request.user, warn };
}
