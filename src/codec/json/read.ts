import { unsupported } from "../../kube/gaps.js";
import { isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import { setField } from "../../kube/json-access.js";
import type { StructType } from "../../schema/model.js";
import { DecodeState } from "./decode-state.js";
import { DecodeError } from "./errors.js";
import { leafOf } from "./leaf.js";
import { parseJson } from "./parse.js";
import { type Node, Plan, type PlannedField, Seen, zeroOf } from "./plan.js";
import { Scanner } from "./scanner.js";
import { StrictErrors } from "./strict-errors.js";
import { documentText, wellFormed } from "./text.js";

export interface DecodeOptions {
  /** Collects what strict validation objects to: `unknown field "spec.foo"`, `duplicate field "spec.bar"`. */
  readonly strict?: string[];
}

/**
 * Decodes a JSON document into the form that the type gives it, in one pass over the text. Throws JsonSyntaxError and
 * DecodeError, the former first as Go checks the whole document before it decodes. JSON.parse with a walk over its
 * result takes as long (bench/codec.ts), and knows nothing of duplicates, number literals and verbatim text.
 */
export function readTyped(input: Buffer | string, type: StructType, options: DecodeOptions = {}): JsonObject {
  if (type.unstructured) return asObject(parseJson(input, options));
  const scanner = new Scanner(documentText(input));
  const state = new DecodeState(options.strict && new StrictErrors(options.strict));
  const reader = new Reader(scanner, state);
  const value = reader.value({ kind: "struct", plan: Plan.of(type) }, undefined);
  scanner.end();
  state.finish();
  return isObject(value) ? value : {};
}

/** What has no type must at least be an object. @throws DecodeError */
export function asObject(value: Json): JsonObject {
  if (isObject(value)) return value;
  if (value === null) return {};
  const found = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  const shown = found === "bigint" || found === "object" ? "number" : found;
  throw new DecodeError(`json: cannot unmarshal ${shown} into Go value of type map[string]interface {}`);
}

/** `into` is what an earlier duplicate of the key left there: Go decodes into it. */
class Reader {
  readonly #scanner: Scanner;
  readonly #state: DecodeState;

  constructor(scanner: Scanner, state: DecodeState) {
    this.#scanner = scanner;
    this.#state = state;
  }

  /** Undefined: absent, Go's zero. */
  value(node: Node, into: Json | undefined): Json | undefined {
    const scanner = this.#scanner;
    const code = scanner.peek();
    if (code === 110) {
      scanner.word("null");
      return into;
    }
    switch (node.kind) {
      case "leaf":
        return this.#leaf(node, code);
      case "struct":
        return code === 123 ? this.#struct(node.plan, into) : this.#mismatch(node.plan.goType);
      case "list":
        return code === 91 ? this.#list(node.of, into) : this.#mismatch(node.goType);
      case "map":
        return code === 123 ? this.#map(node.of, into) : this.#mismatch(node.goType);
      case "verbatim":
        return new RawJson(checkNumbers(this.#raw()));
      case "union":
        return this.#union(node, code);
    }
  }

  #leaf({ leaf }: Node & { kind: "leaf" }, code: number): Json | undefined {
    const scanner = this.#scanner;
    switch (code) {
      case 34:
        return leaf.string(scanner.string(), this.#state);
      case 116:
        scanner.word("true");
        return leaf.bool(true, this.#state);
      case 102:
        scanner.word("false");
        return leaf.bool(false, this.#state);
      case 123:
      case 91: {
        const raw = this.#raw();
        return leaf.container(code === 123 ? "object" : "array", () => raw, this.#state);
      }
      default:
        if (code !== 45 && !(code >= 48 && code <= 57)) scanner.fail("looking for beginning of value");
        return leaf.number(scanner.number(), this.#state);
    }
  }

  #struct(plan: Plan, into: Json | undefined): JsonObject {
    const scanner = this.#scanner;
    const out: JsonObject = isObject(into) ? into : {};
    this.#state.checkDepth();
    scanner.enter();
    if (scanner.peek() === 125) {
      scanner.leave();
      return out;
    }
    const seen = new Seen();
    do {
      const key = scanner.key();
      const field = plan.field(key);
      if (field === undefined) {
        this.#state.strict?.unknown(this.#state.path, key);
        scanner.skip();
      } else {
        const again = seen.mark(field.index);
        if (again) this.#state.strict?.duplicate(this.#state.path, key);
        this.#field(plan, field, again || out === into, out);
      }
    } while (scanner.more(125, "after object key:value pair"));
    return out;
  }

  /** `over`: something may be there already. */
  #field(plan: Plan, field: PlannedField, over: boolean, out: JsonObject): void {
    const state = this.#state;
    const { name } = field;
    const outer = state.struct;
    state.struct = plan.name;
    state.fields.push(name);
    state.path.push(name);
    const before = over ? out[name] : undefined;
    const nil = field.nillable && this.#scanner.peek() === 110;
    const value = this.value(field.node, nil ? undefined : before);
    if (value !== undefined) out[name] = value;
    else if (over) delete out[name];
    state.path.pop();
    state.fields.pop();
    state.struct = outer;
  }

  #list(of: Node, into: Json | undefined): Json[] {
    const scanner = this.#scanner;
    const { path } = this.#state;
    // Go keeps the elements of an earlier duplicate and decodes over them.
    const before = Array.isArray(into) ? into : undefined;
    const out: Json[] = [];
    scanner.enter();
    if (scanner.peek() === 93) {
      scanner.leave();
      return out;
    }
    do {
      path.push(out.length);
      out.push(this.value(of, before?.[out.length]) ?? zeroOf(of));
      path.pop();
    } while (scanner.more(93, "after array element"));
    return out;
  }

  #map(of: Node, into: Json | undefined): JsonObject {
    const scanner = this.#scanner;
    const { path, strict } = this.#state;
    const out: JsonObject = isObject(into) ? into : {};
    scanner.enter();
    if (scanner.peek() === 125) {
      scanner.leave();
      return out;
    }
    const seen = strict && new Set<string>();
    do {
      const key = scanner.key();
      if (seen?.has(key)) strict?.duplicate(path, key);
      seen?.add(key);
      path.push(key);
      setField(out, key, this.value(of, undefined) ?? zeroOf(of));
      path.pop();
    } while (scanner.more(125, "after object key:value pair"));
    return out;
  }

  #union({ union, plan }: Node & { kind: "union" }, code: number): Json | undefined {
    const state = this.#state;
    if (code === 123) return state.nested(() => this.#struct(plan, undefined));
    if (union === "jsonSchemaPropsOrBool") {
      const text = this.#raw();
      if (text === "true" || text === "false") return text === "true";
      return state.fatal("boolean or JSON schema expected") as undefined;
    }
    if (code !== 91) {
      // Upstream takes anything else for nothing, without a word.
      this.#raw();
      return undefined;
    }
    const of: Node = union === "jsonSchemaPropsOrArray" ? { kind: "struct", plan } : STRING;
    return state.nested(() => this.#list(of, undefined));
  }

  #mismatch(goType: string): undefined {
    this.#state.mismatch(this.#scanner.found(), goType);
    return undefined;
  }

  /** The value's text without white space between its tokens. */
  #raw(): string {
    const start = this.#scanner.skip();
    return compact(wellFormed(this.#scanner.text.slice(start, this.#scanner.pos)));
  }
}

/** Where a float64 may end: most texts have no such number, and are not looked at again. */
const LARGE = /\d[eE]\+?\d{3}|\d{309}/;
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** @throws ApiError 501 for a number beyond float64, at which a real server ends the connection */
function checkNumbers(text: string): string {
  if (!LARGE.test(text)) return text;
  for (const [token] of text.matchAll(TOKEN)) {
    if (!token.startsWith('"') && !Number.isFinite(Number(token))) throw unsupported("huge-numbers");
  }
  return text;
}

const STRING: Node = { kind: "leaf", leaf: leafOf("string") };

/** JSON text without the white space between its tokens. */
export function compact(text: string): string {
  return /[ \t\n\r]/.test(text) ? text.replace(/("[^"\\]*(?:\\.[^"\\]*)*")|[ \t\n\r]+/g, "$1") : text;
}
