/** What a worker is to do. */
export interface Task {
  readonly target: string;
  /** Where the target is found; default: ./targets/index.ts. */
  readonly module?: string;
  readonly seed: number;
  readonly runs?: number;
  readonly seconds?: number;
  readonly memory: SharedArrayBuffer;
}

const HEAD = 16;
const ROOM = 512 * 1024;
const DONE = -1;

/** Memory in which a worker notes what it is about to run, to be read when it does not come back. */
export function createShared(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD + ROOM);
}

export function openShared(memory: SharedArrayBuffer) {
  const head = new Int32Array(memory, 0, HEAD / 4);
  const bytes = Buffer.from(memory, HEAD);
  return {
    begin(run: number, input: Buffer): void {
      bytes.set(input.subarray(0, ROOM));
      Atomics.store(head, 1, Math.min(input.length, ROOM));
      Atomics.store(head, 0, run + 1);
    },
    end(): void {
      Atomics.store(head, 0, DONE);
    },
    /** Runs begun; 0 before the first, -1 after the last. */
    get begun(): number {
      return Atomics.load(head, 0);
    },
    input(): Buffer {
      return Buffer.from(bytes.subarray(0, Atomics.load(head, 1)));
    },
  };
}
