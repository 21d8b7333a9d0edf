/** A queue that is also read by position; positions stay valid while older items are dropped. */
export class Deque<T> {
  #items: (T | undefined)[] = [];
  /** Where in `#items` the oldest one is; dropped ones before it are cut off now and then. */
  #head = 0;
  #first = 0;

  /** Position of the oldest item. */
  get first(): number {
    return this.#first;
  }

  /** Position after the newest item. */
  get end(): number {
    return this.#first + this.#items.length - this.#head;
  }

  at(position: number): T | undefined {
    const index = position - this.#first + this.#head;
    return index < this.#head ? undefined : this.#items[index];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    this.#first++;
    if (this.#head > 32 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Puts older items before the oldest. */
  prepend(items: readonly T[]): void {
    this.#items = [...items, ...this.#items.slice(this.#head)];
    this.#head = 0;
    this.#first -= items.length;
  }

  /** The first position whose item is `beyond` something; items before it aren't, items after it all are. */
  search(beyond: (item: T) => boolean): number {
    let low = this.first;
    let high = this.end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (beyond(this.at(middle)!)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
