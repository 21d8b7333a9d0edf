import { isUtf8 } from "node:buffer";
import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
  type Scalar,
  visit,
  type YAMLMap,
} from "yaml";
import { goQuote } from "../../kube/go-text.js";
import type { Json, JsonObject } from "../../kube/json.js";
import { setField } from "../../kube/json-access.js";
import { floatText, untypedNumber, wholeNumber } from "../json/numbers.js";
import { lenientLexer } from "./lexer.js";
import { hasOldBreaks, scalarWithBreaks, tabAsIndentation, withLineFeeds } from "./line-breaks.js";
import { directiveProblem, problemOf } from "./problems.js";
import { type Resolved, resolvePlain, shortFloat32 } from "./resolve.js";

/** The bytes are no YAML document that stands for JSON; the message begins with "yaml: " but for a few. */
export class YamlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "YamlError";
  }
}

export interface YamlDocument {
  readonly value: Json;
  /** What strict reading objects to: `line 3: key "a" already set in map`. */
  readonly duplicates: readonly string[];
}

/**
 * The first document of a YAML stream as JSON, as sigs.k8s.io/yaml reads it: YAML 1.1's booleans and integers, every
 * key a string, anchors and merge keys resolved. Throws YamlError.
 */
export function parseYaml(body: Buffer): YamlDocument {
  if (!isUtf8(body)) throw new YamlError("yaml: invalid leading UTF-8 octet");
  const source = body.toString("utf8");
  if (hasControls(source)) throw new YamlError("yaml: control characters are not allowed");
  const old = hasOldBreaks(source);
  const text = old ? withLineFeeds(source) : source;
  const lines = new LineCounter();
  try {
    const document = firstDocument(text, lines);
    if (!document) return { value: null, duplicates: [] };
    if (document.errors.length > 0) throw new YamlError(`yaml: ${problemOf(document.errors, text, lines)}`);
    return new Reader(document, lines, source, old).read();
  } catch (error) {
    if (error instanceof RangeError) throw new YamlError("yaml: exceeded max depth of 10000");
    throw error;
  }
}

function hasControls(text: string): boolean {
  return /[^\t\n\r\x20-\x7e\u0085\u00a0-\u{10ffff}]/u.test(text);
}

/** Later documents are not even looked at. */
function firstDocument(text: string, lines: LineCounter): Document.Parsed | undefined {
  const directive = directiveProblem(text);
  if (directive !== undefined) throw new YamlError(`yaml: ${directive}`);
  const composer = new Composer({
    version: "1.1",
    schema: "failsafe",
    uniqueKeys: false,
    merge: false,
    lineCounter: lines,
  });
  for (const document of composer.compose(tokensOf(text, lines), true, text.length)) return document;
  return undefined;
}

function* tokensOf(text: string, lines: LineCounter) {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of lenientLexer().lex(text)) yield* parser.next(lexeme);
  yield* parser.end();
}

type Value = { readonly value: Json; readonly key: string; readonly goKey: string };

class Reader {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  /** The text before its line breaks were made line feeds. */
  readonly #source: string;
  readonly #old: boolean;
  readonly #targets = new Map<Node, Node | undefined>();
  readonly #open = new Set<Node>();
  readonly #duplicates: string[] = [];
  #aliasDepth = 0;
  #aliased = 0;
  #visited = 0;

  constructor(document: Document.Parsed, lines: LineCounter, source: string, old: boolean) {
    this.#document = document;
    this.#lines = lines;
    this.#source = source;
    this.#old = old;
  }

  read(): YamlDocument {
    this.#findTargets();
    const value = this.#node(this.#document.contents);
    return { value, duplicates: this.#duplicates };
  }

  /** An alias means the anchor of its name that stands last before it. */
  #findTargets(): void {
    const anchors = new Map<string, Node>();
    visit(this.#document, {
      Alias: (_key, node) => void this.#targets.set(node, anchors.get(node.source)),
      Value: (_key, node) => {
        if (node.anchor !== undefined) anchors.set(node.anchor, node as Node);
      },
    });
  }

  #node(node: Node | null | undefined): Json {
    this.#count();
    if (!node) return null;
    if (isAlias(node)) return this.#alias(node, (target) => this.#node(target));
    if (isMap(node)) return this.#map(node as YAMLMap.Parsed, {}, new Set());
    if (isSeq(node)) return node.items.map((item) => this.#node(item as Node | null));
    return isScalar(node) ? this.#scalar(node).value : null;
  }

  #alias<T>(node: Node & { source: string }, read: (target: Node) => T): T {
    const target = this.#targets.get(node);
    if (!target) throw new YamlError(`yaml: unknown anchor '${node.source}' referenced`);
    if (this.#open.has(target)) throw new YamlError(`yaml: anchor '${node.source}' value contains itself`);
    this.#open.add(target);
    this.#aliasDepth++;
    const value = read(target);
    this.#aliasDepth--;
    this.#open.delete(target);
    return value;
  }

  /** Bounds what aliases may multiply a document to; upstream: allowedAliasRatio in decode.go. */
  #count(): void {
    this.#visited++;
    if (this.#aliasDepth === 0) return;
    this.#aliased++;
    if (this.#aliased <= 100 || this.#visited <= 1000) return;
    const share = Math.min(Math.max((this.#visited - 400_000) / 3_600_000, 0), 1);
    if (this.#aliased / this.#visited > 0.99 - 0.89 * share) {
      throw new YamlError("yaml: document contains excessive aliasing");
    }
  }

  #map(node: YAMLMap.Parsed, out: JsonObject, seen: Set<string>): JsonObject {
    for (const pair of node.items) {
      if (isMergeKey(pair.key)) {
        this.#merge(pair.value, out, seen);
        continue;
      }
      const { key, goKey } = this.#key(pair.key, pair.value);
      const value = this.#node(pair.value);
      if (seen.has(goKey)) {
        const { line } = this.#lines.linePos(pair.value?.range?.[0] ?? pair.key?.range?.[0] ?? 0);
        this.#duplicates.push(`line ${line}: key ${goKey} already set in map`);
      }
      seen.add(goKey);
      setField(out, key, value);
    }
    return out;
  }

  /** Fills in the fields of one mapping, or of several of which the earlier ones win. */
  #merge(value: Node | null, out: JsonObject, seen: Set<string>): void {
    const target = isAlias(value) ? this.#targets.get(value) : value;
    if (isMap(target)) {
      this.#count();
      if (isAlias(value)) this.#alias(value, () => this.#map(target as YAMLMap.Parsed, out, seen));
      else this.#map(target as YAMLMap.Parsed, out, seen);
      return;
    }
    if (!isSeq(value)) throw new YamlError("yaml: map merge requires map or sequence of maps as the value");
    for (const item of [...value.items].reverse()) {
      const inner = isAlias(item) ? this.#targets.get(item) : item;
      if (!isMap(inner)) throw new YamlError("yaml: map merge requires map or sequence of maps as the value");
      this.#merge(item as Node, out, seen);
    }
  }

  #key(node: Node | null, value: Node | null): { key: string; goKey: string } {
    if (isAlias(node)) return this.#alias(node, (target) => this.#key(target, value));
    this.#count();
    if (isMap(node) || isSeq(node)) throw new YamlError(`yaml: invalid map key: ${this.#goValue(node)}`);
    const { key, goKey, value: json } = isScalar(node) ? this.#scalar(node) : NULL;
    if (json === null) {
      throw new YamlError(`unsupported map key of type: %!s(<nil>), key: <nil>, value: ${this.#goValue(value)}`);
    }
    return { key, goKey };
  }

  /** Go's %#v of a value, which shows itself only in messages about keys. */
  #goValue(node: Node | null): string {
    if (isSeq(node))
      return `[]interface {}{${node.items.map((item) => this.#goValue(item as Node | null)).join(", ")}}`;
    if (isMap(node)) {
      const pairs = (node as YAMLMap.Parsed).items.map((pair) => {
        return `${this.#goValue(pair.key)}:${this.#goValue(pair.value)}`;
      });
      return `map[interface {}]interface {}{${pairs.join(", ")}}`;
    }
    return isScalar(node) ? this.#scalar(node).goKey : NULL.goKey;
  }

  #scalar(node: Scalar): Value {
    const text = this.#text(node);
    const tag = node.tag?.replace("tag:yaml.org,2002:", "!!");
    if (tag === "!!binary") return textValue(binary(text));
    const plain = node.type === "PLAIN" || node.type === undefined;
    if ((tag === undefined && !plain) || (tag !== undefined && !RESOLVABLE.has(tag)) || tag === "!!str") {
      return textValue(text);
    }
    const resolved = resolvePlain(text);
    if (tag !== undefined && tag !== resolved.tag && !(tag === "!!float" && resolved.tag === "!!int")) {
      throw new YamlError(`yaml: cannot decode ${resolved.tag} \`${text}\` as a ${tag}`);
    }
    return resolvedValue(resolved);
  }

  #text(node: Scalar): string {
    const value = typeof node.value === "string" ? node.value : (node.source ?? "");
    if (!node.range || (!this.#old && SIMPLE.has(node.type))) return value;
    const source = this.#source.slice(node.range[0], node.range[1]);
    const tab = tabAsIndentation(node.type, source);
    if (tab !== undefined) {
      const { line } = this.#lines.linePos(node.range[0] + tab);
      throw new YamlError(`yaml: line ${line}: found a tab character where an indentation space is expected`);
    }
    return scalarWithBreaks(node, source);
  }
}

const RESOLVABLE: ReadonlySet<string> = new Set(["!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp"]);
/** The parser reads these as goyaml does where a document has no line breaks but those that both know. */
const SIMPLE: ReadonlySet<Scalar["type"]> = new Set([undefined, "PLAIN", "QUOTE_SINGLE"]);
const NULL: Value = { value: null, key: "", goKey: "<nil>" };

function isMergeKey(node: Node | null): boolean {
  if (!isScalar(node) || node.value !== "<<") return false;
  return node.type === "PLAIN"
    ? node.tag === undefined || node.tag.endsWith(":merge")
    : node.tag?.endsWith(":merge") === true;
}

function binary(text: string): string {
  const clean = text.replace(/[\r\n]/g, "");
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(clean)) {
    throw new YamlError("yaml: !!binary value contains invalid base64 data");
  }
  return Buffer.from(clean, "base64").toString("utf8");
}

function textValue(text: string): Value {
  return { value: text, key: text, goKey: goQuote(text) };
}

/** `key` is what sigs.k8s.io/yaml makes of the value as a key, `goKey` Go's %#v of it. */
function resolvedValue(resolved: Resolved): Value {
  switch (resolved.tag) {
    case "!!null":
      return NULL;
    case "!!bool":
      return { value: resolved.value, key: String(resolved.value), goKey: String(resolved.value) };
    case "!!int": {
      const text = String(resolved.value);
      return { value: wholeNumber(resolved.value), key: text, goKey: text };
    }
    case "!!float": {
      const { value } = resolved;
      if (!Number.isFinite(value)) throw new YamlError(`json: unsupported value: ${infinite(value)}`);
      return { value: untypedNumber(floatText(value)) ?? null, key: shortFloat32(value), goKey: String(value) };
    }
    default:
      return textValue(resolved.value);
  }
}

function infinite(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}
