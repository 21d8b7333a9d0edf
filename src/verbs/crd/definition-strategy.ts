import { definitionChecks } from "../../schema/crd/checks/index.js";
import type { MetadataReader } from "../../schema/crd/metadata.js";
import { strategyFor } from "../../schema/strategy/registry.js";
import type { Strategy, UpdateStrategy } from "../../schema/strategy/strategy.js";

/** How CustomResourceDefinitions are taken. Their checks read metadata in defaults, which is the codec's to do. */
export function definitionStrategy(reader: MetadataReader): Strategy {
  const strategy = strategyFor("apiextensions.k8s.io", "customresourcedefinitions");
  const { subresources: parts, ...checks } = definitionChecks(reader);
  const subresources: Record<string, UpdateStrategy> = {};
  for (const [name, part] of Object.entries(strategy.subresources)) subresources[name] = { ...part, ...parts?.[name] };
  return { ...strategy, ...checks, subresources };
}
