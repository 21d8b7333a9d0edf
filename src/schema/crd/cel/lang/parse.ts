import { boundedInteger } from "../../../../kube/digits.js";
import { call, type Expr, type MapEntry, type MapExpr, type MessageField, partsOf } from "./ast.js";
import type { Issue } from "./issues.js";
import type { Token, TokenKind } from "./lexer.js";
import { expandMacro, MacroError } from "./macros.js";
import { isOperand, Tokens, Unreadable } from "./tokens.js";
import { bytesOf, stringOf } from "./unescape.js";
import { Uint } from "./values.js";

/** Upstream: cel-go/parser/parser.go. */
export function parse(source: string): { readonly expr: Expr } | { readonly issues: readonly Issue[] } {
  const parser = new Parser(source);
  const expr = parser.whole();
  return expr && parser.issues.length === 0 ? { expr } : { issues: parser.issues };
}

const MAX_ISSUES = 101;
/** How deep expressions lie in each other, and separately how deep what an operator or a dot makes of them. */
const MAX_DEPTH = 250;
const RELATIONS: ReadonlySet<TokenKind> = new Set<TokenKind>(["<", "<=", ">=", ">", "==", "!=", "in"]);
const SUMS: ReadonlySet<TokenKind> = new Set<TokenKind>(["+", "-"]);
const PRODUCTS: ReadonlySet<TokenKind> = new Set<TokenKind>(["*", "/", "%"]);
const RESERVED: ReadonlySet<string> = new Set([
  ...["as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package"],
  ...["namespace", "return", "var", "void", "while"],
]);
const [MIN_INT, MAX_INT, MAX_UINT] = [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 64n - 1n];
const FIELD = "{IDENTIFIER, ESC_IDENTIFIER}";
const FIELDS = "{'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}";
const FIELD_START: ReadonlySet<TokenKind> = new Set<TokenKind>(["?", "IDENTIFIER", "ESC_IDENTIFIER"]);

class Parser {
  readonly #tokens: Tokens;
  #depth = 0;
  /** Operators and dots one above the other; none where it is not said. */
  readonly #heights = new WeakMap<Expr, number>();

  constructor(source: string) {
    this.#tokens = new Tokens(source);
  }

  get issues(): readonly Issue[] {
    // Upstream's parser gives up there (cel-go/parser/options.go, errorReportingLimit).
    return this.#tokens.issues.slice(0, MAX_ISSUES);
  }

  whole(): Expr | undefined {
    try {
      const expr = this.#expr();
      this.#tokens.expect("<EOF>", () => false);
      return expr;
    } catch (error) {
      if (error instanceof Unreadable) return undefined;
      throw error;
    }
  }

  #problem(at: number, message: string): void {
    this.#tokens.issues.push({ at, message });
  }

  #expr(optional = false): Expr {
    this.#tokens.expectOperand(optional);
    if (++this.#depth > MAX_DEPTH) this.#giveUp(`expression recursion limit exceeded: ${MAX_DEPTH}`);
    const expr = this.#conditional();
    this.#depth--;
    return expr;
  }

  #conditional(): Expr {
    const condition = this.#or();
    const question = this.#tokens.takeIf("?");
    if (!question) return condition;
    const then = this.#or();
    this.#tokens.expect(":", isOperand);
    const parts = [condition, then, this.#expr()];
    return this.#above(parts, call(question.at, "_?_:_", parts));
  }

  #giveUp(why: string): never {
    this.#problem(-1, why);
    throw new Unreadable();
  }

  #heightOf(parts: readonly Expr[]): number {
    return parts.reduce((most, part) => Math.max(most, this.#heights.get(part) ?? 0), 0);
  }

  /** Notes an expression that is deeper than its parts; what comes after the parser can rely on the limit. */
  #above(parts: readonly Expr[], expr: Expr): Expr {
    const height = this.#heightOf(parts) + 1;
    if (height > MAX_DEPTH) this.#giveUp("max recursion depth exceeded");
    this.#heights.set(expr, height);
    return expr;
  }

  /** Notes one that is as deep as its parts. */
  #around(parts: readonly Expr[], expr: Expr): Expr {
    this.#heights.set(expr, this.#heightOf(parts));
    return expr;
  }

  #or(): Expr {
    return this.#joined("||", () => this.#joined("&&", () => this.#relation()));
  }

  #relation(): Expr {
    return this.#chain(RELATIONS, () => this.#chain(SUMS, () => this.#chain(PRODUCTS, () => this.#unary())));
  }

  #chain(operators: ReadonlySet<TokenKind>, operand: () => Expr): Expr {
    let left = operand();
    while (operators.has(this.#tokens.peek().kind)) {
      const { at, kind } = this.#tokens.take();
      const parts = [left, operand()];
      left = this.#above(parts, call(at, kind === "in" ? "@in" : `_${kind}_`, parts));
    }
    return left;
  }

  #joined(operator: TokenKind, operand: () => Expr): Expr {
    const terms = [operand()];
    const places: number[] = [];
    while (this.#tokens.peek().kind === operator) {
      places.push(this.#tokens.take().at);
      terms.push(operand());
    }
    return this.#balanced(`_${operator}_`, terms, places);
  }

  /** Of however many terms: a tree that is not deep. Upstream: cel-go/parser/helper.go, logicManager. */
  #balanced(name: string, terms: readonly Expr[], places: readonly number[]): Expr {
    if (terms.length === 1) return terms[0]!;
    const middle = places.length >> 1;
    const parts = [
      this.#balanced(name, terms.slice(0, middle + 1), places.slice(0, middle)),
      this.#balanced(name, terms.slice(middle + 1), places.slice(middle + 1)),
    ];
    return this.#around(parts, call(places[middle]!, name, parts));
  }

  #unary(): Expr {
    this.#tokens.expectOperand();
    const { kind, at } = this.#tokens.peek();
    if (kind !== "!" && kind !== "-") return this.#member();
    if (kind === "-" && /^NUM_(INT|FLOAT)$/.test(this.#tokens.peek(1).kind)) return this.#member();
    // Of several signs before a number, none is the number's own.
    let signs = 0;
    while (this.#tokens.peek().kind === kind) {
      this.#tokens.take();
      signs++;
    }
    this.#tokens.expectSigned();
    const operand = this.#member();
    return signs % 2 === 0 ? operand : this.#around([operand], call(at, `${kind}_`, [operand]));
  }

  #member(): Expr {
    let expr = this.#primary();
    for (;;) {
      const { kind, at } = this.#tokens.peek();
      if (kind === ".") expr = this.#selection(expr, this.#tokens.take());
      else if (kind === "[") {
        this.#tokens.take();
        const name = this.#tokens.takeIf("?") ? "_[?_]" : "_[_]";
        const index = this.#expr(name === "_[_]");
        this.#tokens.expect("]", () => this.#tokens.peek().kind === "<EOF>");
        expr = this.#above([expr, index], call(at, name, [expr, index]));
      } else return expr;
    }
  }

  #selection(operand: Expr, dot: Token): Expr {
    const optional = this.#tokens.takeIf("?");
    const { kind, text, at } = this.#tokens.peek();
    if (kind !== "IDENTIFIER" && kind !== "ESC_IDENTIFIER") {
      if (optional) {
        const mismatch = this.#tokens.mismatch(FIELD);
        this.#problem(at, "unsupported ident kind");
        throw mismatch;
      }
      const end = kind === "<EOF>" ? at : at + text.length;
      this.#tokens.report({ at }, `no viable alternative at input '${this.#tokens.source.slice(dot.at, end)}'`);
      throw new Unreadable();
    }
    this.#tokens.take();
    if (kind === "ESC_IDENTIFIER") this.#problem(at, "unsupported syntax: '`'");
    if (optional) {
      const field: Expr = { kind: "literal", at: dot.at, value: text };
      return this.#above([operand], call(dot.at, "_?._", [operand, field]));
    }
    const open = kind === "IDENTIFIER" && this.#tokens.takeIf("(");
    if (open) return this.#called(open.at, text, operand);
    return this.#above([operand], { kind: "select", at: dot.at, operand, field: text, test: false });
  }

  #called(at: number, name: string, target: Expr | undefined, dotted = false): Expr {
    const args: Expr[] = [];
    if (this.#tokens.peek().kind !== ")") {
      do args.push(this.#expr());
      while (this.#tokens.takeIf(","));
    }
    this.#tokens.expect(")", () => this.#tokens.peek().kind === "<EOF>");
    try {
      const made: Expr = expandMacro(at, name, target, args) ?? { kind: "call", at, name, target, args, dotted };
      return target ? this.#above([target, ...args], made) : this.#around(args, made);
    } catch (error) {
      if (!(error instanceof MacroError)) throw error;
      this.#problem(error.at, error.message);
      return { kind: "literal", at, value: null };
    }
  }

  #primary(): Expr {
    this.#tokens.expectOperand();
    const token = this.#tokens.take();
    switch (token.kind) {
      case "(": {
        const expr = this.#expr();
        this.#tokens.expect(")", () => this.#tokens.peek().kind === "<EOF>");
        return expr;
      }
      case "[":
        return this.#list(token.at);
      case "{":
        return this.#map(token.at);
      case ".":
        return this.#name(
          this.#tokens.expect("IDENTIFIER", () => false),
          true,
        );
      case "IDENTIFIER":
        return this.#name(token);
      default:
        return this.#literal(token);
    }
  }

  #name({ text, at }: Token, dotted = false): Expr {
    const message = this.#messageName(text);
    if (message !== undefined) return this.#message(message, dotted);
    const open = this.#tokens.takeIf("(");
    if (RESERVED.has(text)) this.#problem(at, `reserved identifier: ${text}`);
    return open ? this.#called(open.at, text, undefined, dotted) : { kind: "ident", at, name: text, dotted };
  }

  /** `a.b.C` where `{` follows. */
  #messageName(head: string): string | undefined {
    let [name, ahead] = [head, 0];
    while (this.#tokens.peek(ahead).kind === "." && this.#tokens.peek(ahead + 1).kind === "IDENTIFIER") {
      name += `.${this.#tokens.peek(ahead + 1).text}`;
      ahead += 2;
    }
    if (this.#tokens.peek(ahead).kind !== "{") return undefined;
    for (; ahead > 0; ahead--) this.#tokens.take();
    return name;
  }

  #message(name: string, dotted: boolean): Expr {
    const { at } = this.#tokens.take();
    const fields: MessageField[] = [];
    const start = this.#tokens.peek().at;
    // A comma may come after the last of them, even if there are none.
    let comma = this.#tokens.takeIf(",") !== undefined;
    while (comma ? fields.length > 0 && FIELD_START.has(this.#tokens.peek().kind) : this.#tokens.peek().kind !== "}") {
      fields.push(this.#messageField(start, fields.length === 0));
      comma = this.#tokens.takeIf(",") !== undefined;
      if (!comma) break;
    }
    if (comma) this.#tokens.expect("}", () => this.#tokens.peek().kind === "<EOF>");
    else this.#tokens.expect("}", () => false, "{'}', ','}");
    const parts = fields.map(({ value }) => value);
    return this.#around(parts, { kind: "message", at, name, fields, dotted });
  }

  #messageField(start: number, first: boolean): MessageField {
    const optional = this.#tokens.takeIf("?") !== undefined;
    const escaped = this.#tokens.takeIf("ESC_IDENTIFIER");
    if (escaped) this.#problem(start, "unsupported syntax: '`'");
    else if (optional && first && this.#tokens.peek().kind !== "IDENTIFIER") {
      this.#problem(start, "unsupported ident kind");
    }
    const told = first && !optional ? FIELDS : FIELD;
    const { text } = escaped ?? this.#tokens.expect("IDENTIFIER", () => false, told);
    const { at } = this.#tokens.expect(":", isOperand);
    return { at, name: text, value: this.#expr(), optional };
  }

  #list(at: number): Expr {
    const items: Expr[] = [];
    const optional = new Set<number>();
    while (this.#tokens.peek().kind !== "]") {
      if (this.#tokens.peek().kind === "," && items.length === 0) {
        this.#tokens.take();
        break;
      }
      if (this.#tokens.takeIf("?")) optional.add(items.length);
      items.push(this.#expr(!optional.has(items.length)));
      if (!this.#tokens.takeIf(",")) break;
    }
    this.#tokens.expect("]", () => false, "{']', ','}");
    return this.#around(items, { kind: "list", at, items, optional });
  }

  #map(at: number): Expr {
    const entries: MapEntry[] = [];
    while (this.#tokens.peek().kind !== "}") {
      if (this.#tokens.peek().kind === "," && entries.length === 0) {
        this.#tokens.take();
        break;
      }
      const optional = this.#tokens.takeIf("?") !== undefined;
      const key = this.#expr(!optional);
      this.#tokens.expect(":", isOperand);
      entries.push([key, this.#expr(), optional]);
      if (!this.#tokens.takeIf(",")) break;
    }
    this.#tokens.expect("}", () => false, "{'}', ','}");
    const map: MapExpr = { kind: "map", at, entries };
    return this.#around(partsOf(map), map);
  }

  #literal(token: Token): Expr {
    const { at, kind, text } = token;
    switch (kind) {
      case "true":
      case "false":
        return { kind: "literal", at, value: kind === "true" };
      case "null":
        return { kind: "literal", at, value: null };
      case "STRING":
        return { kind: "literal", at, value: this.#orProblem(at, stringOf(text), "") };
      case "BYTES":
        return { kind: "literal", at, value: this.#orProblem(at, bytesOf(text), Buffer.alloc(0)) };
      case "-":
        this.#tokens.expectNegative();
        return this.#number(at, this.#tokens.take(), true);
      default:
        return this.#number(at, token, false);
    }
  }

  #orProblem<T>(at: number, value: T | undefined, other: T): T {
    if (value === undefined) this.#problem(at, "unable to unescape string");
    return value ?? other;
  }

  #number(at: number, { kind, text }: Token, negative: boolean): Expr {
    if (kind === "NUM_FLOAT") {
      const value = Number(text);
      if (!Number.isFinite(value)) this.#problem(at, "invalid double literal");
      return { kind: "literal", at, value: negative ? -value : value };
    }
    const [, hex, decimal = "0"] = /^(?:0x([\da-f]+)|(\d+))/i.exec(text)!;
    const whole = hex === undefined ? boundedInteger(decimal) : boundedInteger(hex, "0x");
    if (kind === "NUM_UINT") {
      if (whole > MAX_UINT) this.#problem(at, "invalid uint literal");
      return { kind: "literal", at, value: new Uint(whole) };
    }
    const value = negative ? -whole : whole;
    if (value > MAX_INT || value < MIN_INT) this.#problem(at, "invalid int literal");
    return { kind: "literal", at, value };
  }
}
