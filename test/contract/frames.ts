import type { Readable } from "node:stream";

/** Reads a watch stream in the background. */
export class Frames {
  readonly #frames: Buffer[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(body: Readable, lengthDelimited: boolean) {
    void this.#read(body, lengthDelimited);
  }

  /** What has come once there are `count` frames, the stream has ended, or nothing more came in time. */
  async take(count: number, patienceMs = 5_000): Promise<readonly Buffer[]> {
    const deadline = Date.now() + patienceMs;
    while (this.#frames.length < count && !this.#ended && Date.now() < deadline) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 50);
      });
    }
    return this.#frames;
  }

  get ended(): boolean {
    return this.#ended;
  }

  async #read(body: Readable, lengthDelimited: boolean): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    try {
      for await (const chunk of body) {
        rest = Buffer.concat([rest, chunk as Buffer]);
        for (let end = frameEnd(rest, lengthDelimited); end >= 0; end = frameEnd(rest, lengthDelimited)) {
          this.#frames.push(lengthDelimited ? rest.subarray(4, end) : rest.subarray(0, end - 1));
          rest = rest.subarray(end);
        }
        this.#wake?.();
      }
    } catch {
      // The client hung up.
    }
    if (rest.length > 0) this.#frames.push(rest);
    this.#ended = true;
    this.#wake?.();
  }
}

function frameEnd(bytes: Buffer, lengthDelimited: boolean): number {
  if (!lengthDelimited) {
    const newline = bytes.indexOf(10);
    return newline < 0 ? -1 : newline + 1;
  }
  if (bytes.length < 4) return -1;
  const end = 4 + bytes.readUInt32BE(0);
  return bytes.length < end ? -1 : end;
}
