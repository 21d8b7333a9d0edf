import { badRequest } from "./errors.js";
import { compareUtf8 } from "./go-text.js";
import { checkKey, checkRequirement, SelectorSyntaxError } from "./label-requirement.js";
import { type LabelOperator, type LabelRequirement, LabelSelector } from "./label-selector.js";

/** `?labelSelector=…` as the real server reads it; ApiError 400 in its words. */
export function parseLabelSelector(text: string): LabelSelector {
  if (text === "") return LabelSelector.everything;
  try {
    return new LabelSelector(new Parser(text).parse());
  } catch (error) {
    throw error instanceof SelectorSyntaxError ? badRequest(error.message) : error;
  }
}

type Kind = "end" | "identifier" | "in" | "notin" | "(" | ")" | "," | "!" | "=" | "==" | "!=" | ">" | "<";

interface Token {
  readonly kind: Kind;
  readonly text: string;
}

/** A symbol, or a word; upstream's lexer takes a NUL for the end of the word or, between words, of the text. */
const TOKEN = /[ \t\r\n]*(?:(==|!=|[=!(),><])|([^=!(),>< \t\r\n\0]+)\0?)/y;

function* tokens(text: string): Generator<Token> {
  const pattern = new RegExp(TOKEN);
  for (;;) {
    const match = pattern.exec(text);
    const symbol = match?.[1];
    const word = match?.[2];
    if (symbol !== undefined) yield { kind: symbol as Kind, text: symbol };
    else if (word !== undefined) yield { kind: word === "in" || word === "notin" ? word : "identifier", text: word };
    else break;
  }
  yield { kind: "end", text: "" };
}

const BINARY: Readonly<Partial<Record<Kind, LabelOperator>>> = {
  in: "in",
  notin: "notin",
  "=": "=",
  "==": "==",
  "!=": "!=",
  ">": "gt",
  "<": "lt",
};

/** Descends through the grammar that upstream's labels.Parse documents. */
class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = [...tokens(text)];
  }

  parse(): LabelRequirement[] {
    const out: LabelRequirement[] = [];
    for (;;) {
      const next = this.#peek();
      if (next.kind === "end") return out;
      if (!startsRequirement(next)) fail(`found '${next.text}', expected: !, identifier, or 'end of string'`);
      out.push(this.#wrappedRequirement());
      const after = this.#take();
      if (after.kind === "end") return out;
      if (after.kind !== ",") fail(`found '${after.text}', expected: ',' or 'end of string'`);
      const following = this.#peek();
      if (!startsRequirement(following)) fail(`found '${following.text}', expected: identifier after ','`);
    }
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#position, this.#tokens.length - 1)]!;
  }

  #take(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }

  #wrappedRequirement(): LabelRequirement {
    try {
      return this.#requirement();
    } catch (error) {
      if (!(error instanceof SelectorSyntaxError)) throw error;
      return fail(`unable to parse requirement: ${error.message}`);
    }
  }

  #requirement(): LabelRequirement {
    let token = this.#take();
    const negated = token.kind === "!";
    if (negated) token = this.#take();
    if (!isIdentifier(token)) fail(`found '${token.text}', expected: identifier`);
    const key = token.text;
    checkKey(key);
    if (negated) return checkRequirement({ key, operator: "!", values: [] });
    const next = this.#peek().kind;
    if (next === "end" || next === ",") return checkRequirement({ key, operator: "exists", values: [] });
    const operator = this.#operator();
    const values = operator === "in" || operator === "notin" ? this.#set() : [this.#exact()];
    return checkRequirement({ key, operator, values });
  }

  #operator(): LabelOperator {
    const token = this.#take();
    return BINARY[token.kind] ?? fail(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
  }

  #exact(): string {
    const next = this.#peek();
    if (next.kind === "end" || next.kind === ",") return "";
    const token = this.#take();
    return isIdentifier(token) ? token.text : fail(`found '${token.text}', expected: identifier`);
  }

  #set(): string[] {
    const open = this.#take();
    if (open.kind !== "(") fail(`found '${open.text}' expected: '('`);
    const next = this.#peek();
    const values = new Set<string>();
    if (next.kind === ")") values.add("");
    else if (isIdentifier(next) || next.kind === ",") this.#members(values);
    else fail(`found '${next.text}', expected: ',', ')' or identifier`);
    this.#take();
    return [...values].sort(compareUtf8);
  }

  /** An omitted member, as in "(,a)" or "(a,,b)", is the empty value. Ends before the closing parenthesis. */
  #members(values: Set<string>): void {
    for (;;) {
      const token = this.#take();
      const next = this.#peek();
      if (isIdentifier(token)) {
        values.add(token.text);
        if (next.kind === ")") return;
        if (next.kind !== ",") fail(`found '${next.text}', expected: ',' or ')'`);
      } else if (token.kind === ",") {
        if (values.size === 0) values.add("");
        if (next.kind === ")") {
          values.add("");
          return;
        }
        if (next.kind === ",") {
          this.#take();
          values.add("");
        }
      } else {
        fail(`found '${token.text}', expected: ',', or identifier`);
      }
    }
  }
}

/** Where a key or a value may stand, "in" and "notin" are plain words. */
function isIdentifier(token: Token): boolean {
  return token.kind === "identifier" || token.kind === "in" || token.kind === "notin";
}

function startsRequirement(token: Token): boolean {
  return isIdentifier(token) || token.kind === "!";
}

function fail(message: string): never {
  throw new SelectorSyntaxError(message);
}
