import type { ResourceDef } from "../../src/schema/model.js";
import { builtinRegistry } from "../../src/schema/registry-builtin.js";
import { loadTables } from "../../src/schema/tables.js";

/** A row as a CustomResourceDefinition adds it, with the types of pods. */
export function customRow(group: string, version: string, resource: string, kind: string): ResourceDef {
  const pods = builtinRegistry(loadTables("1.34")).lookup("", "v1", "pods")!;
  return {
    gvr: { group, version, resource },
    gvk: { group, version, kind },
    listKind: `${kind}List`,
    custom: true,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    verbs: new Set(["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]),
    subresources: new Map(),
    type: pods.type,
    listType: pods.listType,
    columns: [],
    selectableFields: new Set(),
  };
}
