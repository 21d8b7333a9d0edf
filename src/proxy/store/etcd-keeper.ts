import type { Keeper } from "../../cluster/keeper.js";
import { internalError } from "../../kube/errors.js";
import { ApiError } from "../../kube/status.js";
import type { Registry } from "../../schema/registry.js";
import type { SchemaTables } from "../../schema/tables.js";
import { MemoryStore } from "../../store/memory-store.js";
import type { ObjectLogOptions } from "../../store/object-log.js";
import { fill } from "../../store/revision-slot.js";
import type { Store, StoredObject } from "../../store/store.js";
import type { Birth } from "../../store/wal/records.js";
import { CustomResources } from "../../verbs/crd/custom-resources.js";
import type { Comparison } from "../etcd/client.js";
import { nextKey, prefixEnd } from "../etcd/keys.js";
import { raiseRevision } from "../promote/write.js";
import { EtcdStore } from "./etcd-store.js";
import type { Layout } from "./layout.js";
import { beginAfter, type Content, readContent, type Value } from "./load.js";
import type { Session } from "./session.js";
import { notServed, refused, WRITE_MS } from "./troubles.js";
import { readValue } from "./value.js";

export interface KeeperParts {
  readonly cluster: string;
  readonly session: Session;
  readonly layout: Layout;
  /** The revision at which the cluster became ours. */
  readonly claim: number;
  readonly tables: SchemaTables;
  /** What every cluster serves. */
  readonly registry: Registry;
  readonly lost: (cause: Error) => void;
  readonly attemptMs?: number | undefined;
}

interface BirthRecord extends Birth {
  readonly format: 1;
  /** Whether all that a new cluster gets is there. */
  readonly ready: boolean;
}

const DEFINITIONS = "apiextensions.k8s.io/customresourcedefinitions/";

/** Keeps a cluster that is ours in etcd. Methods throw ApiError. */
export class EtcdKeeper implements Keeper {
  readonly revision: number;
  readonly #parts: KeeperParts;
  #birth: Birth | undefined;
  #ready: boolean;

  private constructor(parts: KeeperParts, record: BirthRecord | undefined) {
    this.#parts = parts;
    this.#ready = record?.ready ?? false;
    this.#birth = record;
    // Names and uids that were made at random by seed are not made again.
    this.revision = record?.ready ? parts.claim : 0;
  }

  static async open(parts: KeeperParts): Promise<EtcdKeeper> {
    const { session, layout } = parts;
    const { kvs } = await session.client.range(layout.birth).catch(rethrow);
    const [found] = kvs;
    const record = found && readBirth(parts.cluster, Buffer.from(found.value));
    return new EtcdKeeper(parts, record);
  }

  get birth(): Birth | undefined {
    return this.#ready ? this.#birth : undefined;
  }

  async begin(birth: Birth): Promise<void> {
    const { layout } = this.#parts;
    const { owner, prefix } = layout;
    // What a birth that did not come to its end has left.
    await this.#write([
      { delete: prefix, end: owner },
      { delete: nextKey(Buffer.from(owner)), end: prefixEnd(prefix) },
    ]);
    this.#birth = birth;
    await this.#record(false);
  }

  async store(options: ObjectLogOptions): Promise<Store> {
    const { session, layout, claim, lost, attemptMs } = this.#parts;
    const { client } = session;
    try {
      // Objects are never newer than the store.
      const least = options.base?.layer.revision ?? 0;
      await raiseRevision(client, BigInt(least + 1));
      const content = await readContent(client, layout);
      const beginning = await beginAfter(client, layout, content, claim);
      const { tables, registry } = this.#parts;
      const custom: CustomResources = new CustomResources(tables, registry, () => store);
      const read = (key: string, value: Buffer) =>
        readValue(key, value, { builtin: registry, current: custom.registry });
      const loaded = { ...beginning, revision: content.revision, objects: this.#objects(content) };
      const store: EtcdStore = new EtcdStore({ ...options, client, layout, claim, read, lost, attemptMs }, loaded);
      return store;
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  async ready(): Promise<void> {
    if (this.#ready) return;
    await this.#record(true);
    this.#ready = true;
  }

  admit(): void | Promise<void> {
    const { session } = this.#parts;
    return session.held ? undefined : session.whenHeld(WRITE_MS);
  }

  #objects({ values, gone }: Content): (readonly [string, StoredObject | undefined])[] {
    const { tables, registry } = this.#parts;
    const scratch = new MemoryStore();
    const custom = new CustomResources(tables, registry, () => scratch);
    const out: (readonly [string, StoredObject | undefined])[] = gone.map((key) => [key, undefined]);
    const made = ({ name, key, value, revision, created }: Value, current: Registry) => {
      const object = readValue(name, value, { builtin: registry, current });
      out.push([key, fill(key, object, revision, created)]);
      return object;
    };
    const isDefinition = ({ key }: Value) => key.startsWith(DEFINITIONS);
    for (const value of values.filter(isDefinition)) {
      scratch.commit({ key: value.key, expected: 0, object: made(value, registry) });
    }
    const current = custom.registry;
    for (const value of values) if (!isDefinition(value)) made(value, current);
    return out;
  }

  async #record(ready: boolean): Promise<void> {
    const { seed, created, floor } = this.#birth!;
    const record: BirthRecord = { format: 1, seed, created, floor, ready };
    await this.#write([{ put: this.#parts.layout.birth, value: JSON.stringify(record) }]);
  }

  /** As long as the cluster is ours. */
  async #write(success: Parameters<Session["client"]["txn"]>[0]["success"]): Promise<void> {
    const { session, layout, claim, lost } = this.#parts;
    const when: Comparison[] = [{ key: layout.owner, modRevision: BigInt(claim) }];
    const { succeeded } = await session.client.txn({ when, success: success ?? [] }).catch(rethrow);
    if (succeeded) return;
    const cause = notServed("the cluster is served by another process now");
    lost(cause);
    throw cause;
  }

  #unreadable(error: unknown): unknown {
    const known = refused(error);
    if (known instanceof ApiError) return known;
    return internalError(`the objects of cluster ${this.#parts.cluster} can't be read: ${(error as Error).message}`);
  }
}

function rethrow(error: unknown): never {
  throw refused(error);
}

function readBirth(cluster: string, value: Buffer): BirthRecord {
  try {
    const record = JSON.parse(value.toString()) as BirthRecord;
    if (record.format !== 1) throw new Error(`it is of format ${record.format as number}`);
    return record;
  } catch (error) {
    throw internalError(`what cluster ${cluster} was born with can't be read: ${(error as Error).message}`);
  }
}
