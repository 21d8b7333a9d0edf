import { objectsAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import type { JsonObject } from "../../kube/json.js";

/** Whether labels fit a metav1.LabelSelector; an empty one takes everything. */
export function selectorMatches(selector: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(stringMapAt(selector, "matchLabels"));
  if (!wanted.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)) return false;
  return objectsAt(selector, "matchExpressions").every((expression) => {
    const key = stringAt(expression, "key");
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    const values = stringsAt(expression, "values");
    switch (stringAt(expression, "operator")) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      default:
        return value === undefined;
    }
  });
}
