import { internalError } from "../../kube/errors.js";
import type { Change, Journal, Kept } from "../journal.js";
import type { SharedParts } from "../shared-parts.js";
import type { StoredObject, StoreEvent } from "../store.js";
import { DamagedLogError } from "./frames.js";
import { LogFile, type LogParts } from "./log-file.js";
import { type Birth, decodeRecord, encodeRecord, type LogRecord } from "./records.js";

export interface ClusterLogOptions extends LogParts {
  readonly file: string;
  readonly shared?: SharedParts;
  /** Which start of the machine this is; undefined where it does not tell. */
  readonly boot: string | undefined;
  /** Told of what does not stop the cluster. */
  readonly report: (error: unknown) => void;
}

/** What a log may grow beyond twice its content before it is written anew. */
const SLACK = 1 << 20;

/**
 * More changes than can be lost with the power. Revisions go up by so many when the machine has been started anew:
 * a watcher may have seen some that are not in the log.
 */
const LOST = 1_000_000;

/** The log of one cluster: what it was born with, and every change to it since. */
export class ClusterLog implements Journal {
  readonly #options: ClusterLogOptions;
  readonly #log: LogFile;
  #birth: Birth | undefined;
  #kept: Kept | undefined;
  #revision = 0;
  #ready = false;
  #boot: string | undefined;
  #limit = SLACK;

  /** @throws DamagedLogError */
  constructor(options: ClusterLogOptions) {
    this.#options = options;
    this.#log = new LogFile(options.file, options);
    this.#read();
  }

  /** Undefined: there has been none yet, or not to its end. */
  get birth(): Birth | undefined {
    return this.#ready ? this.#birth : undefined;
  }

  /** Revisions up to this one have been seen at the cluster's endpoint. */
  get revision(): number {
    return Math.max(this.#revision, this.#birth?.floor ?? 0);
  }

  get due(): boolean {
    return this.#ready && this.#log.size > this.#limit;
  }

  takeKept(): Kept | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept;
  }

  /** Begins anew. Nothing counts until {@link ready}. */
  begin(birth: Birth): void {
    this.#guarded(() => this.#log.replace(this.#records({ is: "birth", birth })));
    this.#birth = birth;
    this.#revision = birth.floor;
    this.#ready = false;
    this.#kept = undefined;
  }

  /** All that the cluster is to hold at first is there. */
  ready(): void {
    if (this.#ready) return;
    this.#write({ is: "ready" });
    this.#ready = true;
  }

  append({ type, object, key, revision }: StoreEvent): void {
    this.#write(type === "put" ? { is: "put", object } : { is: "delete", key, revision });
    this.#revision = revision;
  }

  advance(revision: number): void {
    this.#write({ is: "revision", revision });
    this.#revision = revision;
  }

  /** A failure costs nothing but room: the log as it was goes on. */
  rewrite(revision: number, changes: Iterable<Change>): void {
    try {
      this.#log.replace(this.#rewritten(revision, changes));
      this.#limit = 2 * this.#log.size + SLACK;
    } catch (error) {
      this.#limit = this.#log.size + SLACK;
      this.#options.report(error);
    }
  }

  close(): void {
    this.#log.close();
  }

  remove(): void {
    this.#log.remove();
  }

  *#records(...records: readonly LogRecord[]): Generator<(Buffer | string)[]> {
    const { boot } = this.#options;
    if (boot !== undefined) yield encodeRecord({ is: "boot", id: boot });
    for (const record of records) yield encodeRecord(record);
  }

  *#rewritten(revision: number, changes: Iterable<Change>): Generator<(Buffer | string)[]> {
    yield* this.#records({ is: "birth", birth: this.#birth! });
    for (const { key, object } of changes) {
      yield encodeRecord(object ? { is: "put", object } : { is: "delete", key, revision });
    }
    yield* [encodeRecord({ is: "revision", revision }), encodeRecord({ is: "ready" })];
  }

  #read(): void {
    const objects = new Map<string, StoredObject | undefined>();
    this.#log.read((payload, offset) => {
      try {
        this.#take(decodeRecord(payload, this.#options.shared), objects);
      } catch (error) {
        throw new DamagedLogError(this.#options.file, offset, (error as Error).message);
      }
    });
    if (!this.#ready) return;
    const { boot } = this.#options;
    if (boot !== undefined && boot !== this.#boot) this.#restarted(boot);
    this.#kept = { revision: this.#revision, objects };
    this.#limit = Math.max(this.#limit, this.#log.size);
  }

  #take(record: LogRecord, objects: Map<string, StoredObject | undefined>): void {
    switch (record.is) {
      case "birth":
        this.#birth = record.birth;
        this.#revision = record.birth.floor;
        break;
      case "ready":
        this.#ready = true;
        break;
      case "boot":
        this.#boot = record.id;
        break;
      case "put":
        objects.set(record.object.key, record.object);
        this.#revision = Math.max(this.#revision, record.object.revision);
        break;
      case "delete":
        objects.set(record.key, undefined);
        this.#revision = Math.max(this.#revision, record.revision);
        break;
      case "revision":
        this.#revision = record.revision;
    }
  }

  #restarted(id: string): void {
    const revision = this.#revision + LOST;
    this.#write({ is: "boot", id }, { is: "revision", revision });
    this.#revision = revision;
  }

  #write(...records: readonly LogRecord[]): void {
    this.#guarded(() => this.#log.append(...records.map(encodeRecord)));
  }

  #guarded(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#options.report(error);
      throw internalError(`the change can't be kept: ${(error as Error).message}`);
    }
  }
}
