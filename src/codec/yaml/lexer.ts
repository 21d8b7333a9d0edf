import { Lexer } from "yaml";

/** What of the lexer's inside is changed here; its types keep it private. */
interface Inside {
  /** How far a line has to be indented to go on with what stands above. */
  indentNext: number;
  parseFlowCollection(): Generator<string, string | undefined>;
  parseQuotedScalar(): Generator<string, string | undefined>;
}

/**
 * A lexer for which indentation means nothing between quotes and brackets, as for goyaml; YAML itself asks for some.
 * Upstream: scannerc.go in go.yaml.in/yaml/v2, where only plain scalars outside of brackets compare it.
 */
export function lenientLexer(): Lexer {
  const lexer = new Lexer();
  const inside = lexer as unknown as Inside;
  for (const name of ["parseFlowCollection", "parseQuotedScalar"] as const) {
    const parse = inside[name];
    inside[name] = function* (this: Inside) {
      const wanted = this.indentNext;
      this.indentNext = 0;
      const next = yield* parse.call(this);
      this.indentNext = wanted;
      return next;
    };
  }
  return lexer;
}
