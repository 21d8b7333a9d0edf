import { goFloat, goJson } from "../../kube/go-text.js";
import { FloatLiteral, isObject, type Json, type JsonObject } from "../../kube/json.js";
import type { ColumnDefinition } from "../model.js";
import { type Cell, Elapsed } from "../printers/cells.js";
import { name } from "../printers/fields.js";
import type { PrinterColumn } from "./definition.js";
import { JsonPath, JsonPathError } from "./json-path.js";
import { isWhole, numberOf } from "./numbers.js";

const AGE: PrinterColumn = {
  name: "Age",
  type: "date",
  format: "",
  description: "",
  priority: 0,
  jsonPath: ".metadata.creationTimestamp",
};

/** What is said of the columns that every custom resource has; read when a Table is asked for. */
export type DescribeMetadata = (field: "name" | "creationTimestamp") => string;

interface Columns {
  readonly definitions: readonly ColumnDefinition[];
  print(object: JsonObject): readonly Cell[];
}

/** The columns of a version's Table; upstream: registry/customresource/tableconvertor/tableconvertor.go. */
export function tableColumns(columns: readonly PrinterColumn[], describe: DescribeMetadata): Columns {
  const shown = columns.length > 0 ? columns : [AGE];
  const paths = parseAll(shown);
  const head = column({ ...AGE, name: "Name", type: "string", format: "name" }, () => describe("name"));
  // Columns that can't be read fall away together, as upstream's do.
  const definitions = paths ? [head, ...shown.map((each) => columnDefinition(each, describe))] : [head];
  return {
    definitions,
    print: (object) => [
      name(object),
      ...(paths ?? []).map((path, index) => cellOf(path.first(object), shown[index]!.type)),
    ],
  };
}

function parseAll(columns: readonly PrinterColumn[]): JsonPath[] | undefined {
  try {
    return columns.map((column) => JsonPath.parse(column.jsonPath));
  } catch (error) {
    if (error instanceof JsonPathError) return undefined;
    throw error;
  }
}

function columnDefinition(own: PrinterColumn, describe: DescribeMetadata): ColumnDefinition {
  if (own === AGE) return column(own, () => describe("creationTimestamp"));
  return column(
    own,
    () => own.description || `Custom resource definition column (in JSONPath format): ${own.jsonPath}`,
  );
}

function column({ name, type, format, priority }: PrinterColumn, describe: () => string): ColumnDefinition {
  return {
    ...{ name, type, format, priority },
    get description() {
      return describe();
    },
  };
}

function cellOf(value: Json | undefined, type: string): Cell {
  if (value === undefined) return null;
  if (type === "string") return textOf(value);
  if (value === null) return null;
  switch (type) {
    case "integer":
      return isNumeric(value) ? (isWhole(value) ? value : Math.trunc(numberOf(value))) : null;
    case "number":
      return isNumeric(value) ? numberOf(value) : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? dateOf(value) : null;
    default:
      return null;
  }
}

function isNumeric(value: Json): value is number | bigint | FloatLiteral {
  return typeof value === "number" || typeof value === "bigint" || value instanceof FloatLiteral;
}

/** As Go's fmt prints it; lists and objects as JSON. */
function textOf(value: Json): string {
  if (typeof value === "string") return value;
  if (value === null) return "<no value>";
  if (Array.isArray(value) || isObject(value)) return goJson(value);
  return isNumeric(value) && !isWhole(value) ? goFloat(numberOf(value)) : String(value);
}

function dateOf(text: string): Cell {
  if (text === "" || text === "null") return "<unknown>";
  const wellFormed = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = wellFormed ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? "<invalid>" : new Elapsed(time);
}
