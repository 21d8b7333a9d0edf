import { apiVersionOf, type GroupVersionKind } from "../kube/gvr.js";
import type { UnaryAnswer } from "../kube/handler.js";
import type { JsonObject } from "../kube/json.js";
import { ApiError, statusObject } from "../kube/status.js";
import type { ResourceDef, StructType } from "../schema/model.js";
import type { StoredObject } from "../store/store.js";
import { ChunkWriter } from "./answer-chunks.js";
import type { AnswerContext } from "./answer-context.js";
import { indentJson } from "./answer-indent.js";
import { envelopeChunks, fieldHead } from "./answer-protobuf.js";
import { kindOf, type ValueKind, valueJson, valueMessage } from "./answer-value.js";
import { messageBytes, versionBytes } from "./derived-forms.js";
import { encodeUntyped } from "./json/encode-untyped.js";
import { quoteJson } from "./json/quote.js";
import { MEDIA_TYPES, type Representation, type Transform } from "./negotiate.js";
import { isTyped, partialJson, partialMessage } from "./partial.js";
import { encodeProto } from "./protobuf/encode.js";
import { includeObjectOf, tableJson } from "./table.js";
import { jsonToYaml } from "./yaml.js";

/** What the `metadata` of a list says. */
export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

const NEWLINE = Buffer.from("\n");

/**
 * One stored object. Plain JSON is the stored bytes themselves, not copied.
 * @throws ApiError 406 for a transformation of lists only, 400 for a wrong includeObject
 */
export function objectAnswer(
  status: number,
  def: ResourceDef,
  stored: StoredObject,
  representation: Representation,
  ctx: AnswerContext,
): UnaryAnswer {
  const { as, format } = representation;
  if (as?.kind === "PartialObjectMetadataList") throw notAList(def.gvk);
  if (format === "protobuf") {
    const chunks = as
      ? partialDocument(as, [partialMessage(stored, ctx)])
      : envelopeChunks(apiVersionOf(def.gvk), def.gvk.kind, [messageBytes(def, stored, ctx)]);
    return { status, headers: contentType(representation), chunks };
  }
  return jsonAnswer(status, objectJson(def, stored, representation, ctx), representation);
}

function objectJson(
  def: ResourceDef,
  stored: StoredObject,
  representation: Representation,
  ctx: AnswerContext,
): Buffer[] {
  const { as } = representation;
  if (!as) return [versionBytes(def, stored, ctx)];
  if (as.kind !== "Table") return partialJson(stored, as.version, ctx);
  const options = { version: as.version, includeObject: includeObjectOf(representation), columns: true };
  return tableJson(def, [stored], listMetaJson({ resourceVersion: String(stored.revision) }), options, ctx);
}

/**
 * A list of stored objects.
 * @throws ApiError 406 for a transformation of single objects only, 400 for a wrong includeObject
 */
export function listAnswer(
  def: ResourceDef,
  items: readonly StoredObject[],
  metadata: ListMetadata,
  representation: Representation,
  ctx: AnswerContext,
): UnaryAnswer {
  const { as, format } = representation;
  if (as?.kind === "PartialObjectMetadata") throw notAnObject(def);
  if (format === "protobuf") {
    const chunks = protobufList(def, items, metadata, as, ctx);
    return { status: 200, headers: contentType(representation), chunks };
  }
  return jsonAnswer(200, listJson(def, items, metadata, representation, ctx), representation);
}

function listJson(
  def: ResourceDef,
  items: readonly StoredObject[],
  metadata: ListMetadata,
  representation: Representation,
  ctx: AnswerContext,
): Buffer[] {
  const { as } = representation;
  if (as?.kind === "Table") {
    const options = { version: as.version, includeObject: includeObjectOf(representation), columns: true };
    return tableJson(def, items, listMetaJson(metadata), options, ctx);
  }
  if (!as && def.served) return customListJson(def, items, metadata, ctx);
  // Upstream appends to a nil slice here (handlers/response.go, asPartialObjectMetadataList).
  if (as && items.length === 0) return [Buffer.from(emptyPartialList(as, metadata))];
  const kind = as ? as.kind : def.listKind;
  const out = new ChunkWriter();
  out.text(listHead(kind, as ? `meta.k8s.io/${as.version}` : apiVersionOf(def.gvk), metadata));
  const prefix = typeMetaLength(def.gvk);
  for (const [index, item] of items.entries()) {
    if (index > 0) out.text(",");
    if (as) for (const piece of partialJson(item, as.version, ctx)) out.add(piece);
    else writeItem(out, versionBytes(def, item, ctx), prefix);
  }
  out.text("]}");
  return out.finish();
}

/** Lists of custom resources are objects without a type, too: keys sorted, and nothing left out of their metadata. */
function customListJson(
  def: ResourceDef,
  items: readonly StoredObject[],
  metadata: ListMetadata,
  ctx: AnswerContext,
): Buffer[] {
  const out = new ChunkWriter();
  out.text(`{"apiVersion":${quoteJson(apiVersionOf(def.gvk))},"items":[`);
  for (const [index, item] of items.entries()) {
    if (index > 0) out.text(",");
    out.add(versionBytes(def, item, ctx));
  }
  const { continue: next = "", remainingItemCount, resourceVersion } = metadata;
  const rest = remainingItemCount === undefined ? {} : { remainingItemCount };
  const meta = encodeUntyped({ continue: next, ...rest, resourceVersion });
  out.text(`],"kind":${quoteJson(def.listKind)},"metadata":${meta}}`);
  return out.finish();
}

function emptyPartialList(as: Transform, metadata: ListMetadata): string {
  return `${listHead(as.kind, `meta.k8s.io/${as.version}`, metadata).slice(0, -1)}null}`;
}

/** Items of typed lists have neither kind nor apiVersion, those of unstructured ones keep them. */
function writeItem(out: ChunkWriter, bytes: Buffer, prefix: number): void {
  if (!isTyped(bytes)) {
    out.add(bytes);
    return;
  }
  out.text("{");
  out.add(bytes.subarray(prefix));
}

/** Length of `{"kind":"Pod","apiVersion":"v1",`. */
function typeMetaLength(gvk: GroupVersionKind): number {
  return `{"kind":"${gvk.kind}","apiVersion":"${apiVersionOf(gvk)}",`.length;
}

function listHead(kind: string, apiVersion: string, metadata: ListMetadata): string {
  const head = `{"kind":${quoteJson(kind)},"apiVersion":${quoteJson(apiVersion)}`;
  return `${head},"metadata":${listMetaJson(metadata)},"items":[`;
}

function listMetaJson(metadata: ListMetadata): string {
  const next = metadata.continue ? `,"continue":${quoteJson(metadata.continue)}` : "";
  const remaining = metadata.remainingItemCount;
  const rest = remaining === undefined ? "" : `,"remainingItemCount":${remaining}`;
  return `{"resourceVersion":${quoteJson(metadata.resourceVersion)}${next}${rest}}`;
}

function protobufList(
  def: ResourceDef,
  items: readonly StoredObject[],
  metadata: ListMetadata,
  as: Transform | undefined,
  ctx: AnswerContext,
): Buffer[] {
  const out = new ChunkWriter();
  const meta = encodeProto({ ...metadata }, ctx.listMeta);
  out.add(fieldHead(1, meta.length));
  out.add(meta);
  for (const item of items) {
    const message = as ? partialMessage(item, ctx) : messageBytes(def, item, ctx);
    out.add(fieldHead(2, message.length));
    out.add(message);
  }
  const message = out.finish();
  return as ? partialDocument(as, message) : envelopeChunks(apiVersionOf(def.gvk), def.listKind, message);
}

function partialDocument(as: Transform, message: readonly Buffer[]): Buffer[] {
  return envelopeChunks(`meta.k8s.io/${as.version}`, as.kind, message);
}

/** What {@link valueAnswer} may be told beside the value. */
export interface ValueOptions extends ValueKind {
  /** Instead of the format's media type. */
  readonly contentType?: string;
}

/** An object that is not stored: a Status, a Scale, a review, a discovery document. `kind` and `apiVersion` are set. */
export function valueAnswer(
  status: number,
  value: JsonObject,
  type: StructType,
  representation: Representation,
  ctx: AnswerContext,
  options: ValueOptions = {},
): UnaryAnswer {
  if (representation.as?.kind === "PartialObjectMetadataList" && value.kind !== "Status") throw notAList(kindOf(value));
  const answer =
    representation.format === "protobuf"
      ? { status, headers: contentType(representation), chunks: valueMessage(value, type, representation, ctx) }
      : jsonAnswer(status, valueJson(value, type, representation, ctx, options), representation);
  return options.contentType ? { ...answer, headers: { "Content-Type": options.contentType } } : answer;
}

/** A refusal, in the way that negotiateError tells. */
export function statusAnswer(error: ApiError, representation: Representation, ctx: AnswerContext): UnaryAnswer {
  const answer = valueAnswer(error.status.code, statusObject(error.status), ctx.status, representation, ctx);
  return { ...answer, headers: { ...error.headers, ...answer.headers } };
}

function jsonAnswer(status: number, chunks: Buffer[], representation: Representation): UnaryAnswer {
  const headers = contentType(representation);
  if (representation.format === "yaml") {
    const text = Buffer.concat(chunks);
    if (status < 400) checkYaml(text);
    return { status, headers, chunks: [Buffer.from(jsonToYaml(text))] };
  }
  if (representation.pretty) return { status, headers, chunks: [indentJson(Buffer.concat(chunks))] };
  return { status, headers, chunks: [...chunks, NEWLINE] };
}

/** What Go's YAML reader takes for no text, though JSON holds it unescaped (goyaml readerc.go). */
const CONTROLS = /[\u007f-\u0084\u0086-\u009f\ufeff\ufffe\uffff]/;

/** Upstream makes YAML by reading JSON as YAML. @throws ApiError 500 */
function checkYaml(json: Buffer): void {
  if (!CONTROLS.test(json.toString())) return;
  throw new ApiError({ code: 500, reason: "", message: "yaml: control characters are not allowed" });
}

function contentType(representation: Representation): Record<string, string> {
  return { "Content-Type": MEDIA_TYPES[representation.format] };
}

function notAList(gvk: GroupVersionKind): ApiError {
  return wrongShape(`PartialObjectMetadataList, but the requested object is not a list (${goType(gvk, gvk.kind)})`);
}

function notAnObject(def: ResourceDef): ApiError {
  return wrongShape(`PartialObjectMetadata, but the requested object is a list (${goType(def.gvk, def.listKind)})`);
}

function wrongShape(text: string): ApiError {
  return new ApiError({ code: 406, reason: "NotAcceptable", message: `you requested ${text}` });
}

/** The server's own Go type, in the package of its internal version: that is what the message shows. */
function goType(gvk: GroupVersionKind, kind: string): string {
  if (kind.startsWith("Event") && gvk.group === "events.k8s.io") return `*core.${kind}`;
  const [first = ""] = gvk.group.split(".");
  return `*${first === "" ? "core" : first === "internal" ? "apiserverinternal" : first}.${kind}`;
}
