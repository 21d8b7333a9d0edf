import { groupVersionNames } from "./operation-id.js";
import { type Route, STANDARD_TYPES } from "./routes.js";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
const BARE = { method: "GET", parameters: [], codes: [] } as const;

/** GET of a discovery document: "/api/", "/apis/", a group's or a group-version's. */
function discoveryRoute(path: string, operationId: string, tag: string, type: string): Route {
  const types = STANDARD_TYPES;
  return { ...BARE, path, operationId, tag, consumes: types, produces: types, answer: META + type };
}

export function groupRoute(group: string): Route {
  const { id, tag } = groupVersionNames(group);
  return discoveryRoute(`/apis/${group}/`, `get${id}APIGroup`, tag, "APIGroup");
}

export function groupVersionRoute(group: string, version: string): Route {
  const { id, tag } = groupVersionNames(group, version);
  const path = group === "" ? `/api/${version}/` : `/apis/${group}/${version}/`;
  return discoveryRoute(path, `get${id}APIResources`, tag, "APIResourceList");
}

/** Documents that belong to no group, by their path in the index. */
export const OTHER_ROUTES: ReadonlyMap<string, Route> = new Map([
  [
    ".well-known/openid-configuration",
    {
      ...BARE,
      path: "/.well-known/openid-configuration/",
      operationId: "getServiceAccountIssuerOpenIDConfiguration",
      tag: "WellKnown",
      produces: ["application/json"],
      answer: "string",
    },
  ],
  ["api", discoveryRoute("/api/", "getCoreAPIVersions", "core", "APIVersions")],
  ["apis", discoveryRoute("/apis/", "getAPIVersions", "apis", "APIGroupList")],
  [
    "openid/v1/jwks",
    {
      ...BARE,
      path: "/openid/v1/jwks/",
      operationId: "getServiceAccountIssuerOpenIDKeyset",
      tag: "openid",
      produces: ["application/jwk-set+json"],
      answer: "string",
    },
  ],
  [
    "version",
    {
      ...BARE,
      path: "/version/",
      operationId: "getCodeVersion",
      tag: "version",
      consumes: ["application/json"],
      produces: ["application/json"],
      answer: "io.k8s.apimachinery.pkg.version.Info",
    },
  ],
]);
