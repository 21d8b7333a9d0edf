import { goQuote } from "../kube/go-text.js";
import { apiVersionOf, type GroupVersionKind } from "../kube/gvr.js";
import type { JsonObject, KubeObject } from "../kube/json.js";
import type { StructType } from "../schema/model.js";
import { interpret, parseGroupVersion } from "./interpret.js";
import { encodeUntyped } from "./json/encode-untyped.js";
import { DecodeError, JsonSyntaxError } from "./json/errors.js";
import { readTyped } from "./json/read.js";
import type { Format } from "./negotiate.js";
import { decodeProto } from "./protobuf/decode.js";
import { decodeEnvelope } from "./protobuf/envelope.js";
import { parseYaml, YamlError } from "./yaml.js";

/** Where the types of kinds are found; SchemaTables is one. */
export interface KindTable {
  structFor(gvk: GroupVersionKind): StructType | undefined;
  /** Objects have no Go type that says what they are, so they have to say it themselves. */
  readonly untyped?: boolean;
}

/** A body that is no object of a registered kind. `gvk` is what it claims to be, once that is known. */
export class DocumentError extends Error {
  constructor(
    message: string,
    readonly gvk?: GroupVersionKind,
  ) {
    super(message);
    this.name = "DocumentError";
  }
}

export interface Document {
  readonly gvk: GroupVersionKind;
  readonly type: StructType;
  readonly object: KubeObject;
  /** What strict validation objects to; empty unless asked for. */
  readonly strict: readonly string[];
}

/**
 * Decodes an object in any of the server's formats. What it does not say about itself, `defaults` says. Throws
 * DocumentError with the real server's message; upstream: apimachinery/pkg/runtime/serializer/{json,protobuf}.
 */
export function decodeDocument(
  format: Format,
  body: Buffer,
  defaults: GroupVersionKind,
  kinds: KindTable,
  strict: boolean,
): Document {
  try {
    if (format === "protobuf") return decodeProtobuf(body, defaults, kinds);
    return format === "yaml" ? decodeYaml(body, defaults, kinds, strict) : decodeJson(body, defaults, kinds, strict);
  } catch (error) {
    if (isCodecError(error)) throw new DocumentError(error.message);
    throw error;
  }
}

function decodeJson(body: Buffer, defaults: GroupVersionKind, kinds: KindTable, strict: boolean): Document {
  return quick(body, defaults, kinds, strict) ?? decodeText(body, body, defaults, kinds, strict ? [] : undefined);
}

/**
 * One pass instead of two for nearly every body: decode as the kind that is expected, then look whether it was right.
 * Anything that looks odd is left to the way that asks the body first.
 */
function quick(body: Buffer, defaults: GroupVersionKind, kinds: KindTable, strict: boolean): Document | undefined {
  const type = kinds.structFor(defaults);
  if (!type) return undefined;
  const found: string[] = [];
  let object: JsonObject;
  try {
    object = readTyped(body, type, { strict: found });
  } catch (error) {
    if (isCodecError(error)) return undefined;
    throw error;
  }
  const { kind = kinds.untyped ? undefined : defaults.kind, apiVersion } = object;
  if (found.length > 0 || kind !== defaults.kind || apiVersion !== apiVersionOf(defaults)) return undefined;
  return document(defaults, type, object, strict ? found : []);
}

function decodeYaml(body: Buffer, defaults: GroupVersionKind, kinds: KindTable, strict: boolean): Document {
  const { value, duplicates } = parseYaml(body);
  const json = encodeUntyped(value);
  const found: string[] | undefined = strict ? [] : undefined;
  if (found && duplicates.length > 0) found.push(`yaml: unmarshal errors:\n  ${duplicates.join("\n  ")}`);
  return decodeText(json, body, defaults, kinds, found);
}

/** `original`: the body as it came, which one message shows. */
function decodeText(
  text: Buffer | string,
  original: Buffer,
  defaults: GroupVersionKind,
  kinds: KindTable,
  strict: string[] | undefined,
): Document {
  const said = interpret(text);
  if (kinds.untyped && said.kind === "") throw new DocumentError(missingKind(original.toString()));
  const gvk = kinds.untyped ? said : withDefaults(said, defaults);
  // The group "" is complete without a version only if nothing was said at all, and then defaults were taken.
  if (gvk.version === "" && !kinds.untyped)
    throw new DocumentError(`Object 'apiVersion' is missing in '${original.toString()}'`, gvk);
  const type = typeOf(gvk, kinds);
  const found: string[] = [];
  const object = claiming(gvk, () => readTyped(text, type, strict ? { strict: found } : {}));
  return document(gvk, type, object, strict ? [...strict, ...found] : []);
}

function decodeProtobuf(body: Buffer, defaults: GroupVersionKind, kinds: KindTable): Document {
  const envelope = decodeEnvelope(body);
  const said = parseGroupVersion(envelope.apiVersion) ?? { group: "", version: "" };
  const gv = said.version === "" ? defaults : said;
  const gvk = { group: gv.group, version: gv.version, kind: envelope.kind || defaults.kind };
  const type = typeOf(gvk, kinds);
  const object = claiming(gvk, () => decodeProto(envelope.raw, type));
  return document(gvk, type, object, []);
}

function withDefaults(said: GroupVersionKind, defaults: GroupVersionKind): GroupVersionKind {
  const kind = said.kind || defaults.kind;
  if (said.version !== "" || (said.group !== "" && said.group !== defaults.group)) return { ...said, kind };
  return { group: defaults.group, version: defaults.version, kind };
}

function typeOf(gvk: GroupVersionKind, kinds: KindTable): StructType {
  const type = kinds.structFor(gvk);
  if (type) return type;
  throw new DocumentError(notRegistered(gvk), gvk);
}

/** What the server says of a kind that it does not know; its scheme is called by the place where it is made. */
export function notRegistered(gvk: GroupVersionKind): string {
  return `no kind ${goQuote(gvk.kind)} is registered for version ${goQuote(apiVersionOf(gvk))} in scheme "pkg/runtime/scheme.go:110"`;
}

export function missingKind(document: string): string {
  return `Object 'Kind' is missing in '${document}'`;
}

function claiming<T>(gvk: GroupVersionKind, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (isCodecError(error)) throw new DocumentError(error.message, gvk);
    throw error;
  }
}

function document(gvk: GroupVersionKind, type: StructType, fields: JsonObject, strict: readonly string[]): Document {
  fields.kind = gvk.kind;
  fields.apiVersion = apiVersionOf(gvk);
  fields.metadata ??= {};
  return { gvk, type, object: fields as KubeObject, strict };
}

function isCodecError(error: unknown): error is Error {
  return error instanceof DecodeError || error instanceof JsonSyntaxError || error instanceof YamlError;
}
