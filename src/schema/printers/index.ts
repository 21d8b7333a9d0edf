import type { GroupVersionKind } from "../../kube/gvr.js";
import type { Json, JsonObject } from "../../kube/json.js";
import { autoscalingPrinters } from "./autoscaling.js";
import { type Cell, Elapsed, type Printer } from "./cells.js";
import { corePrinters } from "./core.js";
import { integer, name, textOr } from "./fields.js";
import { networkPrinters } from "./network.js";
import { printNode } from "./node.js";
import { podRowConditions, printPod } from "./pod.js";
import { policyPrinters } from "./policy.js";
import { storagePrinters } from "./storage.js";
import { systemPrinters } from "./system.js";
import { workloadPrinters } from "./workloads.js";

export type { Cell } from "./cells.js";
export { Elapsed } from "./cells.js";

/** By "group/Kind": cells do not depend on the version that a client asks for. */
const PRINTERS: ReadonlyMap<string, Printer> = new Map(
  Object.entries({
    "/Pod": printPod,
    "/Node": printNode,
    ...corePrinters,
    ...workloadPrinters,
    ...autoscalingPrinters,
    ...networkPrinters,
    ...storagePrinters,
    ...policyPrinters,
    ...systemPrinters,
  }),
);

/** Kinds without a printer upstream. Upstream: apiserver/pkg/registry/rest/table.go. */
const printDefault: Printer = (object) => [
  name(object),
  textOr("0001-01-01T00:00:00Z", object, "metadata", "creationTimestamp"),
];

/** Whether the kind has columns of its own. */
export function hasPrinter(gvk: GroupVersionKind): boolean {
  return PRINTERS.has(`${gvk.group}/${gvk.kind}`);
}

/** A row before anybody looks at a clock. */
export interface PrintedRow {
  readonly cells: readonly Cell[];
  readonly conditions: readonly JsonObject[];
}

/** `object` as its storage version has it. */
export function printRow(gvk: GroupVersionKind, object: JsonObject): PrintedRow {
  const key = `${gvk.group}/${gvk.kind}`;
  const print = PRINTERS.get(key) ?? printDefault;
  return { cells: print(object), conditions: key === "/Pod" ? podRowConditions(object) : [] };
}

/** The cells of a row as they read at a time. */
export function printCells(gvk: GroupVersionKind, object: JsonObject, nowMs: number): Json[] {
  return printRow(gvk, object).cells.map((cell) => (cell instanceof Elapsed ? cell.at(nowMs) : cell));
}

/**
 * Flow schemas are listed as they are matched: by precedence, then name. Undefined for kinds listed as they are stored.
 * Upstream: pkg/printers/internalversion/printers.go, printFlowSchemaList.
 */
export function rowOrder(gvk: GroupVersionKind): ((a: JsonObject, b: JsonObject) => number) | undefined {
  if (gvk.group !== "flowcontrol.apiserver.k8s.io" || gvk.kind !== "FlowSchema") return undefined;
  const precedence = (object: JsonObject) => Number(integer(object, "spec", "matchingPrecedence"));
  return (a, b) => precedence(a) - precedence(b) || (name(a) < name(b) ? -1 : 1);
}
