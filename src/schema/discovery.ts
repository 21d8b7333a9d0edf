import { apiVersionOf } from "../kube/gvr.js";
import type { JsonObject } from "../kube/json.js";
import type { ResourceDef, SubresourceDef } from "./model.js";
import type { ApiGroup, Registry } from "./registry.js";

/** A document as plain JSON in Go's field order, and the OpenAPI name of its type for those who encode it otherwise. */
export interface TypedDocument {
  readonly value: JsonObject;
  readonly typeName: string;
}

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";

/** GET /api. `serverAddress` is "host:port" as clients reach it. */
export function coreVersions(registry: Registry, serverAddress: string): TypedDocument {
  const versions = [...(registry.group("")?.versions ?? [])];
  const serverAddressByClientCIDRs = [{ clientCIDR: "0.0.0.0/0", serverAddress }];
  return { value: { kind: "APIVersions", versions, serverAddressByClientCIDRs }, typeName: `${META}APIVersions` };
}

/** GET /apis. */
export function apiGroupList(registry: Registry): TypedDocument {
  const groups = legacyOrder(registry.groups.filter((group) => group.name !== "")).map(groupFields);
  return { value: { kind: "APIGroupList", apiVersion: "v1", groups }, typeName: `${META}APIGroupList` };
}

/** GET /apis/<group>; undefined when there is no such group. */
export function apiGroup(registry: Registry, name: string): TypedDocument | undefined {
  const group = name === "" ? undefined : registry.group(name);
  if (!group) return undefined;
  return { value: { kind: "APIGroup", apiVersion: "v1", ...groupFields(group) }, typeName: `${META}APIGroup` };
}

/** GET /api/v1 or /apis/<group>/<version>; undefined when it isn't served. */
export function apiResourceList(registry: Registry, group: string, version: string): TypedDocument | undefined {
  if (!registry.hasGroupVersion(group, version)) return undefined;
  const resources = registry
    .resources(group, version)
    .flatMap((def) => [
      resourceFields(def),
      ...[...def.subresources.values()].map((sub) => subresourceFields(def, sub)),
    ]);
  // The core group's list predates the apiVersion; upstream: apiserver/pkg/endpoints/discovery/legacy.go, version.go.
  const head: JsonObject = { kind: "APIResourceList", ...(group === "" ? {} : { apiVersion: "v1" }) };
  const value = { ...head, groupVersion: apiVersionOf({ group, version }), resources };
  return { value, typeName: `${META}APIResourceList` };
}

/**
 * Custom groups, which share one priority, stand in the order of their APIServices' names ("v1.zoo.example.com"), where
 * the aggregated document has them by group; upstream: kube-aggregator/pkg/apis/apiregistration/v1/helper/helpers.go.
 */
function legacyOrder(groups: readonly ApiGroup[]): ApiGroup[] {
  const first = (group: ApiGroup) => group.versions.map((version) => `${version}.${group.name}`).sort()[0]!;
  const custom = groups.filter((group) => group.custom).sort((a, b) => (first(a) < first(b) ? -1 : 1));
  return [...groups.filter((group) => !group.custom), ...custom];
}

function groupFields(group: ApiGroup): JsonObject {
  const versions = group.versions.map((version) => ({ groupVersion: `${group.name}/${version}`, version }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

function resourceFields(def: ResourceDef): JsonObject {
  const out: JsonObject = {
    name: def.gvr.resource,
    singularName: def.singular,
    namespaced: def.namespaced,
    kind: def.gvk.kind,
    verbs: [...def.verbs],
  };
  if (def.shortNames.length > 0) out.shortNames = [...def.shortNames];
  if (def.categories.length > 0) out.categories = [...def.categories];
  if (def.storageVersionHash) out.storageVersionHash = def.storageVersionHash;
  return out;
}

function subresourceFields(def: ResourceDef, sub: SubresourceDef): JsonObject {
  const foreign = isForeign(def, sub) ? { group: sub.gvk.group, version: sub.gvk.version } : {};
  return {
    name: `${def.gvr.resource}/${sub.name}`,
    singularName: "",
    namespaced: def.namespaced,
    ...foreign,
    kind: sub.gvk.kind,
    verbs: [...sub.verbs],
  };
}

/** Discovery names the group and version of a kind only where they are not those of the list. */
export function isForeign(def: ResourceDef, sub: SubresourceDef): boolean {
  return sub.gvk.group !== def.gvk.group || sub.gvk.version !== def.gvk.version;
}
