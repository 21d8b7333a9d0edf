import { methodNotSupported, notFound } from "../kube/errors.js";
import type { Answer } from "../kube/handler.js";
import type { JsonObject } from "../kube/json.js";
import { answerValue } from "./answers.js";
import { listOptions } from "./options.js";
import { representation } from "./representation.js";
import type { Scope } from "./scope.js";
import { selectionOf } from "./selection.js";

/**
 * The health of a bare server's neighbours: an etcd that is always well, no scheduler and no controller manager.
 * Upstream asks them each time (registry/core/componentstatus/rest.go); here there is nobody to ask.
 */
const COMPONENTS: readonly JsonObject[] = [
  component("scheduler", refused(10259)),
  component("controller-manager", refused(10257)),
  component("etcd-0"),
];

function component(name: string, problem?: string): JsonObject {
  const condition = { type: "Healthy", status: problem ? "False" : "True", message: problem ?? "ok" };
  return { metadata: { name }, conditions: [condition] };
}

function refused(port: number): string {
  return `Get "https://127.0.0.1:${port}/healthz": dial tcp 127.0.0.1:${port}: connect: connection refused`;
}

export const COMPONENT_STATUS: Readonly<Record<string, (scope: Scope) => Answer>> = { get, list, watch };

function watch(scope: Scope): Answer {
  throw methodNotSupported(scope.def.gvr, "watch");
}

function get(scope: Scope): Answer {
  const wanted = representation(scope);
  const found = COMPONENTS.find(({ metadata }) => (metadata as JsonObject).name === scope.name);
  // The one resource whose refusals name it in the singular.
  if (!found) throw notFound({ group: "", resource: "componentstatus" }, scope.name);
  const object = { kind: "ComponentStatus", apiVersion: "v1", ...found };
  return answerValue(scope, 200, object, scope.def.type, wanted);
}

function list(scope: Scope): Answer {
  const options = listOptions(scope.request.query);
  const wanted = representation(scope);
  const selection = selectionOf(scope, options);
  const items = COMPONENTS.filter(({ metadata }) => {
    const name = String((metadata as JsonObject).name);
    return selection.matches({ name, namespace: "", uid: "", labels: undefined, fields: undefined });
  });
  const value = { kind: "ComponentStatusList", apiVersion: "v1", metadata: {}, items: [...items] };
  return answerValue(scope, 200, value, scope.def.listType, wanted);
}
