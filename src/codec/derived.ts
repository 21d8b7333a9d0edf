import { LRUCache } from "lru-cache";

/** Bookkeeping of an entry beside its content: keys, nodes of the cache. */
const OVERHEAD = 200;

/**
 * What is made from immutable objects, each form once, as long as it fits: other versions, protobuf, rows, frames
 * (design D1). Objects are told apart by identity, because a dry run or a replayed cluster repeats uids and revisions.
 * An object that is dropped takes its entries with it as soon as newer ones need their room.
 */
export class DerivedCache {
  readonly #tokens = new WeakMap<object, Map<string, object>>();
  readonly #values: LRUCache<object, { readonly value: unknown; readonly size: number }>;

  /** @param maxBytes of all forms together; one that is larger than a quarter of it is not kept. */
  constructor(maxBytes: number) {
    this.#values = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: Math.max(1, Math.floor(maxBytes / 4)),
      sizeCalculation: (entry) => entry.size,
    });
  }

  /** The form of `source` by this name, made now unless it is there. `size` tells the bytes that it holds. */
  get<T extends NonNullable<unknown>>(source: object, form: string, make: () => T, size: (value: T) => number): T {
    const forms = this.#tokens.get(source);
    const token = forms?.get(form);
    const entry = token && this.#values.get(token);
    if (entry) return entry.value as T;
    const value = make();
    this.#keep(source, form, { value, size: size(value) + OVERHEAD });
    return value;
  }

  /** Bytes held, as the makers of the forms count them. */
  get size(): number {
    return this.#values.calculatedSize;
  }

  #keep(source: object, form: string, entry: { value: unknown; size: number }): void {
    const token = {};
    this.#values.set(token, entry);
    if (!this.#values.has(token)) return;
    const forms = this.#tokens.get(source);
    if (forms) forms.set(form, token);
    else this.#tokens.set(source, new Map([[form, token]]));
  }
}

/** Size of a form that is a buffer of its own. */
export function byteLength(buffer: Buffer): number {
  return buffer.length;
}
