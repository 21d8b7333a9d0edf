import type { GroupVersionKind, GroupVersionResource } from "../kube/gvr.js";
import { textOf } from "./descriptions.js";
import type { ColumnDefinition, ResourceDef, StorageResource, StructType, SubresourceDef } from "./model.js";
import { type GroupVersionRows, Registry } from "./registry.js";
import type { SchemaTables } from "./tables.js";
import type { ColumnsFile, ResourceRow, ResourcesFile, StorageRow, SubresourceRow } from "./tables-format.js";

const cache = new WeakMap<SchemaTables, Registry>();

/** The registry of what the emulated version serves with default flags; one per tables, shared by all clusters. */
export function builtinRegistry(tables: SchemaTables): Registry {
  let registry = cache.get(tables);
  if (!registry) {
    const file = tables.file("resources.json") as ResourcesFile;
    registry = Registry.of(groupVersions(file.resources.map((row) => new BuiltinResource(tables, row))));
    cache.set(tables, registry);
  }
  return registry;
}

function groupVersions(defs: readonly ResourceDef[]): GroupVersionRows[] {
  const rows = new Map<string, { group: string; version: string; rows: ResourceDef[] }>();
  for (const def of defs) {
    const { group, version } = def.gvr;
    const found = rows.get(`${group}/${version}`);
    if (found) found.rows.push(def);
    else rows.set(`${group}/${version}`, { group, version, rows: [def] });
  }
  return [...rows.values()];
}

class BuiltinResource implements ResourceDef {
  readonly gvr: GroupVersionResource;
  readonly gvk: GroupVersionKind;
  readonly listKind: string;
  readonly storageVersionHash: string | undefined;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: ReadonlySet<string>;
  readonly subresources: ReadonlyMap<string, SubresourceDef>;
  readonly type: StructType;
  readonly listType: StructType;
  readonly storage?: StorageResource;
  readonly selectableFields: ReadonlySet<string>;
  readonly #tables: SchemaTables;
  #columns: readonly ColumnDefinition[] | undefined;

  constructor(tables: SchemaTables, row: ResourceRow) {
    this.#tables = tables;
    this.gvr = { group: row.group, version: row.version, resource: row.name };
    this.gvk = { group: row.group, version: row.version, kind: row.kind };
    this.listKind = row.listKind ?? "";
    this.storageVersionHash = row.storageVersionHash;
    this.singular = row.singular;
    this.shortNames = row.shortNames ?? [];
    this.categories = row.categories ?? [];
    this.namespaced = row.namespaced ?? false;
    this.verbs = new Set(row.verbs);
    this.subresources = new Map((row.subresources ?? []).map((sub) => [sub.name, subresource(tables, sub)]));
    this.type = tables.struct(row.type);
    this.listType = tables.struct(row.listType ?? row.type);
    if (row.storage) this.storage = storage(tables, row.storage);
    this.selectableFields = new Set(row.selectableFields ?? []);
  }

  /** Read on the first Table, which most clusters are never asked for. */
  get columns(): readonly ColumnDefinition[] {
    this.#columns ??= this.#readColumns();
    return this.#columns;
  }

  #readColumns(): readonly ColumnDefinition[] {
    const { columns } = this.#tables.file("columns.json") as ColumnsFile;
    const rows = columns[`${this.gvr.group}/${this.gvr.version}/${this.gvr.resource}`] ?? [];
    return rows.map((row) => ({
      name: row.name,
      type: row.type,
      format: row.format ?? "",
      description: textOf(row.description),
      priority: row.priority ?? 0,
    }));
  }
}

function subresource(tables: SchemaTables, row: SubresourceRow): SubresourceDef {
  const [group, version, kind] = row.gvk;
  const type = row.type === undefined ? withoutBody(kind) : tables.struct(row.type);
  return { name: row.name, gvk: { group, version, kind }, verbs: new Set(row.verbs), type };
}

/** Kinds such as PodExecOptions travel as query parameters only. */
function withoutBody(kind: string): StructType {
  return { name: kind, goName: `v1.${kind}`, fields: [], byJsonName: new Map(), gvks: [] };
}

function storage(tables: SchemaTables, row: StorageRow): StorageResource {
  const gvk = { group: row.group, version: row.version, kind: row.kind };
  const type = tables.structFor(gvk);
  if (!type) throw new Error(`the tables have no type for the stored ${row.group}/${row.version} ${row.kind}`);
  return { prefix: row.prefix, gvk, type, encoding: row.encoding ?? "protobuf" };
}
