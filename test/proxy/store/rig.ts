import pino from "pino";
import { EtcdStores } from "../../../src/proxy/store/etcd-stores.js";
import type { StoreClient } from "../../../src/proxy/store/layout.js";
import { builtinRegistry } from "../../../src/schema/registry-builtin.js";
import { loadTables } from "../../../src/schema/tables.js";
import type { ObjectLogOptions } from "../../../src/store/object-log.js";
import type { EncodedObject, Store } from "../../../src/store/store.js";
import type { FakeEtcd, Weather } from "./fake-etcd.js";

export const tables = loadTables("1.34");
export const registry = builtinRegistry(tables);
export const log = pino({ level: "silent" });

export const BIRTH = { seed: "s", created: 0, floor: 0 };

let fleets = 0;

/** The emulated clusters of one process on an etcd. */
export class Process {
  readonly client: StoreClient & { close(): void };
  readonly stores: EtcdStores;
  readonly left = new Names();
  readonly lost: string[] = [];
  readonly #stops = new Map<string, AbortController>();

  constructor(etcd: FakeEtcd, weather?: Weather, fleet = `fleet-${fleets++}`) {
    this.client = etcd.client(weather);
    const connect = async () => this.client;
    this.stores = new EtcdStores({
      connect,
      tables,
      registry,
      fleet: () => fleet,
      left: this.left,
      log,
      attemptMs: 20,
    });
  }

  /** Takes a cluster up, as a backend does. */
  async open(cluster = "c", options: ObjectLogOptions = {}): Promise<Store & { readonly isNew: boolean }> {
    const stop = new AbortController();
    this.#stops.set(cluster, stop);
    const keeper = await this.stores.open(cluster, stop.signal, () => this.lost.push(cluster));
    const isNew = keeper.birth === undefined;
    if (isNew) await keeper.begin(BIRTH);
    const store = await keeper.store(options);
    stop.signal.addEventListener("abort", () => store.close());
    await keeper.ready();
    return Object.assign(store, { isNew });
  }

  stop(cluster = "c"): void {
    this.#stops.get(cluster)?.abort();
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.values()) stop.abort();
    await this.stores.close();
  }

  /** Ends without a word. */
  kill(): void {
    this.client.close();
  }
}

/** What a folder holds otherwise. */
class Names {
  readonly names = new Set<string>();

  add(name: string): void {
    this.names.add(name);
  }

  remove(name: string): void {
    this.names.delete(name);
  }
}

/** A ConfigMap as the store is given it. */
export function configMap(name: string, text = ""): EncodedObject {
  const uid = `uid-${name}`;
  return {
    index: { name, namespace: "ns", uid, labels: undefined, fields: {} },
    head: Buffer.from(
      `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"${name}","namespace":"ns","uid":"${uid}","resourceVersion":"`,
    ),
    tail: Buffer.from(`","creationTimestamp":"2026-01-01T00:00:00Z"},"data":{"text":"${text}"}}`),
  };
}

export const keyOf = (name: string) => `configmaps/ns/${name}`;
