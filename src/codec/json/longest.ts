/** From this length on it is worth a digest to find out whether another cluster has the same. */
const LONG = 4096;

/** Where the longest field of an object is: its spec or data, which may be the same in many clusters. */
export class Longest {
  #start = 0;
  #end = 0;

  saw(start: number, end: number): void {
    if (end - start > this.#end - this.#start) [this.#start, this.#end] = [start, end];
  }

  /** As offsets of bytes in the text from `from` on, if it is long. */
  common(text: string, from: number): { readonly common?: readonly [number, number] } {
    if (this.#end - this.#start < LONG) return {};
    const start = Buffer.byteLength(text.slice(from, this.#start));
    return { common: [start, start + Buffer.byteLength(text.slice(this.#start, this.#end))] };
  }
}
