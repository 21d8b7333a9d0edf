import { compress } from "../codec/gzip.js";
import { badRequest, methodNotAllowed, unknownResource } from "../kube/errors.js";
import { goQuote } from "../kube/go-text.js";
import { type Answer, type Handler, isStream, type KubeRequest } from "../kube/handler.js";
import { isPathSegmentName } from "../kube/names.js";
import { pageNotFound } from "../kube/plain-text-error.js";
import { COMPONENT_STATUS } from "./component-status.js";
import { create } from "./create.js";
import { remove } from "./delete.js";
import { removeCollection } from "./delete-collection.js";
import { withDeprecation } from "./deprecation.js";
import type { ApiDeps } from "./deps.js";
import { followFlows } from "./flow-conditions.js";
import { get } from "./get.js";
import { inTurn } from "./in-turn.js";
import { list } from "./list.js";
import { nonResource } from "./non-resource.js";
import { patch } from "./patch.js";
import { type Scope, scopeOf } from "./scope.js";
import { subresourceVerb } from "./subresources/index.js";
import { update } from "./update.js";
import { watch } from "./watch.js";

/** A verb on a resource, or on one of its subresources. */
export type Verb = (scope: Scope) => Answer | Promise<Answer>;

const VERBS: Readonly<Record<string, Verb>> = {
  get,
  list,
  watch,
  create,
  update,
  patch,
  delete: remove,
  deletecollection: removeCollection,
};

/** The API of one emulated cluster: what stands behind authentication and authorization. */
export function createApi(deps: ApiDeps): Handler {
  return async (request: KubeRequest) => {
    if (!request.info.isResourceRequest) return nonResource(deps, request);
    const answer = await resource(deps, request);
    return isStream(answer) ? answer : compress(answer, request.headers);
  };
}

async function resource(deps: ApiDeps, request: KubeRequest): Promise<Answer> {
  // The old paths of watches have the verb whatever the method is.
  if (request.info.verb === "watch" && request.method !== "GET") throw methodNotAllowed();
  // Request info takes a doubled slash for one, the routes don't.
  if (request.path.startsWith("//")) throw pageNotFound();
  const scope = scopeOf(deps, request);
  checkName(scope);
  const verb = scope.subresource ? subresourceVerb(scope) : verbOf(scope);
  if (!verb) throw unknownResource();
  const answer = await withDeprecation(scope, () => inTurn(scope, () => verb(scope)));
  await followFlows(scope);
  return answer;
}

/** A name that can't be a storage key's last segment (registry.Store, NamespaceKeyFunc). @throws ApiError 400 */
function checkName({ def, name, request: { info } }: Scope): void {
  if (!def.storage || name === "" || info.verb === "watch" || info.verb === "list") return;
  const problems = isPathSegmentName(name);
  if (problems.length > 0) throw badRequest(`Name parameter invalid: ${goQuote(name)}: ${problems.join(";")}`);
}

function verbOf(scope: Scope): Verb | undefined {
  const { group, resource } = scope.def.gvr;
  const computed = group === "" && resource === "componentstatuses" ? COMPONENT_STATUS : VERBS;
  return computed[scope.request.info.verb];
}
