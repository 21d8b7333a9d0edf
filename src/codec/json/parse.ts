import { FloatLiteral, type Json, type JsonObject } from "../../kube/json.js";
import { setField } from "../../kube/json-access.js";
import { DecodeError, JsonSyntaxError } from "./errors.js";
import { untypedNumber } from "./numbers.js";
import { Scanner } from "./scanner.js";
import { type Path, StrictErrors } from "./strict-errors.js";
import { documentText } from "./text.js";

export interface ParseOptions {
  /** Collects `duplicate field "metadata.labels.a"` for each key that an object has twice; the later value wins. */
  readonly strict?: string[];
  /** A number beyond float64 is kept as its literal: its type may be told later, and then be the one to refuse it. */
  readonly endless?: boolean;
}

/** Parses one JSON document without a type. Throws JsonSyntaxError, or DecodeError for a number beyond float64. */
export function parseJson(input: Buffer | string, options: ParseOptions = {}): Json {
  const scanner = new Scanner(documentText(input));
  const value = readUntyped(scanner, options.strict && new StrictErrors(options.strict), [], options.endless);
  scanner.end();
  return value;
}

/** What Go's decoder says of a document that is not JSON; "" where it is. */
export function jsonSyntaxMessage(input: Buffer | string): string {
  const scanner = new Scanner(documentText(input));
  try {
    scanner.skip();
    scanner.end();
    return "";
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
}

interface Frame {
  readonly container: JsonObject | Json[];
  readonly key: string;
}

/** Reads the value at the cursor; without recursion, because documents may nest deeper than the stack. */
export function readUntyped(scanner: Scanner, strict: StrictErrors | undefined, path: Path, endless = false): Json {
  const stack: Frame[] = [];
  let container: JsonObject | Json[] | undefined;
  let key = "";
  for (;;) {
    const code = scanner.peek();
    let value: Json;
    if (code === 123 || code === 91) {
      const opened: JsonObject | Json[] = code === 123 ? {} : [];
      scanner.enter();
      if (scanner.peek() !== code + 2) {
        if (container !== undefined) stack.push({ container, key });
        container = opened;
        if (code === 123) key = scanner.key();
        continue;
      }
      scanner.leave();
      value = opened;
    } else value = readScalar(scanner, code, endless);
    for (;;) {
      if (container === undefined) return value;
      if (Array.isArray(container)) {
        container.push(value);
        if (scanner.more(93, "after array element")) break;
      } else {
        if (strict !== undefined && Object.hasOwn(container, key)) {
          strict.duplicate([...path, ...pathOf(stack)], key);
        }
        setField(container, key, value);
        if (scanner.more(125, "after object key:value pair")) {
          key = scanner.key();
          break;
        }
      }
      value = container;
      const frame = stack.pop();
      container = frame?.container;
      key = frame?.key ?? "";
    }
  }
}

function readScalar(scanner: Scanner, code: number, endless: boolean): Json {
  switch (code) {
    case 34:
      return scanner.string();
    case 116:
      scanner.word("true");
      return true;
    case 102:
      scanner.word("false");
      return false;
    case 110:
      scanner.word("null");
      return null;
    default: {
      if (code !== 45 && !(code >= 48 && code <= 57)) scanner.fail("looking for beginning of value");
      const literal = scanner.number();
      const value = untypedNumber(literal);
      if (value === undefined) {
        if (endless) return new FloatLiteral(Number(literal), literal);
        throw new DecodeError(`json: cannot unmarshal number ${literal} into Go value of type float64`);
      }
      return value;
    }
  }
}

function pathOf(stack: readonly Frame[]): (string | number)[] {
  return stack.map((frame) => (Array.isArray(frame.container) ? frame.container.length : frame.key));
}
