import { compareUtf8, goQuote, parseInt64 } from "./go-text.js";
import { isObject, type Json, type JsonObject } from "./json.js";
import { checkRequirement, SelectorSyntaxError } from "./label-requirement.js";

export type LabelOperator = "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

/** All requirements hold; upstream: apimachinery/pkg/labels/selector.go. */
export class LabelSelector {
  static readonly everything = new LabelSelector([]);
  /** What a nil metav1.LabelSelector selects. */
  static readonly nothing = new LabelSelector([], true);

  /** Sorted by key. */
  readonly requirements: readonly LabelRequirement[];
  readonly #none: boolean;

  constructor(requirements: readonly LabelRequirement[], none = false) {
    this.requirements = requirements.toSorted((a, b) => compareUtf8(a.key, b.key));
    this.#none = none;
  }

  /** Whether it lets every object pass. */
  get empty(): boolean {
    return !this.#none && this.requirements.length === 0;
  }

  matches(labels: Labels | undefined): boolean {
    return !this.#none && this.requirements.every((requirement) => holds(requirement, labels));
  }

  /** The canonical text, as continue tokens and scale statuses carry it. */
  toString(): string {
    return this.requirements.map(requirementText).join(",");
  }
}

function holds(requirement: LabelRequirement, labels: Labels | undefined): boolean {
  const { key, operator, values } = requirement;
  // Objects decoded from JSON inherit names such as "constructor", which are valid label keys.
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "=":
    case "==":
    case "in":
      return value !== undefined && values.includes(value);
    case "!=":
    case "notin":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "gt":
    case "lt":
      return value !== undefined && compares(operator, value, values[0] ?? "");
  }
}

function compares(operator: "gt" | "lt", label: string, bound: string): boolean {
  const left = parseInt64(label);
  const right = parseInt64(bound);
  if (!("value" in left) || !("value" in right)) return false;
  return operator === "gt" ? left.value > right.value : left.value < right.value;
}

const SIGNS: Readonly<Partial<Record<LabelOperator, string>>> = { gt: ">", lt: "<" };

function requirementText({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${values.toSorted(compareUtf8).join(",")})`;
    default:
      return key + (SIGNS[operator] ?? operator) + values.toSorted(compareUtf8).join(",");
  }
}

const EXPRESSION_OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
};

/**
 * The selector of a metav1.LabelSelector object; absent selects nothing, `{}` everything. Throws
 * {@link SelectorSyntaxError}. Upstream: apimachinery/pkg/apis/meta/v1/helpers.go, LabelSelectorAsSelector.
 */
export function labelSelectorOf(object: JsonObject | undefined): LabelSelector {
  if (object === undefined) return LabelSelector.nothing;
  const requirements: LabelRequirement[] = [];
  const matchLabels = isObject(object.matchLabels) ? object.matchLabels : {};
  for (const key of Object.keys(matchLabels).sort(compareUtf8)) {
    requirements.push(checkRequirement({ key, operator: "=", values: [String(matchLabels[key])] }));
  }
  const expressions = Array.isArray(object.matchExpressions) ? object.matchExpressions : [];
  for (const expression of expressions) requirements.push(requirementOf(expression));
  return requirements.length === 0 ? LabelSelector.everything : new LabelSelector(requirements);
}

function requirementOf(expression: Json): LabelRequirement {
  const { key, operator, values } = isObject(expression) ? expression : {};
  const name = typeof operator === "string" ? operator : "";
  const known = Object.hasOwn(EXPRESSION_OPERATORS, name) ? EXPRESSION_OPERATORS[name] : undefined;
  if (known === undefined) throw new SelectorSyntaxError(`${goQuote(name)} is not a valid label selector operator`);
  const list = Array.isArray(values) ? values.map(String) : [];
  return checkRequirement({ key: typeof key === "string" ? key : "", operator: known, values: list });
}

/** A selector that wants exactly these labels, unchecked: a ReplicationController's or Service's spec.selector. */
export function selectorOfLabels(labels: Labels): LabelSelector {
  return new LabelSelector(Object.entries(labels).map(([key, value]) => ({ key, operator: "=", values: [value] })));
}
