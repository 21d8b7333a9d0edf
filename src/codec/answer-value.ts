import { objectsAt } from "../kube/access.js";
import type { GroupVersionKind } from "../kube/gvr.js";
import { isObject, type Json, type JsonObject } from "../kube/json.js";
import type { ColumnDefinition, StructType } from "../schema/model.js";
import { type PrintedRow, printRow } from "../schema/printers/index.js";
import type { AnswerContext } from "./answer-context.js";
import { envelopeChunks } from "./answer-protobuf.js";
import { encodeTyped } from "./json/encode.js";
import { quoteJson } from "./json/quote.js";
import type { Representation } from "./negotiate.js";
import { partialJsonOf, partialMessageOf } from "./partial.js";
import { encodeProto } from "./protobuf/encode.js";
import { includeObjectOf, metadataOf, valueTableJson } from "./table.js";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const SCALING = "io.k8s.api.autoscaling.v1.Scale";

/** A column, and the type and field whose description it has. */
type Column = readonly [Omit<ColumnDefinition, "description" | "priority">, type: string, field: string];

/** Upstream: apiserver/pkg/registry/rest/table.go. */
const DEFAULT_COLUMNS: readonly Column[] = [
  [{ name: "Name", type: "string", format: "name" }, META, "name"],
  [{ name: "Created At", type: "date", format: "" }, META, "creationTimestamp"],
];

/** A Scale is a subresource, so no row of the registry has its columns. */
const SCALE_COLUMNS: readonly Column[] = [
  [{ name: "Name", type: "string", format: "" }, META, "name"],
  [{ name: "Desired", type: "integer", format: "" }, `${SCALING}Spec`, "replicas"],
  [{ name: "Available", type: "integer", format: "" }, `${SCALING}Status`, "replicas"],
  [{ name: "Age", type: "string", format: "" }, META, "creationTimestamp"],
];

function described(columns: readonly Column[], ctx: AnswerContext): ColumnDefinition[] {
  return columns.map(([column, type, field]) => ({
    ...column,
    description: ctx.describe(type, field),
    priority: 0,
  }));
}

/** What of a value's kind its type does not tell. */
export interface ValueKind {
  /** Of a Table. */
  readonly columns?: readonly ColumnDefinition[];
  /** Makes the rows of a kind that has no printer of its own. */
  readonly print?: (object: JsonObject) => PrintedRow;
  /** The items of a value that is a list: each is a row of its Table. */
  readonly items?: { readonly gvk: GroupVersionKind; readonly type: StructType };
}

/** The JSON of an object that is not stored, transformed if asked for. A Status never is. */
export function valueJson(
  value: JsonObject,
  type: StructType,
  representation: Representation,
  ctx: AnswerContext,
  { columns, items, print }: ValueKind = {},
): Buffer[] {
  const { as } = representation;
  const json = encodeTyped(value, type);
  if (!as || value.kind === "Status") return [Buffer.from(json)];
  if (as.kind !== "Table") return partialJsonOf(metadataOf(value), as.version, ctx);
  const gvk = kindOf(value);
  const shown = columns ?? described(gvk.kind === "Scale" ? SCALE_COLUMNS : DEFAULT_COLUMNS, ctx);
  const options = { version: as.version, includeObject: includeObjectOf(representation), columns: true };
  const printed = print ?? ((object: JsonObject) => printRow(items?.gvk ?? gvk, object));
  if (!items) return valueTableJson(printed, shown, [{ object: value, json }], revisionOnly(value), options, ctx);
  const rows = objectsAt(value, "items").map((object) => ({ object, json: encodeTyped(object, items.type) }));
  return valueTableJson(printed, shown, rows, "{}", options, ctx);
}

/** The protobuf document of an object that is not stored, transformed if asked for. */
export function valueMessage(
  value: JsonObject,
  type: StructType,
  representation: Representation,
  ctx: AnswerContext,
): Buffer[] {
  const { as } = representation;
  if (!as || value.kind === "Status") {
    return envelopeChunks(textOf(value.apiVersion), textOf(value.kind), [encodeProto(value, type)]);
  }
  return envelopeChunks(`meta.k8s.io/${as.version}`, as.kind, [partialMessageOf(metadataOf(value), ctx)]);
}

export function kindOf(value: JsonObject): GroupVersionKind {
  const [first = "", second] = textOf(value.apiVersion).split("/");
  const kind = textOf(value.kind);
  return second === undefined ? { group: "", version: first, kind } : { group: first, version: second, kind };
}

/** A Table of one object carries the object's resourceVersion. */
function revisionOnly(value: JsonObject): string {
  const revision = isObject(value.metadata) ? textOf(value.metadata.resourceVersion) : "";
  return revision === "" ? "{}" : `{"resourceVersion":${quoteJson(revision)}}`;
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
