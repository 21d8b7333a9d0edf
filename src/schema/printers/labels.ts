import { compareUtf8 } from "../../kube/go-text.js";
import { isObject, type Json } from "../../kube/json.js";
import { count, field, items, strings, text } from "./fields.js";

/** Labels as `a=b,c=d`, or "<none>". Upstream: apimachinery/pkg/labels/labels.go, FormatLabels. */
export function formatLabels(labels: Json | undefined): string {
  return pairs(labels).sort(compareUtf8).join(",") || "<none>";
}

function pairs(labels: Json | undefined): string[] {
  if (!isObject(labels)) return [];
  return Object.entries(labels).map(([key, value]) => `${key}=${typeof value === "string" ? value : ""}`);
}

/** A LabelSelector in the syntax of `--selector`; undefined when an expression makes no sense. */
export function selectorText(selector: Json | undefined): string | undefined {
  const requirements = pairs(field(selector, "matchLabels")).map((pair) => ({
    key: pair.slice(0, pair.indexOf("=")),
    text: pair,
  }));
  for (const expression of items(selector, "matchExpressions")) {
    const requirement = requirementText(expression);
    if (requirement === undefined) return undefined;
    requirements.push({ key: text(expression, "key"), text: requirement });
  }
  return requirements
    .sort((a, b) => compareUtf8(a.key, b.key))
    .map((requirement) => requirement.text)
    .join(",");
}

function requirementText(expression: Json): string | undefined {
  const key = text(expression, "key");
  const values = strings(expression, "values");
  const set = `(${[...values].sort(compareUtf8).join(",")})`;
  switch (text(expression, "operator")) {
    case "In":
      return values.length > 0 ? `${key} in ${set}` : undefined;
    case "NotIn":
      return values.length > 0 ? `${key} notin ${set}` : undefined;
    case "Exists":
      return values.length === 0 ? key : undefined;
    case "DoesNotExist":
      return values.length === 0 ? `!${key}` : undefined;
    default:
      return undefined;
  }
}

/** Upstream: apimachinery/pkg/apis/meta/v1/helpers.go, FormatLabelSelector. */
export function formatSelector(selector: Json | undefined): string {
  const found = selectorText(selector);
  return found === undefined ? "<error>" : found || "<none>";
}

/** A LabelSelector as Go prints the struct: the cell of an admission binding that selects its parameters. */
export function goSelector(selector: Json): string {
  const matchLabels = field(selector, "matchLabels");
  const labels = isObject(matchLabels) ? Object.keys(matchLabels).sort(compareUtf8) : [];
  const entries = labels.map((key) => `${key}: ${text(matchLabels, key)},`).join("");
  const expressions = items(selector, "matchExpressions").map((expression) => {
    const values = count(expression, "values") > 0 ? strings(expression, "values").join(" ") : "";
    return `LabelSelectorRequirement{Key:${text(expression, "key")},Operator:${text(expression, "operator")},Values:[${values}],},`;
  });
  return `&LabelSelector{MatchLabels:map[string]string{${entries}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`;
}
