/** In objects and, quoted once or more, in messages that show objects. */
const FIELD = /\\*"managedFields\\*": ?\[/;
const UID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const TIME = /\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
/** Names that were made up for a refused object, whose generateName is a bad one. */
const REFUSED_NAME = /\b(Gen_|g{58})[a-z0-9]{5}\b/g;
const GENERATED = /"name":"([^"]+)","generateName":"([^"]+)"/g;
const CONTINUE = /"continue":"([\w-]+=*)"/g;
const HTTP_DATE = /\b\w{3}, \d\d \w{3} 20\d\d \d\d:\d\d:\d\d GMT\b/g;
/** A time this near is the server's, not a fixture's. */
const NEAR_MS = 24 * 3600 * 1000;

const CERTIFICATE_HASH = /\bX509SHA256=[0-9a-f]{64}/g;
const TOKEN = /\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g;

/** Revisions in messages. */
const REVISIONS: readonly (readonly [RegExp, string])[] = [
  [/(too old resource version: )\d+ \(\d+\)/g, "$1<rv> (<rv>)"],
  [/([Tt]oo large resource version: )\d+, current: \d+/g, "$1<rv>, current: <rv>"],
  [
    /(ResourceVersion in precondition: )\S+?, ResourceVersion in object meta: \d+/g,
    "$1<rv>, ResourceVersion in object meta: <rv>",
  ],
  [/(ResourceVersion in record \()\d+\)/g, "$1<rv>)"],
];

/**
 * Replaces what differs from run to run by names in order of appearance, so that it is still compared whether two
 * answers speak of the same uid or revision. Works on the text, so that field order and escaping are compared, too.
 */
export class Normalizer {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #words: readonly (readonly [string, string])[];

  /** @param words texts to replace, with their replacements */
  constructor(words: readonly (readonly [string, string])[]) {
    this.#words = words;
  }

  /** @param owners whether metadata.managedFields stays */
  text(body: string, owners = false): string {
    let text = owners ? body : withoutManagedFields(body);
    for (const [all, name, base] of text.matchAll(GENERATED)) {
      if (all && name?.startsWith(base!) && name.length === base!.length + 5) this.#name("generated", name);
    }
    text = text.replace(CONTINUE, (_, token: string) => `"continue":"<${continueText(token)}>"`);
    // Lists and bookmarks have the revision of the moment, which other tests move on.
    text = text.replace(/("metadata":\{"resourceVersion":")\d+"/g, '$1<now>"');
    text = text.replace(
      /(\\*"?resourceVersion\\*"?: ?\\*"?)(\d+)\b/g,
      (_, key: string, rv: string) => key + this.#name("rv", rv),
    );
    for (const [pattern, by] of REVISIONS) text = text.replace(pattern, by);
    text = text.replace(UID, (uid) => this.#name("uid", uid));
    text = text.replace(CERTIFICATE_HASH, "X509SHA256=<sha>").replace(TOKEN, "<token>");
    text = text.replace(TIME, (time) => (Math.abs(Date.parse(time) - Date.now()) < NEAR_MS ? "<time>" : time));
    text = text.replace(HTTP_DATE, "<date>");
    for (const [word, by] of this.#words) text = text.replaceAll(word, by);
    text = text.replace(REFUSED_NAME, "$1<random>");
    for (const [value, name] of this.#names) {
      if (name.startsWith("<generated")) text = text.replaceAll(value, name);
    }
    text = text.replace(/\b127\.0\.0\.1:\d+/g, "<server>");
    text = text.replace(/\b10\.\d+\.\d+\.\d+\b/g, "<ip>");
    text = text.replace(/("?(?:nodePort|healthCheckNodePort)"?: ?)3\d{4}\b/g, "$1<port>");
    if (text.includes('"columnDefinitions"') || text.includes('"kind":"Table"')) text = table(text);
    return text;
  }

  #name(kind: string, value: string): string {
    const known = this.#names.get(`${value}`);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = `<${kind}:${count}>`;
    this.#names.set(value, name);
    return name;
  }
}

/** Ages and allocated ports are the moment's; descriptions are documentation. */
function table(text: string): string {
  return text
    .replace(/"(?:<invalid>|\d+[smhd](?:\d+[smh])?)"/g, '"<age>"')
    .replace(/:3\d{4}\//g, ":<port>/")
    .replace(/"description":"(?:[^"\\]|\\.)*"/g, '"description":""');
}

function continueText(token: string): string {
  const { start } = JSON.parse(Buffer.from(token, "base64url").toString()) as { start?: string };
  return `continue ${JSON.stringify(start ?? "")
    .slice(1, -1)
    .replaceAll("\\", "/")}`;
}

/** What most cases are not about; a scan instead of a parse, to leave every other byte alone. */
function withoutManagedFields(text: string): string {
  let out = text;
  for (let found = FIELD.exec(out); found; found = FIELD.exec(out)) {
    let { index: start } = found;
    let end = start + found[0].length;
    for (let depth = 1; depth > 0 && end < out.length; end++) {
      if (out[end] === "[") depth++;
      else if (out[end] === "]") depth--;
    }
    while (/\s/.test(out[start - 1] ?? "")) start--;
    if (out[start - 1] === ",") start--;
    else if (out[end] === ",") end++;
    out = out.slice(0, start) + out.slice(end);
  }
  return out.replace(/^( *)managedFields:\n(?:\1[- ] .*\n)+/gm, "");
}
