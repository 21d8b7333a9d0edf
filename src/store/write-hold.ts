/** A pause of a store's writes. They wait until it is over; `late` makes what those are told that have waited too long. */
export class WriteHold {
  readonly #patienceMs: number;
  readonly #late: () => Error;
  readonly #end: () => void;
  #refusal: Error | undefined;
  #over: () => void = () => undefined;
  readonly #until: Promise<void>;

  /** `end` is called when writes go on. */
  constructor(patienceMs: number, late: () => Error, end: () => void) {
    this.#patienceMs = patienceMs;
    this.#late = late;
    this.#end = end;
    this.#until = new Promise((resolve) => {
      this.#over = resolve;
    });
  }

  /** Resolves when writes go on. @throws what they are refused with */
  async passed(): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#late()), this.#patienceMs).unref();
    });
    await Promise.race([this.#until, late]).finally(() => clearTimeout(timer));
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  /** Writes go on: those that have waited see the store as they left it. */
  release(): void {
    this.#end();
    this.#over();
  }

  /** There are no more writes: those that have waited and all that come are told so. */
  refuse(error: Error): void {
    this.#refusal = error;
    this.#over();
  }
}
