import { joined } from "./joined.js";
import type { EncodedObject, ObjectIndex, StoredObject } from "./store.js";

/**
 * An object of which a part lies elsewhere, shared with other objects. Its bytes are put together whenever they are
 * asked for: who needs them more than once keeps them meanwhile.
 */
export class SharingObject implements StoredObject {
  /** All but the part, which belongs at `#cut`. */
  readonly #own: Buffer;
  readonly #cut: number;
  readonly #part: Buffer;
  readonly #pays: boolean;

  constructor(
    readonly key: string,
    readonly revision: number,
    readonly created: number,
    readonly index: ObjectIndex,
    readonly slot: number,
    own: readonly (Buffer | string)[],
    cut: number,
    part: Buffer,
    pays = false,
  ) {
    this.#own = joined(own);
    this.#cut = cut;
    this.#part = part;
    this.#pays = pays;
  }

  get bytes(): Buffer {
    return joined([this.#own.subarray(0, this.#cut), this.#part, this.#own.subarray(this.#cut)]);
  }

  /** Where the part is in the bytes. */
  get common(): readonly [from: number, to: number] {
    return [this.#cut, this.#cut + this.#part.length];
  }

  get ownBytes(): number {
    return this.#own.length + (this.#pays ? this.#part.length : 0);
  }

  at(revision: number): SharingObject {
    const { key, created, index, slot } = this;
    const [before, digits] = [String(this.revision).length, String(revision)];
    const own = [this.#own.subarray(0, slot), digits, this.#own.subarray(slot + before)];
    return new SharingObject(key, revision, created, index, slot, own, this.#cut + digits.length - before, this.#part);
  }
}

/** An encoded object at a revision; `part` holds what is common in it, and counts as the object's own if it `pays`. */
export function sharing(
  key: string,
  object: EncodedObject,
  part: Buffer,
  revision: number,
  created: number,
  pays = false,
): SharingObject {
  const { index, head, tail, common } = object;
  const [from, to] = common!;
  const digits = String(revision);
  const own = [head, digits, tail.subarray(0, from), tail.subarray(to)];
  const cut = head.length + digits.length + from;
  return new SharingObject(key, revision, created, index, head.length, own, cut, part, pays);
}
