import { apiVersionOf } from "../kube/gvr.js";
import type { JsonObject } from "../kube/json.js";
import { type ApiError, statusObject } from "../kube/status.js";
import type { ResourceDef, StructType } from "../schema/model.js";
import type { StoredObject } from "../store/store.js";
import type { AnswerContext } from "./answer-context.js";
import { envelopeChunks, fieldHead } from "./answer-protobuf.js";
import { byteLength } from "./derived.js";
import { atRevision, messageBytes, versionBytes, versionKey } from "./derived-forms.js";
import { encodeTyped } from "./json/encode.js";
import { type Representation, watchContentType } from "./negotiate.js";
import { partialJson, partialJsonOf, partialMessage, partialMessageOf } from "./partial.js";
import { encodeProto } from "./protobuf/encode.js";
import { includeObjectOf, metadataOf, printerOf, tableJson, valueTableJson } from "./table.js";

export type EventType = "ADDED" | "MODIFIED" | "DELETED";

/** How one watch writes its events. */
export class WatchFraming {
  readonly #includeObject: ReturnType<typeof includeObjectOf>;
  #columnsSent = false;

  /** @throws ApiError 400 for a wrong includeObject of a Table */
  constructor(
    readonly representation: Representation,
    readonly ctx: AnswerContext,
  ) {
    this.#includeObject = representation.as?.kind === "Table" ? includeObjectOf(representation) : "None";
  }

  /**
   * Lists were asked for, and events are none: a real server takes the watch, then can't encode its first event and
   * ends without a word (apiserver/pkg/endpoints/handlers/watch.go).
   */
  get speechless(): boolean {
    return this.representation.as?.kind === "PartialObjectMetadataList";
  }

  /** Options of the next Table: only the first frame of a watch, whatever it is, may carry the columns. */
  nextTable(version: string) {
    const options = { version, includeObject: this.#includeObject, columns: !this.#columnsSent };
    this.#columnsSent = true;
    return options;
  }

  /** An error takes the place of the first frame. */
  skipColumns(): void {
    this.#columnsSent = true;
  }
}

export function watchHeaders(framing: WatchFraming): Record<string, string> {
  return { "Content-Type": watchContentType(framing.representation) };
}

/**
 * One event. Made once for all watches of the same representation; but Tables show ages, so they are made anew.
 * `revision` is the event's: later than the object's own when it leaves a selection.
 */
export function eventFrame(
  type: EventType,
  def: ResourceDef,
  stored: StoredObject,
  revision: number,
  framing: WatchFraming,
): Buffer {
  const { representation, ctx } = framing;
  const object = atRevision(stored, revision, ctx);
  const { as, format } = representation;
  if (as?.kind === "Table") {
    const metadata = `{"resourceVersion":"${object.revision}"}`;
    return jsonFrame(type, tableJson(def, [object], metadata, framing.nextTable(as.version), ctx));
  }
  const form = `${type} ${format} ${as ? as.version : versionKey(def)} ${as?.kind ?? ""} ${def.served?.id ?? ""}`;
  return ctx.frames.get(object, form, () => objectFrame(type, def, object, framing), byteLength);
}

function objectFrame(type: EventType, def: ResourceDef, object: StoredObject, framing: WatchFraming): Buffer {
  const { representation, ctx } = framing;
  const { as, format } = representation;
  if (format !== "protobuf") {
    return jsonFrame(type, as ? partialJson(object, as.version, ctx) : [versionBytes(def, object, ctx)]);
  }
  const document = as
    ? envelopeChunks(`meta.k8s.io/${as.version}`, "PartialObjectMetadata", [partialMessage(object, ctx)])
    : envelopeChunks(apiVersionOf(def.gvk), def.gvk.kind, [messageBytes(def, object, ctx)]);
  return protobufFrame(type, document);
}

/**
 * A bookmark: an object that is empty but for its revision. `initialEventsEnd` marks the end of what was there when a
 * watch with sendInitialEvents began.
 */
export function bookmarkFrame(
  def: ResourceDef,
  revision: number,
  initialEventsEnd: boolean,
  framing: WatchFraming,
): Buffer {
  const metadata: JsonObject = { resourceVersion: String(revision) };
  if (initialEventsEnd) metadata.annotations = { "k8s.io/initial-events-end": "true" };
  const object = { kind: def.gvk.kind, apiVersion: apiVersionOf(def.gvk), metadata };
  return valueFrame("BOOKMARK", object, def.type, def, framing);
}

/** The Status that ends a watch. */
export function errorFrame(error: ApiError, framing: WatchFraming): Buffer {
  framing.skipColumns();
  return valueFrame("ERROR", statusObject(error.status), framing.ctx.status, undefined, framing);
}

function valueFrame(
  type: string,
  value: JsonObject,
  struct: StructType,
  def: ResourceDef | undefined,
  framing: WatchFraming,
): Buffer {
  const { representation, ctx } = framing;
  const as = def && representation.as;
  if (representation.format === "protobuf") {
    const document = as
      ? envelopeChunks(`meta.k8s.io/${as.version}`, "PartialObjectMetadata", [partialMessageOf(metadataOf(value), ctx)])
      : envelopeChunks(String(value.apiVersion), String(value.kind), [encodeProto(value, struct)]);
    return protobufFrame(type, document);
  }
  const json = encodeTyped(value, struct);
  if (!as) return jsonFrame(type, [Buffer.from(json)]);
  if (as.kind !== "Table") return jsonFrame(type, partialJsonOf(metadataOf(value), as.version, ctx));
  const options = framing.nextTable(as.version);
  // The end of the initial events must be told even to a watch that wants no objects.
  const marked = metadataOf(value).annotations !== undefined;
  const includeObject = marked && options.includeObject === "None" ? "Metadata" : options.includeObject;
  const row = { object: value, json };
  const metadata = `{"resourceVersion":"${metadataOf(value).resourceVersion}"}`;
  return jsonFrame(
    type,
    valueTableJson(printerOf(def), def.columns, [row], metadata, { ...options, includeObject }, ctx),
  );
}

const LINE_END = Buffer.from("}\n");

function jsonFrame(type: string, object: readonly Buffer[]): Buffer {
  return join([Buffer.from(`{"type":"${type}","object":`), ...object, LINE_END]);
}

/** A length of four bytes, then a WatchEvent {type = 1, object {raw = 1} = 2} without an envelope of its own. */
function protobufFrame(type: string, document: readonly Buffer[]): Buffer {
  const length = document.reduce((sum, piece) => sum + piece.length, 0);
  const raw = fieldHead(1, length);
  const name = Buffer.from(type);
  const event = [fieldHead(1, name.length), name, fieldHead(2, raw.length + length), raw, ...document];
  const size = Buffer.alloc(4);
  size.writeUInt32BE(event.reduce((sum, piece) => sum + piece.length, 0));
  return join([size, ...event]);
}

/** Frames wait in the buffers of slow clients, so they must not lie in Buffer's shared pool. */
function join(pieces: readonly Buffer[]): Buffer {
  const out = Buffer.allocUnsafeSlow(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) at += piece.copy(out, at);
  return out;
}
