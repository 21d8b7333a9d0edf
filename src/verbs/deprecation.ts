import type { Answer } from "../kube/handler.js";
import { ApiError } from "../kube/status.js";
import { warningHeader } from "../kube/warning.js";
import type { Scope } from "./scope.js";

/** Upstream: zz_generated.prerelease-lifecycle.go of each group-version that is served by default. */
const DEPRECATED: Readonly<Record<string, string>> = {
  "/v1/componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
  "/v1/endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
};

/** Adds the warning that every answer of a deprecated resource carries, a refusal too. */
export async function withDeprecation(scope: Scope, answer: () => Answer | Promise<Answer>): Promise<Answer> {
  const { group, version, resource } = scope.def.gvr;
  const text = scope.def.served?.warning ?? DEPRECATED[`${group}/${version}/${resource}`];
  if (text === undefined) return answer();
  const warning = warningHeader(text);
  try {
    const made = await answer();
    const Warning = [warning, made.headers.Warning ?? []].flat();
    return { ...made, headers: { ...made.headers, Warning } };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new ApiError(error.status, { ...error.headers, Warning: [warning, error.headers.Warning ?? []].flat() });
  }
}
