import { badRequest } from "../kube/errors.js";
import { goQuote } from "../kube/go-text.js";
import type { GroupVersionKind } from "../kube/gvr.js";
import { isObject, type Json, type JsonObject } from "../kube/json.js";
import type { ColumnDefinition, ResourceDef } from "../schema/model.js";
import { Elapsed, hasPrinter, type PrintedRow, printRow, rowOrder } from "../schema/printers/index.js";
import type { StoredObject } from "../store/store.js";
import { ChunkWriter } from "./answer-chunks.js";
import type { AnswerContext } from "./answer-context.js";
import { versionBytes } from "./derived-forms.js";
import { encodeUntyped } from "./json/encode-untyped.js";
import { parseJson } from "./json/parse.js";
import { quoteJson } from "./json/quote.js";
import type { Representation } from "./negotiate.js";
import { partialJson, partialJsonOf } from "./partial.js";

type IncludeObject = "None" | "Metadata" | "Object";

/** @throws ApiError 400. Upstream: apimachinery/pkg/apis/meta/v1beta1/validation/validation.go. */
export function includeObjectOf(representation: Representation): IncludeObject {
  const value = representation.includeObject;
  if (value === "") return "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") return value;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${goQuote(value)}: ` +
      "must be 'Metadata', 'Object', 'None', or empty",
  );
}

export interface TableOptions {
  /** Version of meta.k8s.io. */
  readonly version: string;
  readonly includeObject: IncludeObject;
  /** False for all but the first event of a watch. */
  readonly columns: boolean;
}

/** A Table of stored objects as JSON, without a newline. `metadata` is the list's or the object's own, as JSON. */
export function tableJson(
  def: ResourceDef,
  items: readonly StoredObject[],
  metadata: string,
  options: TableOptions,
  ctx: AnswerContext,
): Buffer[] {
  const head = tableHead(options, metadata, columnsOf(def));
  // Upstream's convertor for kinds without a printer appends to a nil slice (registry/rest/table.go).
  if (items.length === 0 && !def.served && !hasPrinter(printedKind(def))) return [Buffer.from(`${head}null}`)];
  const out = new ChunkWriter();
  const now = ctx.now();
  out.text(`${head}[`);
  for (const [index, item] of inRowOrder(def, items).entries()) {
    if (index > 0) out.text(",");
    out.text(rowTemplate(def, item, ctx).at(now));
    writeObject(out, def, item, options, ctx);
    out.text("}");
  }
  out.text("]}");
  return out.finish();
}

function writeObject(
  out: ChunkWriter,
  def: ResourceDef,
  item: StoredObject,
  options: TableOptions,
  ctx: AnswerContext,
): void {
  if (options.includeObject === "None") out.text("null");
  else if (options.includeObject === "Object") out.add(versionBytes(def, item, ctx));
  else for (const piece of partialJson(item, options.version, ctx)) out.add(piece);
}

/** The same for objects that are not stored: a Scale, the components' health, a bookmark. */
export function valueTableJson(
  print: (object: JsonObject) => PrintedRow,
  columns: readonly ColumnDefinition[],
  items: readonly ValueRow[],
  metadata: string,
  options: TableOptions,
  ctx: AnswerContext,
): Buffer[] {
  const out = new ChunkWriter();
  const now = ctx.now();
  out.text(`${tableHead(options, metadata, columnsText(columns))}[`);
  for (const [index, { object, json }] of items.entries()) {
    if (index > 0) out.text(",");
    out.text(new RowTemplate(print(object)).at(now));
    if (options.includeObject === "None") out.text("null");
    else if (options.includeObject === "Object") out.text(json);
    else for (const piece of partialJsonOf(metadataOf(object), options.version, ctx)) out.add(piece);
    out.text("}");
  }
  out.text("]}");
  return out.finish();
}

/** How the objects of a row of the registry are printed. */
export function printerOf(def: ResourceDef): (object: JsonObject) => PrintedRow {
  const { served } = def;
  if (served) return (object) => ({ cells: served.print(object), conditions: [] });
  return (object) => printRow(printedKind(def), object);
}

export interface ValueRow {
  readonly object: JsonObject;
  /** Its encoding. */
  readonly json: string;
}

export function metadataOf(object: JsonObject): JsonObject {
  return isObject(object.metadata) ? object.metadata : {};
}

function tableHead(options: TableOptions, metadata: string, columns: string): string {
  const shown = options.columns ? columns : "null";
  return `{"kind":"Table","apiVersion":"meta.k8s.io/${options.version}","metadata":${metadata},"columnDefinitions":${shown},"rows":`;
}

const columnTexts = new WeakMap<ResourceDef, string>();

function columnsOf(def: ResourceDef): string {
  let text = columnTexts.get(def);
  if (text === undefined) {
    text = columnsText(def.columns);
    columnTexts.set(def, text);
  }
  return text;
}

function columnsText(columns: readonly ColumnDefinition[]): string {
  const texts = columns.map(
    ({ name, type, format, description, priority }) =>
      `{"name":${quoteJson(name)},"type":${quoteJson(type)},"format":${quoteJson(format)},` +
      `"description":${quoteJson(description)},"priority":${priority}}`,
  );
  return `[${texts.join(",")}]`;
}

function inRowOrder(def: ResourceDef, items: readonly StoredObject[]): readonly StoredObject[] {
  const order = rowOrder(printedKind(def));
  if (!order || items.length < 2) return items;
  const parsed = items.map((item) => ({ item, object: parseJson(item.bytes) as JsonObject }));
  return parsed.sort((a, b) => order(a.object, b.object)).map(({ item }) => item);
}

function printedKind(def: ResourceDef): GroupVersionKind {
  return def.storage?.gvk ?? def.gvk;
}

function rowTemplate(def: ResourceDef, item: StoredObject, ctx: AnswerContext): RowTemplate {
  const { served } = def;
  if (served) {
    const object = () => parseJson(versionBytes(def, item, ctx)) as JsonObject;
    const print = () => new RowTemplate({ cells: served.print(object()), conditions: [] });
    const form = `row ${def.gvk.version} ${served.id}`;
    return ctx.derived.get(item, form, print, (template) => template.size);
  }
  const make = () => new RowTemplate(printRow(printedKind(def), parseJson(item.bytes) as JsonObject));
  return ctx.derived.get(item, "row", make, (template) => template.size);
}

/** A row up to its object, cut where a cell depends on the time. */
class RowTemplate {
  readonly #texts: string[] = [];
  readonly #times: Elapsed[] = [];

  constructor(row: PrintedRow) {
    let text = '{"cells":[';
    for (const [index, cell] of row.cells.entries()) {
      if (index > 0) text += ",";
      if (cell instanceof Elapsed) {
        this.#texts.push(text);
        this.#times.push(cell);
        text = "";
      } else text += encodeUntyped(cell);
    }
    this.#texts.push(`${text}],${conditionsText(row.conditions)}"object":`);
  }

  at(now: number): string {
    let out = "";
    for (const [index, time] of this.#times.entries()) out += this.#texts[index] + quoteJson(time.at(now));
    return out + this.#texts.at(-1);
  }

  get size(): number {
    return this.#texts.reduce((sum, text) => sum + text.length, 0) + this.#times.length * 64;
  }
}

const CONDITION_FIELDS = ["type", "status", "reason", "message"];

function conditionsText(conditions: readonly JsonObject[]): string {
  if (conditions.length === 0) return "";
  const field = (key: string, value: Json | undefined) => `${quoteJson(key)}:${encodeUntyped(value ?? "")}`;
  const texts = conditions.map((each) => `{${CONDITION_FIELDS.map((key) => field(key, each[key])).join(",")}}`);
  return `"conditions":[${texts.join(",")}],`;
}
