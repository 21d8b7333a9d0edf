import { Random } from "../patch/random.js";
import { mutate } from "./mutate.js";
import type { Target } from "./target.js";

/** Inputs kept at most. */
const MAX_CORPUS = 2000;

/** Makes inputs for a target, from those before that came to something new. The same seed makes the same inputs. */
export class Fuzzer {
  readonly #target: Target;
  readonly #random: Random;
  readonly #corpus: Buffer[];
  readonly #outcomes = new Set<string>();
  #seeds: number;

  constructor(target: Target, seed: number) {
    this.#target = target;
    this.#random = new Random(seed);
    this.#corpus = target.seeds.map((example) => Buffer.from(example));
    this.#seeds = this.#corpus.length;
  }

  /** Kinds of outcomes seen. */
  get outcomes(): number {
    return this.#outcomes.size;
  }

  /** The seeds as they are, then mutations. */
  next(): Buffer {
    if (this.#seeds > 0) return this.#corpus[--this.#seeds]!;
    const other = () => this.#random.pick(this.#corpus);
    return mutate(this.#random, other(), this.#target.form, { words: this.#target.words ?? [], other });
  }

  /** Runs an input; a new outcome keeps it. */
  async run(input: Buffer): Promise<void> {
    const running = this.#target.run(input);
    const outcome = typeof running === "string" ? running : await running;
    if (this.#outcomes.has(outcome) || this.#outcomes.size >= 100_000) return;
    this.#outcomes.add(outcome);
    if (this.#corpus.length < MAX_CORPUS) this.#corpus.push(Buffer.from(input));
    else this.#corpus[this.#random.below(MAX_CORPUS)] = Buffer.from(input);
  }
}
