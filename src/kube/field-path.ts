/** Where in an object a value stands; upstream: apimachinery/pkg/util/validation/field/path.go. Immutable. */
export class FieldPath {
  readonly #text: string;
  readonly #isRoot: boolean;

  private constructor(text: string, isRoot: boolean) {
    this.#text = text;
    this.#isRoot = isRoot;
  }

  /** `FieldPath.of("spec", "containers")` is `spec.containers`; without names, the path of the object itself. */
  static of(...names: readonly string[]): FieldPath {
    return new FieldPath("", true).child(...names);
  }

  child(...names: readonly string[]): FieldPath {
    let text = this.#text;
    let isRoot = this.#isRoot;
    for (const name of names) {
      // A name that is empty reads as an index that is: upstream's Path.String tells them apart by the name.
      text = name === "" ? `${text}[]` : isRoot ? name : `${text}.${name}`;
      isRoot = false;
    }
    return new FieldPath(text, isRoot);
  }

  index(index: number): FieldPath {
    return new FieldPath(`${this.#text}[${index}]`, false);
  }

  key(key: string): FieldPath {
    return new FieldPath(`${this.#text}[${key}]`, false);
  }

  /** A path without any element is Go's nil path. */
  toString(): string {
    return this.#isRoot ? "<nil>" : this.#text;
  }
}
