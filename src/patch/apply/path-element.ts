import { byteOrdered, goFloat, goQuote } from "../../kube/go-text.js";
import { isObject, type Json } from "../../kube/json.js";
import { compareScalars, numberOf, order } from "./values.js";

/** A field of the key of a list item. */
export interface KeyPart {
  readonly name: string;
  readonly value: Json;
}

/** Kinds of elements in their order. */
const Rank = { Field: 0, Key: 1, Value: 2, Index: 3 } as const;
type Rank = (typeof Rank)[keyof typeof Rank];

/** A key of fieldsV1 that can't be read. */
export class PathElementError extends Error {}

/**
 * One step into an object: a field (`f:spec`), a list item by its key (`k:{"name":"c"}`) or by its value
 * (`v:"example.com/a"`), or by its position (`i:0`). Upstream: structured-merge-diff fieldpath/element.go.
 */
export class PathElement {
  #text: string | undefined;

  private constructor(
    readonly rank: Rank,
    /** The field's name, "" otherwise. */
    readonly name: string,
    /** {@link name} so that comparing code units orders as Go does. */
    readonly order: string,
    readonly key: readonly KeyPart[],
    readonly value: Json,
  ) {}

  static field(name: string): PathElement {
    return new PathElement(Rank.Field, name, byteOrdered(name), [], null);
  }

  static key(parts: readonly KeyPart[]): PathElement {
    return new PathElement(Rank.Key, "", "", parts, null);
  }

  static value(value: Json): PathElement {
    return new PathElement(Rank.Value, "", "", [], value);
  }

  static index(index: number): PathElement {
    return new PathElement(Rank.Index, "", "", [], index);
  }

  /** Undefined for a kind of element that a later version may know. @throws PathElementError */
  static parse(text: string): PathElement | undefined {
    if (text.length < 2) throw new PathElementError("key must be 2 characters long:");
    if (text[1] !== ":") throw new PathElementError(`missing colon: ${text}`);
    const rest = text.slice(2);
    switch (text[0]) {
      case "f":
        return PathElement.field(rest);
      case "k":
        return PathElement.key(parseKey(rest));
      case "v":
        return PathElement.value(parseJson(rest) as Json);
      case "i":
        if (!/^[+-]?\d+$/.test(rest)) throw new PathElementError(`strconv.Atoi: parsing ${goQuote(rest)}`);
        return PathElement.index(Number(rest));
      default:
        return undefined;
    }
  }

  get isField(): boolean {
    return this.rank === Rank.Field;
  }

  get isKey(): boolean {
    return this.rank === Rank.Key;
  }

  /** As fieldsV1 has it, quoted. */
  get text(): string {
    this.#text ??= quote(this.#plainText());
    return this.#text;
  }

  /** As messages show it: `.spec`, `[name="c"]`, `[="x"]`, `[0]`. */
  toString(): string {
    switch (this.rank) {
      case Rank.Field:
        return `.${this.name}`;
      case Rank.Key:
        return `[${this.key.map(({ name, value }) => `${name}=${shown(value)}`).join(",")}]`;
      case Rank.Value:
        return `[=${shown(this.value)}]`;
      case Rank.Index:
        return `[${String(this.value)}]`;
    }
  }

  #plainText(): string {
    switch (this.rank) {
      case Rank.Field:
        return `f:${this.name}`;
      case Rank.Key:
        return `k:{${this.key.map(({ name, value }) => `${quote(name)}:${scalarText(value)}`).join(",")}}`;
      case Rank.Value:
        return `v:${scalarText(this.value)}`;
      case Rank.Index:
        return `i:${String(this.value)}`;
    }
  }
}

export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0;
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.rank === Rank.Field) return order(a.order, b.order);
  return a.rank === Rank.Key ? compareKeys(a.key, b.key) : compareScalars(a.value, b.value);
}

function compareKeys(a: readonly KeyPart[], b: readonly KeyPart[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const [left, right] = [a[i]!, b[i]!];
    const found = order(byteOrdered(left.name), byteOrdered(right.name)) || compareScalars(left.value, right.value);
    if (found !== 0) return found;
  }
  return a.length - b.length;
}

function parseKey(text: string): KeyPart[] {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PathElementError(`not a key: ${text}`);
  }
  const parts = Object.entries(value as Record<string, Json>).map(([name, part]) => ({ name, value: part }));
  return sortKey(parts);
}

export function sortKey(parts: KeyPart[]): KeyPart[] {
  return parts.sort((a, b) => order(byteOrdered(a.name), byteOrdered(b.name)));
}

/** Numbers are read as float64, as upstream reads them. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PathElementError(`not JSON: ${text}`);
  }
}

function shown(value: Json): string {
  if (typeof value === "string") return goQuote(value);
  if (Array.isArray(value)) return `[${value.map(shown).join(",")}]`;
  if (isObject(value))
    return Object.entries(value).reduce((all, [name, item]) => `${all}${name}=${shown(item ?? null)}`, "");
  const number = numberOf(value);
  return typeof number === "number" ? goFloat(number) : String(value);
}

/** A value inside an element's text, whose encoder escapes HTML, which that of the text around it does not. */
function scalarText(value: Json): string {
  if (typeof value !== "string") return JSON.stringify(numberOf(value) ?? value, bigintText);
  return quote(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

/** Go has short escapes for line breaks and tabs only. */
function quote(text: string): string {
  const quoted = JSON.stringify(text);
  return /\\[bf]/.test(quoted) ? quoted.replace(/\\(.)/g, longEscape) : quoted;
}

function longEscape(found: string, letter: string): string {
  if (letter === "b") return "\\u0008";
  return letter === "f" ? "\\u000c" : found;
}
