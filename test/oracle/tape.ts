import fc from "fast-check";
import { Random } from "../patch/random.js";

/** Random choices that are read off a list, so that a case with fewer or smaller ones is a simpler case. */
class Tape extends Random {
  readonly #choices: readonly number[];
  #at = 0;

  constructor(choices: readonly number[]) {
    super(0);
    this.#choices = choices;
  }

  /** At the end nothing more is put in: no chance is taken. */
  override next(): number {
    const choice = this.#choices[this.#at++];
    return choice === undefined ? 0.999_999 : 1 - (choice + 1) / 65_537;
  }
}

/** What a generator makes of random choices. A failure shrinks by leaving choices out. */
export function fromChoices<T>(make: (random: Random) => T, choices = 600): fc.Arbitrary<T> {
  const tape = fc.array(fc.nat({ max: 65_535 }), { maxLength: choices, size: "max" });
  return tape.map((list) => make(new Tape(list)));
}
