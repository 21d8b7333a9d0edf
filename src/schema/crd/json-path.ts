import { isObject, type Json } from "../../kube/json.js";
import { fieldNames, fieldOf } from "../../kube/json-access.js";
import { numberOf } from "./numbers.js";

/** From the values found so far to the next ones. Throws {@link JsonPathError} where upstream's evaluation fails. */
type Step = (input: readonly Json[]) => readonly Json[];

export class JsonPathError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "JsonPathError";
  }
}

/** A JSONPath as additionalPrinterColumns have it; upstream: client-go/util/jsonpath, with missing keys allowed. */
export class JsonPath {
  readonly #steps: readonly Step[];

  private constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  /** @param text without braces, e.g. ".status.conditions[?(@.type=='Ready')].status". @throws JsonPathError */
  static parse(text: string): JsonPath {
    return new JsonPath(new PathParser(text).steps());
  }

  /** @throws JsonPathError */
  find(value: Json): readonly Json[] {
    return this.#steps.reduce<readonly Json[]>((found, step) => step(found), [value]);
  }

  /** The first value, or undefined where there is none or the path does not fit. */
  first(value: Json): Json | undefined {
    try {
      return this.find(value)[0];
    } catch (error) {
      if (error instanceof JsonPathError) return undefined;
      throw error;
    }
  }
}

const FILTER = /^(?:(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)|(.*))$/s;
const SLICE = /^(-?\d*)(?::(-?\d*))?(?::(\d*))?$/;

class PathParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  steps(): Step[] {
    const steps: Step[] = [];
    while (this.#at < this.#text.length) {
      const step = this.#step();
      if (step) steps.push(step);
    }
    return steps;
  }

  #step(): Step | undefined {
    const rest = this.#text.slice(this.#at);
    if (/^[ @$]/.test(rest)) {
      this.#at++;
      return undefined;
    }
    if (rest.startsWith("[?(")) return this.#filter();
    if (rest.startsWith("..")) {
      this.#at += 1;
      if (!/^\.[\p{L}\p{N}_]/u.test(this.#text.slice(this.#at))) this.#at++;
      return descend;
    }
    if (rest.startsWith("[")) return this.#brackets();
    if (rest.startsWith(".")) return this.#field();
    return this.#constant(rest);
  }

  #field(): Step {
    this.#at++;
    const name = /^(?:\\.|[^ \t\r\n.,[\]${}\\])*/su.exec(this.#text.slice(this.#at))![0];
    this.#at += name.length;
    if (name === "*") return wildcard;
    return name === "" ? (input) => input : fieldStep(name.replace(/\\(.)/gsu, "$1"));
  }

  #constant(rest: string): Step {
    const match = /^(?:(-?\d+(?:\.\d+)?)|(true|false)|"([^"]*)"|'([^']*)')/.exec(rest);
    if (!match) throw new JsonPathError(`unrecognized character in action: ${rest[0]}`);
    this.#at += match[0].length;
    const value: Json =
      match[1] !== undefined
        ? Number(match[1])
        : match[2] !== undefined
          ? match[2] === "true"
          : (match[3] ?? match[4] ?? "");
    return (input) => input.map(() => value);
  }

  #brackets(): Step {
    const close = this.#text.indexOf("]", this.#at);
    if (close < 0) throw new JsonPathError("unterminated array");
    const inner = this.#text.slice(this.#at + 1, close);
    this.#at = close + 1;
    const parts = inner.split(",");
    if (parts.length === 1) return bracketStep(inner);
    const steps = parts.map((part) => bracketStep(part.trim()));
    return (input) => steps.flatMap((step) => step(input));
  }

  #filter(): Step {
    const close = closingOf(this.#text, this.#at + 3);
    if (close < 0 || this.#text[close + 1] !== "]") throw new JsonPathError("unterminated filter");
    const inner = this.#text.slice(this.#at + 3, close);
    this.#at = close + 2;
    const [, left, operator, right, alone] = FILTER.exec(inner)!;
    const leftPath = JsonPath.parse((alone ?? left)!);
    const rightPath = operator === undefined ? undefined : JsonPath.parse(right!);
    return (input) => input.flatMap((value) => elementsOf(value).filter(filterOf(leftPath, operator, rightPath)));
  }
}

function closingOf(text: string, from: number): number {
  let depth = 1;
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === "(") depth++;
    else if (char === ")" && --depth === 0) return at;
  }
  return -1;
}

function elementsOf(value: Json): Json[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new JsonPathError("value is not array or slice and cannot be filtered");
  return value;
}

function filterOf(left: JsonPath, operator: string | undefined, right: JsonPath | undefined) {
  return (element: Json): boolean => {
    const a = left.find(element);
    if (!operator || !right) return a.length > 0;
    const b = right.find(element);
    if (a.length === 0 || b.length === 0) return false;
    if (a.length > 1 || b.length > 1) throw new JsonPathError("can only compare one element at a time");
    return compare(a[0]!, operator, b[0]!);
  };
}

function compare(a: Json, operator: string, b: Json): boolean {
  if (typeof a !== typeof b || a === null || (typeof a === "object" && Array.isArray(a))) {
    if (operator === "!=") return true;
    throw new JsonPathError("incompatible types for comparison");
  }
  const [x, y] = typeof a === "string" ? [a, b as string] : [numberOf(a), numberOf(b)];
  switch (operator) {
    case "==":
      return x === y;
    case "!=":
      return x !== y;
    case "<":
      return x < y;
    case "<=":
      return x <= y;
    case ">":
      return x > y;
    default:
      return x >= y;
  }
}

function fieldStep(name: string): Step {
  return (input) =>
    input.flatMap((value) => {
      const found = isObject(value) ? fieldOf(value, name) : undefined;
      return found === undefined ? [] : [found];
    });
}

function bracketStep(text: string): Step {
  const key = /^'([^']+)'$/.exec(text)?.[1];
  if (key !== undefined) return fieldStep(key.replace(/\\(.)/gsu, "$1"));
  const slice = SLICE.exec(text === "*" ? ":" : text);
  if (!slice) throw new JsonPathError(`invalid array index ${text}`);
  const [, low, high, step] = slice;
  const start = low === "" ? 0 : Number(low);
  const derived = high === undefined;
  const end = derived ? start + 1 : high === "" ? undefined : Number(high);
  return (input) =>
    input.flatMap((value) => (value === null ? [] : sliceOf(value, start, end, derived, Number(step || 1))));
}

function sliceOf(value: Json, low: number, high: number | undefined, derived: boolean, step: number): Json[] {
  if (!Array.isArray(value)) throw new JsonPathError("value is not array or slice");
  const { length } = value;
  const start = low < 0 ? low + length : low;
  let end = high ?? length;
  if (end < 0 || (end === 0 && derived)) end += length;
  if (start === end) return [];
  if (start < 0 || start >= length || end < 0 || end > length || start > end || step <= 0) {
    throw new JsonPathError(`array index out of bounds: index ${start}, length ${length}`);
  }
  return value.slice(start, end).filter((_, index) => index % step === 0);
}

const wildcard: Step = (input) => input.flatMap(childrenOf);

function childrenOf(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? fieldNames(value).map((name) => fieldOf(value, name)!) : [];
}

/** Everything at any depth that holds something. */
const descend: Step = (input) =>
  input.flatMap(function walk(value): Json[] {
    const children = childrenOf(value);
    return children.length === 0 ? [] : [value, ...children.flatMap(walk)];
  });
