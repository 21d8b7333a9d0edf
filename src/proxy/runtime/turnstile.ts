/** Lets so many at a time do something. Who takes longer than `mostMs` goes on, and the next is let in beside it. */
export class Turnstile {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  readonly #mostMs: number;
  #inside = 0;

  constructor(most: number, mostMs: number) {
    this.#most = most;
    this.#mostMs = mostMs;
  }

  async pass<T>(act: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#inside++;
    const late = setTimeout(() => {
      left = true;
      this.#leave();
    }, this.#mostMs).unref();
    let left = false;
    try {
      return await act();
    } finally {
      clearTimeout(late);
      if (!left) this.#leave();
    }
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#inside--;
    else next();
  }
}
