import { objectAt, objectsAt, stringAt, stringsAt } from "../../kube/access.js";
import { parseFieldSelector } from "../../kube/field-selector.js";
import type { JsonObject } from "../../kube/json.js";
import { parseLabelSelector } from "../../kube/label-selector-parser.js";
import { ApiError } from "../../kube/status.js";

/**
 * What of the selectors in a question could not be understood and was left out of account.
 * Upstream: pkg/registry/authorization/util/helpers.go.
 */
export function selectorErrors(resource: JsonObject | undefined): string[] {
  const [fields, labels] = [objectAt(resource, "fieldSelector"), objectAt(resource, "labelSelector")];
  return [
    ...problem("fieldSelector", unusable(fields, parseFieldSelector, isUsableField)),
    ...problem("labelSelector", unusable(labels, parseLabelSelector, isUsableLabel)),
  ];
}

type Extent = "none" | "some" | "all";

function problem(selector: string, extent: Extent): string[] {
  if (extent === "none") return [];
  return [`spec.resourceAttributes.${selector} ${extent === "some" ? "partially " : ""}ignored due to parse error`];
}

function unusable(
  selector: JsonObject | undefined,
  parse: (text: string) => unknown,
  usable: (requirement: JsonObject) => boolean,
): Extent {
  const raw = stringAt(selector, "rawSelector");
  if (raw !== "") return parses(raw, parse) ? "none" : "all";
  const requirements = objectsAt(selector, "requirements");
  const good = requirements.filter(usable).length;
  if (good === requirements.length) return "none";
  return good === 0 ? "all" : "some";
}

function parses(text: string, parse: (text: string) => unknown): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

/** Fields can be compared with one value only. */
function isUsableField(requirement: JsonObject): boolean {
  return ["In", "NotIn"].includes(stringAt(requirement, "operator")) && stringsAt(requirement, "values").length === 1;
}

/** Validation has refused whatever else is wrong with one. */
function isUsableLabel(requirement: JsonObject): boolean {
  return ["In", "NotIn", "Exists", "DoesNotExist"].includes(stringAt(requirement, "operator"));
}
