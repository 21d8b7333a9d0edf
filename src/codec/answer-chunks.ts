/** A piece this large is passed on as it is; smaller ones are copied together. */
const DIRECT = 32 * 1024;
const FIRST_BLOCK = 4 * 1024;
const BLOCK = 64 * 1024;

/**
 * Joins many pieces into few chunks: copying a small piece costs less than writing it by itself. Blocks are memory of
 * their own, because a chunk may wait for a slow client and must not pin Buffer's shared pool.
 */
export class ChunkWriter {
  readonly #chunks: Buffer[] = [];
  #block: Buffer | undefined;
  #used = 0;
  #next = FIRST_BLOCK;

  /** Copies short pieces; keeps a reference to long ones, which must not change any more. */
  add(piece: Buffer): void {
    if (piece.length >= DIRECT) {
      this.#flush();
      this.#chunks.push(piece);
      return;
    }
    this.#reserve(piece.length);
    this.#used += piece.copy(this.#block!, this.#used);
  }

  text(piece: string): void {
    // UTF-8 needs at most three bytes for a UTF-16 unit.
    if (piece.length * 3 >= DIRECT) {
      this.add(Buffer.from(piece));
      return;
    }
    this.#reserve(piece.length * 3);
    this.#used += this.#block!.write(piece, this.#used);
  }

  finish(): Buffer[] {
    this.#flush();
    return this.#chunks;
  }

  #reserve(length: number): void {
    if (this.#block && this.#block.length - this.#used >= length) return;
    this.#flush();
    this.#block = Buffer.allocUnsafeSlow(Math.max(this.#next, length));
    this.#next = BLOCK;
  }

  #flush(): void {
    if (this.#block && this.#used > 0) this.#chunks.push(this.#block.subarray(0, this.#used));
    this.#block = undefined;
    this.#used = 0;
  }
}
