import { validationFor } from "../validation/registry.js";
import { BUILTIN } from "./builtin.js";
import { strategyOf } from "./generic.js";
import type { Strategy, UpdateStrategy } from "./strategy.js";

const made = new Map<string, Strategy>();

/** The strategy of a built-in resource. One that has no code upstream gets the plain one: no status, no generation. */
export function strategyFor(group: string, resource: string): Strategy {
  const key = `${group}/${resource}`;
  let strategy = made.get(key);
  if (!strategy) {
    strategy = make(group, resource);
    made.set(key, strategy);
  }
  return strategy;
}

function make(group: string, resource: string): Strategy {
  const { subresources: parts, ...checks } = validationFor(group, resource) ?? {};
  const strategy = strategyOf(BUILTIN[group]?.[resource] ?? {});
  const subresources: Record<string, UpdateStrategy> = {};
  for (const [name, part] of Object.entries(strategy.subresources)) subresources[name] = { ...part, ...parts?.[name] };
  return { ...strategy, ...checks, subresources };
}
