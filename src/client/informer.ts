import type { KubeObject } from "../kube/json.js";
import { ApiError } from "../kube/status.js";
import type { KubeClient, Query } from "./client.js";
import { Backoff, pause } from "./pause.js";

export interface InformerParts {
  readonly api: Pick<KubeClient, "list" | "watch">;
  /** The collection's path, or undefined as long as the API does not have it. */
  readonly path: () => Promise<string | undefined>;
  /** Which of the collection's objects; by default all. */
  readonly query?: Query;
  /** Told of every object that came, changed or, then `gone`, went. */
  readonly changed: (object: KubeObject, gone: boolean) => void;
  /** Told of what went wrong; everything is tried again. */
  readonly failed: (error: unknown) => void;
  /** Groups objects for {@link Informer.group}. */
  readonly groupOf?: (object: KubeObject) => string | undefined;
  /** How long to wait before an API that lacks the collection is asked again, in milliseconds. */
  readonly absentMs?: number;
}

/** "namespace/name" */
export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
}

/**
 * A copy of one collection of another Kubernetes API that follows it: a list, then watches that go on where the last one
 * ended. An API that is away is waited for; what it says that we have missed is listed anew.
 */
export class Informer {
  readonly #parts: InformerParts;
  readonly #objects = new Map<string, KubeObject>();
  readonly #groups = new Map<string, Map<string, KubeObject>>();
  readonly #backoff = new Backoff(100, 5_000);
  #path: string | undefined;
  #version: string | undefined;
  #markSynced = () => {};
  /** Resolves once the collection has been read, or found to be absent. */
  readonly synced: Promise<void>;

  constructor(parts: InformerParts) {
    this.#parts = parts;
    this.synced = new Promise((resolve) => {
      this.#markSynced = resolve;
    });
  }

  /** `key`: "namespace/name". */
  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  values(): Iterable<KubeObject> {
    return this.#objects.values();
  }

  group(name: string): readonly KubeObject[] {
    return [...(this.#groups.get(name)?.values() ?? [])];
  }

  /** The collection's path, once it is known. */
  get path(): string | undefined {
    return this.#path;
  }

  /** Runs until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#turn(signal);
        this.#backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        this.#judge(error);
        await pause(this.#backoff.next(), signal);
      }
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { query = {} } = this.#parts;
    if (this.#version === undefined) {
      this.#path = await this.#parts.path();
      if (this.#path === undefined) {
        this.#replace([]);
        this.#markSynced();
        return pause(this.#parts.absentMs ?? 10_000, signal);
      }
      const { items, version } = await this.#parts.api.list(this.#path, query);
      this.#replace(items);
      this.#version = version;
      this.#markSynced();
    }
    for await (const { type, object } of this.#parts.api.watch(this.#path!, this.#version, signal, query)) {
      this.#version = object.metadata.resourceVersion ?? this.#version;
      if (type !== "BOOKMARK") this.#take(object, type === "DELETED");
    }
  }

  #judge(error: unknown): void {
    const code = error instanceof ApiError ? error.status.code : 0;
    // 410: history is gone. 404: the collection is. Anything else may pass, and then the watch goes on.
    if (code === 410 || code === 404) this.#version = undefined;
    if (code !== 410) this.#parts.failed(error);
  }

  #replace(items: readonly KubeObject[]): void {
    const left = new Set(items.map(keyOf));
    for (const [key, object] of [...this.#objects]) if (!left.has(key)) this.#take(object, true);
    for (const object of items) {
      const known = this.#objects.get(keyOf(object));
      if (known?.metadata.resourceVersion !== object.metadata.resourceVersion) this.#take(object, false);
    }
  }

  #take(object: KubeObject, gone: boolean): void {
    const key = keyOf(object);
    delete object.metadata.managedFields;
    const before = this.#objects.get(key);
    if (before !== undefined) this.#regroup(before, key, undefined);
    if (gone) this.#objects.delete(key);
    else {
      this.#objects.set(key, object);
      this.#regroup(object, key, object);
    }
    this.#parts.changed(object, gone);
  }

  #regroup(of: KubeObject, key: string, object: KubeObject | undefined): void {
    const name = this.#parts.groupOf?.(of);
    if (name === undefined) return;
    const group = this.#groups.get(name) ?? new Map<string, KubeObject>();
    if (object === undefined) group.delete(key);
    else group.set(key, object);
    if (group.size === 0) this.#groups.delete(name);
    else this.#groups.set(name, group);
  }
}
