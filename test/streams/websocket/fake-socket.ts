import type { MessageSocket } from "../../../src/kube/tunnel.js";

/** A WebSocket whose client is the test. */
export class FakeSocket implements MessageSocket {
  readonly sent: Buffer[] = [];
  closed: number | undefined;
  #waiting: Buffer[] = [];
  #ended = false;
  #wake: (() => void) | undefined;
  #full: boolean;
  #drained: (() => void)[] = [];

  constructor({ full = false } = {}) {
    this.#full = full;
  }

  /** Messages that nobody has asked for yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  bring(message: Buffer): void {
    this.#waiting.push(message);
    this.#wake?.();
  }

  bringEnd(): void {
    this.#ended = true;
    this.#wake?.();
  }

  drain(): void {
    this.#full = false;
    for (const done of this.#drained) done();
  }

  send(data: Buffer | string): boolean {
    this.sent.push(Buffer.from(data as string));
    return !this.#full;
  }

  drained(): Promise<void> {
    return this.#full ? new Promise((resolve) => this.#drained.push(resolve)) : Promise.resolve();
  }

  readonly messages: AsyncIterable<Buffer> = { [Symbol.asyncIterator]: () => this.#iterate() };

  close(code: number): void {
    this.closed = code;
    this.bringEnd();
  }

  async *#iterate(): AsyncGenerator<Buffer> {
    for (;;) {
      const message = this.#waiting.shift();
      if (message) yield message;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
