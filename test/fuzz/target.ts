/** One decoder under test. */
export interface Target {
  /** Inputs that mutations start from. */
  readonly seeds: readonly (Buffer | string)[];
  /** Words that mean something to the decoder. */
  readonly words?: readonly string[];
  /** The form that most mutations keep. */
  readonly form: "bytes" | "text" | "json";
  /**
   * Decodes an input and answers what kind of outcome it was: inputs with a new one are kept. Throws what no caller
   * of the decoder would expect.
   */
  run(input: Buffer): string | Promise<string>;
}

type ErrorClass = abstract new (...args: never[]) => Error;

/** Runs a decoder that may throw errors of the given classes: an outcome either way. */
export function outcome(errors: readonly ErrorClass[], run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error && errors.some((expected) => error instanceof expected)) return kindOf(error.message);
    throw error;
  }
}

/** A message without what it quotes of the input. */
export function kindOf(message: string): string {
  return message
    .slice(0, 300)
    .replace(/"(?:[^"\\]|\\.)*"?|'[^']*'?|`[^`]*`?|\d+|[^\x20-\x7e]+/g, "_")
    .slice(0, 60);
}

/** What a decoder may make of an input: some room of its own, and so many times the input. */
export function checkSize(input: Buffer, size: number, factor: number): void {
  if (size > 64 * 1024 + factor * input.length) throw new Error(`${input.length} bytes became ${size}`);
}

/** What must be the same on both ways, as text. */
export function checkSame(what: string, left: string, right: string): void {
  if (left !== right) throw new Error(`${what} differ:\n  ${left.slice(0, 2000)}\n  ${right.slice(0, 2000)}`);
}
