import { hash } from "node:crypto";
import { joined } from "./joined.js";

/**
 * Long parts of objects that many stores have: the schemas of custom resources are the same in every cluster of a
 * fleet. Each is kept once, told by its digest, for as long as any object has it.
 */
export class SharedParts {
  readonly #parts = new Map<string, WeakRef<Buffer>>();
  readonly #gone = new FinalizationRegistry<string>((digest) => {
    if (this.#parts.get(digest)?.deref() === undefined) this.#parts.delete(digest);
  });

  /** Parts that nobody has claimed. */
  readonly #fresh = new WeakSet<Buffer>();

  /** The one copy of these bytes. */
  of(bytes: Buffer): Buffer {
    const digest = hash("sha256", bytes, "base64");
    const known = this.#parts.get(digest)?.deref();
    if (known) return known;
    const part = joined([bytes]);
    this.#parts.set(digest, new WeakRef(part));
    this.#gone.register(part, digest);
    this.#fresh.add(part);
    return part;
  }

  /** Whether the caller is the first to hold this part. The first one's budget pays for it: what changes is not shared. */
  claim(part: Buffer): boolean {
    return this.#fresh.delete(part);
  }
}
