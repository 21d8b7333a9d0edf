import { type ASTNode, Environment, ParseError } from "@marcbachmann/cel-js";
import type { Expr } from "./ast.js";
import type { Issue } from "./issues.js";
import { expandMacro, MacroError } from "./macros.js";
import { Uint, type Value } from "./values.js";

/** The library bounds what it takes by default far below what a server does; sources are bounded by a request's size. */
const LIMITS = {
  maxAstNodes: 1_000_000,
  maxDepth: 250,
  maxListElements: 100_000,
  maxMapEntries: 100_000,
  maxCallArguments: 1000,
};

/** Only its parser is used: types, values and messages are cel-go's, which the library does not follow. */
const environment = new Environment({ enableOptionalTypes: true, limits: LIMITS });

export function parse(source: string): { readonly expr: Expr } | { readonly issues: readonly Issue[] } {
  try {
    return { expr: new Reader(source).read(environment.parse(source).ast) };
  } catch (error) {
    if (error instanceof MacroError) return { issues: [{ at: error.at, message: error.message }] };
    if (!(error instanceof ParseError)) throw error;
    return { issues: [syntaxIssue(error as LibraryError, source)] };
  }
}

type LibraryError = ParseError & { code: string; summary: string; range?: { start: number; end: number } };

const OPERANDS =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** The most usual mistakes are told as cel-go's parser tells them, all others as the library does. */
function syntaxIssue({ code, summary, range }: LibraryError, source: string): Issue {
  const at = range?.start ?? 0;
  const token = at >= source.length ? "<EOF>" : source.slice(at, Math.max(range?.end ?? at, at + 1));
  const told = (message: string) => ({ at, message: `Syntax error: ${message}` });
  switch (code) {
    case "invalid_macro_argument":
      return { at: source[at - 1] === "." ? at - 1 : at, message: "argument must be a simple name" };
    case "unexpected_token":
      if (token === "?") return { at, message: "optional elements of lists and maps are not supported by this server" };
      if (/^\.\d/.test(source.slice(at)))
        return { at, message: "numbers without a digit before '.' are not supported by this server" };
      return told(`${token === "<EOF>" ? "mismatched" : "extraneous"} input '${token}' expecting ${OPERANDS}`);
    case "expected_token":
      return told(summary === "Expected RPAREN, got EOF" ? "missing ')' at '<EOF>'" : summary);
    case "unexpected_character":
      return told(
        summary.startsWith("Unexpected character: '") ? `extraneous input '${token}' expecting <EOF>` : summary,
      );
    default:
      return told(summary);
  }
}

const RELATIONS: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "in"]);
const [MIN_INT, MAX_INT, MAX_UINT] = [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 64n - 1n];

/** Makes expressions of the library's nodes, with the places that cel-go's messages point to. */
class Reader {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  read(node: ASTNode): Expr {
    switch (node.op) {
      case "value":
        return this.#literal(node.args, node.start);
      case "id":
        return { kind: "ident", at: node.start, name: node.args };
      case ".":
        return this.#select(node.args[0], node.args[1]);
      case ".?": {
        const at = this.#find(node.args[0].end, ".");
        return call(at, "_?._", [this.read(node.args[0]), { kind: "literal", at, value: node.args[1] }]);
      }
      case "[]":
      case "[?]": {
        const at = this.#find(node.args[0].end, "[");
        return call(
          at,
          node.op === "[]" ? "_[_]" : "_[?_]",
          node.args.map((each) => this.read(each)),
        );
      }
      case "call": {
        const [name, args] = node.args;
        return this.#call(this.#find(node.start + name.length, "("), name, undefined, args);
      }
      case "rcall": {
        const [name, target, args] = node.args;
        const dot = this.#find(target.end, ".");
        return this.#call(this.#find(this.#find(dot, name) + name.length, "("), name, target, args);
      }
      case "list":
        return { kind: "list", at: node.start, items: node.args.map((each) => this.read(each)) };
      case "map": {
        const entries = node.args.map(([key, value]) => [this.read(key), this.read(value)] as const);
        return { kind: "map", at: node.start, entries };
      }
      case "?:": {
        const at = this.#find(node.args[0].end, "?");
        return call(
          at,
          "_?_:_",
          node.args.map((each) => this.read(each)),
        );
      }
      case "!_":
        return call(node.start, "!_", [this.read(node.args)]);
      case "-_":
        return this.#negative(node.args, node.start);
      default:
        return this.#binary(node.op, node.args);
    }
  }

  #literal(value: Value | { valueOf(): unknown }, at: number): Expr {
    if (typeof value === "bigint" && (value > MAX_INT || value < MIN_INT)) {
      throw new MacroError(at, "invalid int literal");
    }
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) {
      return { kind: "literal", at, value: value as Value };
    }
    const number = BigInt(String(value.valueOf()));
    if (number > MAX_UINT) throw new MacroError(at, "invalid uint literal");
    return { kind: "literal", at, value: new Uint(number) };
  }

  /** A sign before a number belongs to it, which is how the smallest int can be written. */
  #negative(node: ASTNode, at: number): Expr {
    const { op, args } = node;
    if (op === "value" && (typeof args === "bigint" || typeof args === "number")) return this.#literal(-args, at);
    return call(at, "-_", [this.read(node)]);
  }

  #select(operand: ASTNode, field: string): Expr {
    return { kind: "select", at: this.#find(operand.end, "."), operand: this.read(operand), field, test: false };
  }

  #call(at: number, name: string, target: ASTNode | undefined, args: readonly ASTNode[]): Expr {
    const [receiver, given] = [target && this.read(target), args.map((each) => this.read(each))];
    const expanded = expandMacro(at, name, receiver, given);
    return expanded ?? { kind: "call", at, name, target: receiver, args: given };
  }

  #binary(op: string, [left, right]: readonly [ASTNode, ASTNode]): Expr {
    const at = this.#find(left.end, op);
    // The library binds == and != weaker than the other relations, CEL all of them alike.
    if ((op === "==" || op === "!=") && RELATIONS.has(right.op) && !this.#isEnclosed(at + 2, right.start)) {
      throw new MacroError(at, `Syntax error: '${op}' and '${right.op}' need parentheses here`);
    }
    return call(at, op === "in" ? "@in" : `_${op}_`, [this.read(left), this.read(right)]);
  }

  #isEnclosed(from: number, to: number): boolean {
    return this.#source.slice(from, to).includes("(");
  }

  /** Where a token is, past blanks, comments and closing parentheses. */
  #find(from: number, token: string): number {
    for (let at = from; at < this.#source.length; at++) {
      if (this.#source.startsWith("//", at)) {
        const end = this.#source.indexOf("\n", at);
        if (end < 0) break;
        at = end;
      } else if (this.#source.startsWith(token, at)) return at;
    }
    return from;
  }
}

function call(at: number, name: string, args: readonly Expr[]): Expr {
  return { kind: "call", at, name, target: undefined, args };
}
