import { stringMapAt } from "../kube/access.js";
import type { StrategyContext } from "../schema/strategy/strategy.js";
import { viewOf } from "./admit.js";
import type { Scope } from "./scope.js";

/** Takes a text for a Warning header. */
export type Warn = (message: string) => unknown;

export function strategyContext(scope: Scope, warn: Warn): StrategyContext {
  const { sources } = scope.deps;
  const namespaceLabels = () =>
    stringMapAt(viewOf(scope.deps).get("", "namespaces", "", scope.namespace), "metadata", "labels");
  return { now: sources.now(), sources, user: scope.request.user, warn, namespaceLabels };
}
