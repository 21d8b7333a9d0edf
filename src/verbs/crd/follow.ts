import type { Scope } from "../scope.js";

export function isDefinition({ def }: Scope): boolean {
  return def.gvr.resource === "customresourcedefinitions" && def.gvr.group === "apiextensions.k8s.io";
}

/** Lets the server's own controllers see what has been written, where it may concern them. */
export async function followDefinitions(scope: Scope): Promise<void> {
  if (isDefinition(scope) || scope.def.served?.terminating) await scope.deps.custom.settle(scope.deps);
}
