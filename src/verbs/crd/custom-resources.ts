import { LRUCache } from "lru-cache";
import { metadataReader } from "../../codec/metadata-reader.js";
import { type RowParts, servedRows } from "../../schema/crd/served.js";
import type { ResourceDef, StorageResource } from "../../schema/model.js";
import type { Registry } from "../../schema/registry.js";
import type { Strategy } from "../../schema/strategy/strategy.js";
import type { SchemaTables } from "../../schema/tables.js";
import { CompactedError, type Store, type StoredObject, type WatchCursor } from "../../store/store.js";
import type { ApiDeps } from "../deps.js";
import { DefinitionControllers } from "./controllers.js";
import { definitionStrategy } from "./definition-strategy.js";
import { StoredDefinition } from "./stored-definition.js";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";

interface Follower {
  readonly def: ResourceDef;
  readonly gone: () => void;
}

/** Which custom resources a cluster has: what its stored definitions say, at every moment. */
export class CustomResources {
  /** How definitions themselves are written. */
  readonly strategy: Strategy;
  readonly #builtin: Registry;
  readonly #store: () => Store;
  readonly #storage: StorageResource;
  readonly #parts: RowParts;
  readonly #definitions = new Map<string, StoredDefinition>();
  readonly #followers = new Set<Follower>();
  readonly #controllers: DefinitionControllers;
  #registry: Registry;
  #cursor: WatchCursor | undefined;
  /** The store that has been read. */
  #read: Store | undefined;

  constructor(tables: SchemaTables, builtin: Registry, store: () => Store) {
    this.#builtin = builtin;
    this.#registry = builtin;
    this.#store = store;
    const def = builtin.lookup("apiextensions.k8s.io", "v1", "customresourcedefinitions")!;
    this.#storage = def.storage!;
    const objectMeta = tables.struct(`${META}ObjectMeta`);
    const reader = metadataReader(objectMeta);
    this.strategy = definitionStrategy(reader);
    this.#parts = {
      reader,
      scale: tables.struct("io.k8s.api.autoscaling.v1.Scale"),
      describe: (field) => tables.descriptions.fieldText(objectMeta, field),
    };
    this.#controllers = new DefinitionControllers(def);
  }

  get registry(): Registry {
    this.#catchUp();
    return this.#registry;
  }

  /** All that are stored, by name. */
  get definitions(): readonly StoredDefinition[] {
    this.#catchUp();
    return [...this.#definitions.values()];
  }

  /** Does what a new state of the definitions asks for: names, conditions, the end of instances. */
  settle(deps: ApiDeps): Promise<void> {
    return this.#controllers.settle(deps);
  }

  /** Calls `gone` once a resource is no longer served as it is. Answers how to stop listening. */
  follow(def: ResourceDef, gone: () => void): () => void {
    const follower = { def, gone };
    this.#catchUp();
    if (this.#followers.size === 0) this.#listen();
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** Nobody may ask for the registry for long, but those who follow are told at once. */
  #listen(): void {
    this.#cursor?.onReady(() => {
      this.#catchUp();
      if (this.#followers.size > 0) this.#listen();
    });
  }

  #catchUp(): void {
    const store = this.#store();
    if (store !== this.#read) this.#load(store);
    try {
      let changed = false;
      for (let event = this.#cursor!.next(); event; event = this.#cursor!.next()) {
        // What was not served and is not yet changes nothing for anybody.
        changed ||= this.#definitions.get(event.key)?.established ?? false;
        if (event.type === "delete") this.#definitions.delete(event.key);
        else changed = this.#define(event.object).established || changed;
      }
      if (changed) this.#rebuild();
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      this.#load(store);
    }
  }

  #load(store: Store): void {
    this.#cursor?.close();
    const prefix = `${this.#storage.prefix}/`;
    const snapshot = store.snapshot()!;
    this.#cursor = store.watch(prefix, snapshot.revision);
    this.#read = store;
    if (this.#followers.size > 0) this.#listen();
    this.#definitions.clear();
    for (const stored of snapshot.range(prefix)) this.#define(stored);
    this.#rebuild();
  }

  #define(stored: StoredObject): StoredDefinition {
    const definition = new StoredDefinition(stored, this.#storage.type);
    this.#definitions.set(stored.key, definition);
    return definition;
  }

  #rebuild(): void {
    const served = [...this.#definitions.values()].filter((definition) => definition.established);
    const rows = served.flatMap((definition) => servedRows(definition, this.#parts)).sort(byResource);
    this.#registry = overlayOf(this.#builtin, rows);
    for (const follower of this.#followers) {
      const { group, version, resource } = follower.def.gvr;
      const row = this.#registry.lookup(group, version, resource);
      if (!row?.served || row.served.key !== follower.def.served?.key) follower.gone();
    }
  }
}

function byResource(a: ResourceDef, b: ResourceDef): number {
  return a.gvr.resource < b.gvr.resource ? -1 : a.gvr.resource > b.gvr.resource ? 1 : 0;
}

const overlays = new WeakMap<Registry, LRUCache<string, Registry>>();

/** Clusters with the same definitions share one registry, and with it their discovery and OpenAPI documents. */
function overlayOf(builtin: Registry, rows: readonly ResourceDef[]): Registry {
  if (rows.length === 0) return builtin;
  let known = overlays.get(builtin);
  if (!known) {
    known = new LRUCache({ max: 200 });
    overlays.set(builtin, known);
  }
  const key = rows.map((row) => `${row.gvk.version} ${row.served!.terminating} ${row.served!.key}`).join("\n");
  let registry = known.get(key);
  if (!registry) {
    registry = builtin.overlay(rows);
    known.set(key, registry);
  }
  return registry;
}
