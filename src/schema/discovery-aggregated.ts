import { createHash } from "node:crypto";
import type { JsonObject } from "../kube/json.js";
import { isForeign, type TypedDocument } from "./discovery.js";
import type { ResourceDef, SubresourceDef } from "./model.js";
import type { ApiGroup, Registry } from "./registry.js";

/** An aggregated discovery document with the ETag (quoted) that a real server gives the same content. */
export interface AggregatedDocument extends TypedDocument {
  readonly etag: string;
}

const cache = new WeakMap<Registry, Map<string, AggregatedDocument>>();

/**
 * GET /api ("api") or /apis ("apis") as apidiscovery.k8s.io/v2 APIGroupDiscoveryList. Made once per registry.
 * Answer with `Vary: Accept`, `Cache-Control: public` and the ETag, 304 when If-None-Match equals it;
 * upstream: apiserver/pkg/endpoints/discovery/aggregated/etag.go.
 */
export function aggregatedDiscovery(registry: Registry, root: "api" | "apis"): AggregatedDocument {
  let documents = cache.get(registry);
  if (!documents) {
    documents = new Map();
    cache.set(registry, documents);
  }
  let document = documents.get(root);
  if (!document) {
    document = build(registry, root);
    documents.set(root, document);
  }
  return document;
}

function build(registry: Registry, root: "api" | "apis"): AggregatedDocument {
  const groups = registry.groups.filter((group) => (group.name === "") === (root === "api"));
  const list: JsonObject = { metadata: {}, items: groups.map((group) => groupItem(registry, group)) };
  // The real hash is over the list without its kind and apiVersion.
  const etag = `"${createHash("sha512").update(JSON.stringify(list)).digest("hex").toUpperCase()}"`;
  return {
    value: { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", ...list },
    typeName: "io.k8s.api.apidiscovery.v2.APIGroupDiscoveryList",
    etag,
  };
}

function groupItem(registry: Registry, group: ApiGroup): JsonObject {
  return {
    metadata: group.name === "" ? {} : { name: group.name },
    versions: group.versions.map((version) => ({
      version,
      resources: registry.resources(group.name, version).map(resourceItem),
      freshness: "Current",
    })),
  };
}

function resourceItem(def: ResourceDef): JsonObject {
  const out: JsonObject = {
    resource: def.gvr.resource,
    responseKind: kindOf(def.gvk, def.custom === true),
    scope: def.namespaced ? "Namespaced" : "Cluster",
    singularResource: def.singular,
    verbs: [...def.verbs],
  };
  if (def.shortNames.length > 0) out.shortNames = [...def.shortNames];
  if (def.categories.length > 0) out.categories = [...def.categories];
  const subresources = [...def.subresources.values()].map((sub) => subresourceItem(def, sub));
  if (subresources.length > 0) out.subresources = subresources;
  return out;
}

function subresourceItem(def: ResourceDef, sub: SubresourceDef): JsonObject {
  const responseKind = kindOf(sub.gvk, def.custom === true || isForeign(def, sub));
  return { subresource: sub.name, responseKind, verbs: [...sub.verbs] };
}

/** Built-in resources leave the group and version of their own kind empty, custom ones do not. */
function kindOf(gvk: { group: string; version: string; kind: string }, full: boolean): JsonObject {
  return full ? { group: gvk.group, version: gvk.version, kind: gvk.kind } : { group: "", version: "", kind: gvk.kind };
}
