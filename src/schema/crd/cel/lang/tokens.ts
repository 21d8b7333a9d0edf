import type { Issue } from "./issues.js";
import { type Token, type TokenKind, tokensOf } from "./lexer.js";

/** Nothing more can be made of the source; what is wrong has been told. */
export class Unreadable extends Error {}

const OPERAND: ReadonlySet<TokenKind> = new Set<TokenKind>([
  ...(["[", "{", "(", ".", "-", "!", "true", "false", "null"] as const),
  ...(["NUM_FLOAT", "NUM_INT", "NUM_UINT", "STRING", "BYTES", "IDENTIFIER"] as const),
]);
const LITERALS = "NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER";
const shown = (mark: string) => `{'[', '{', '(', '.', '-', '!', ${mark}'true', 'false', 'null', ${LITERALS}}`;

/**
 * The tokens of a source, read one after the other. What does not fit is told as ANTLR's parsers do: one token too many
 * or too few is told and passed over, anything else ends the reading.
 */
export class Tokens {
  readonly source: string;
  readonly issues: Issue[];
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(source: string) {
    this.source = source;
    const { tokens, issues } = tokensOf(source);
    this.#tokens = tokens;
    this.issues = [...issues];
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)]!;
  }

  take(): Token {
    const token = this.peek();
    if (token.kind !== "<EOF>") this.#next++;
    return token;
  }

  /** Takes the token if it is of the kind. */
  takeIf(kind: TokenKind): Token | undefined {
    return this.peek().kind === kind ? this.take() : undefined;
  }

  /** A token that has to come; `follows`: what may come after it. */
  expect(kind: TokenKind, follows: (kind: TokenKind) => boolean, told = quoted(kind)): Token {
    const token = this.peek();
    if (token.kind === kind) return this.take();
    if (this.#passOver((next) => next === kind, told)) return this.take();
    if (!follows(token.kind)) throw this.mismatch(told);
    this.report(token, `missing ${told} at ${inQuotes(token.text)}`);
    return token;
  }

  /** Sees to it that an operand can begin here. `optional`: with a question mark before it, too. */
  expectOperand(optional = false): void {
    const fits = (kind: TokenKind) => OPERAND.has(kind) || (optional && kind === "?");
    const told = shown(optional ? "'?', " : "");
    if (!fits(this.peek().kind) && !this.#passOver(fits, told)) throw this.mismatch(told);
  }

  /** After the last of some equal signs, where anything else is one too many. */
  expectSigned(): void {
    const token = this.peek();
    if (token.kind === "!") {
      this.report(token, "no viable alternative at input '-!'");
      throw new Unreadable();
    }
    if (OPERAND.has(token.kind)) return;
    this.#extraneous(shown(""));
    throw new Unreadable();
  }

  /** After the minus of a literal, behind another sign ("!-x"), where only a number can come. */
  expectNegative(): void {
    const token = this.peek();
    if (token.kind === "NUM_INT" || token.kind === "NUM_FLOAT") return;
    if (/^(true|false|null)$/.test(token.kind)) throw this.mismatch("IDENTIFIER");
    const ended = token.kind === "<EOF>";
    this.report(token, `no viable alternative at input ${inQuotes(`-${ended ? "" : token.text}`)}`);
    throw ended ? this.mismatch(shown("")) : new Unreadable();
  }

  mismatch(told: string): Unreadable {
    const token = this.peek();
    this.report(token, `mismatched input ${inQuotes(token.text)} expecting ${told}`);
    return new Unreadable();
  }

  report({ at }: { readonly at: number }, message: string): void {
    this.issues.push({ at, message: `Syntax error: ${message}` });
  }

  #passOver(fits: (kind: TokenKind) => boolean, told: string): boolean {
    if (this.peek().kind === "<EOF>" || !fits(this.peek(1).kind)) return false;
    this.#extraneous(told);
    this.take();
    return true;
  }

  #extraneous(told: string): void {
    const token = this.peek();
    this.report(token, `extraneous input ${inQuotes(token.text)} expecting ${told}`);
  }
}

export function isOperand(kind: TokenKind): boolean {
  return OPERAND.has(kind);
}

function quoted(kind: TokenKind): string {
  return kind === "<EOF>" || /^[A-Z]/.test(kind) ? kind : `'${kind}'`;
}

function inQuotes(text: string): string {
  return `'${text.replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r")}'`;
}
