const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/;

/**
 * The media type of a Content-Type header, in lower case and without its parameters; undefined where Go's
 * mime.ParseMediaType refuses the header.
 */
export function mediaTypeOf(header: string): string | undefined {
  const [base = ""] = header.split(";", 1);
  const type = base.trim().toLowerCase();
  if (!isType(type)) return undefined;
  let rest = header.slice(base.length);
  const seen = new Map<string, string>();
  for (rest = rest.trimStart(); rest !== ""; rest = rest.trimStart()) {
    const parameter = readParameter(rest);
    if (!parameter) return rest.trim() === ";" ? type : undefined;
    const before = seen.get(parameter.name);
    if (before !== undefined && before !== parameter.value) return undefined;
    seen.set(parameter.name, parameter.value);
    rest = parameter.rest;
  }
  return type;
}

function isType(text: string): boolean {
  const major = TOKEN.exec(text)?.[0];
  if (major === undefined) return false;
  const rest = text.slice(major.length);
  return rest === "" || (rest.startsWith("/") && TOKEN.exec(rest.slice(1))?.[0] === rest.slice(1));
}

function readParameter(text: string): { name: string; value: string; rest: string } | undefined {
  if (!text.startsWith(";")) return undefined;
  let rest = text.slice(1).trimStart();
  const name = TOKEN.exec(rest)?.[0];
  if (name === undefined) return undefined;
  rest = rest.slice(name.length).trimStart();
  if (!rest.startsWith("=")) return undefined;
  rest = rest.slice(1).trimStart();
  const quoted = /^"((?:[^"\\\r\n]|\\.)*)"/.exec(rest);
  const raw = quoted?.[0] ?? TOKEN.exec(rest)?.[0];
  if (raw === undefined) return undefined;
  return { name: name.toLowerCase(), value: quoted?.[1] ?? raw, rest: rest.slice(raw.length) };
}
