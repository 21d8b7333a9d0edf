import { DecodeError, JsonSyntaxError } from "./errors.js";
import type { StrictErrors } from "./strict-errors.js";

/** What a JSON value is called where it does not fit. */
export type Found = "string" | "number" | "bool" | "array" | "object";

/**
 * How deep typed values may nest. Only JSONSchemaProps holds itself; Go goes on to 10,000, for which the stack here
 * would not do, nor that of the code which walks the object later.
 */
export const MAX_TYPED_DEPTH = 1000;

/**
 * Where a typed decode is and what it has found so far. Go remembers the first value that does not fit and goes on;
 * a type's own UnmarshalJSON that fails ends the decode, so its error wins. Upstream: encoding/json/decode.go.
 */
export class DecodeState {
  /** Go struct fields from the root, without map keys and list indexes. */
  readonly fields: string[] = [];
  /** Name of the innermost struct, "" at the root. */
  struct = "";
  /** Keys and indexes from the root. */
  readonly path: (string | number)[] = [];
  /** Undefined also inside types that decode their content by themselves. */
  strict: StrictErrors | undefined;
  #first: string | undefined;
  #fatal: string | undefined;
  #context: string | undefined;

  constructor(strict: StrictErrors | undefined) {
    this.strict = strict;
  }

  /** Throws where values nest too deep. */
  checkDepth(): void {
    if (this.path.length > MAX_TYPED_DEPTH) throw new JsonSyntaxError("exceeded max depth");
  }

  /** The value is of the wrong kind; `found` may carry a number's text: "number 1.5". */
  mismatch(found: string, goType: string): void {
    this.save(`json: cannot unmarshal ${found} into Go ${this.#where()} of type ${goType}`);
  }

  save(message: string): void {
    if (this.#context !== undefined) this.#fatal ??= message;
    else this.#first ??= message;
  }

  fatal(message: string): void {
    this.#fatal ??= message;
  }

  fatalMismatch(found: string, goType: string): void {
    this.fatal(`json: cannot unmarshal ${found} into Go ${this.#where()} of type ${goType}`);
  }

  /** Decodes what a type's UnmarshalJSON decodes: errors name the field outside, unknown fields go unnoticed. */
  nested<T>(read: () => T): T {
    const { strict } = this;
    const context = this.#context;
    this.#context ??= this.#where();
    this.strict = undefined;
    const value = read();
    this.strict = strict;
    this.#context = context;
    return value;
  }

  /** Throws what was found. */
  finish(): void {
    const message = this.#fatal ?? this.#first;
    if (message !== undefined) throw new DecodeError(message);
  }

  #where(): string {
    if (this.#context !== undefined) return this.#context;
    if (this.struct === "" && this.fields.length === 0) return "value";
    return `struct field ${this.struct}.${this.fields.join(".")}`;
  }
}
