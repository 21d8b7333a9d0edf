const RESERVED: ReadonlySet<string> = new Set([
  ...["true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import"],
  ...["let", "loop", "package", "namespace", "return", "var", "void", "while"],
]);
const ESCAPES: Readonly<Record<string, string>> = { __: "underscores", ".": "dot", "-": "dash", "/": "slash" };
const UNESCAPES = new Map(Object.entries(ESCAPES).map(([text, name]) => [name, text]));

/** A field's name as expressions write it; undefined: they can't. Upstream: apiserver/pkg/cel/escaping.go. */
export function escapeName(name: string): string | undefined {
  if (!/^[a-zA-Z_.\-/][\w.\-/]*$/.test(name)) return undefined;
  if (RESERVED.has(name)) return `__${name}__`;
  return name.replace(/__|[.\-/]/g, (part) => `__${ESCAPES[part]}__`);
}

/** The other way round; undefined for what is no escaped name. */
export function unescapeName(escaped: string): string | undefined {
  if (!escaped.includes("__")) return escaped;
  let fine = true;
  const name = escaped.replace(/__([^_]+)__/g, (whole, inner: string) => {
    const text = UNESCAPES.get(inner);
    if (text !== undefined) return text;
    if (!RESERVED.has(inner) || whole !== escaped) fine = false;
    return inner;
  });
  return fine ? name : undefined;
}
