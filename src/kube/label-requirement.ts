import { aggregateText, errorText, type FieldError, invalidValue } from "./field-errors.js";
import { FieldPath } from "./field-path.js";
import { parseInt64 } from "./go-text.js";
import type { LabelRequirement } from "./label-selector.js";
import { isLabelValue, isQualifiedName } from "./names.js";

/** A selector that can't be understood; the message is what a real server answers with 400. */
export class SelectorSyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SelectorSyntaxError";
  }
}

/** `where` is told as "<nil>" for a selector that comes from a query, as upstream tells its nil path. */
export function checkKey(key: string, where: FieldPath = FieldPath.of()): void {
  const reasons = isQualifiedName(key);
  if (reasons.length > 0) throw new SelectorSyntaxError(errorText(invalidValue(where, key, reasons.join("; "))));
}

/** The requirement itself, or SelectorSyntaxError with all its faults; upstream: labels.NewRequirement. */
export function checkRequirement(requirement: LabelRequirement): LabelRequirement {
  const { key, values } = requirement;
  const errors: FieldError[] = [];
  const keyReasons = isQualifiedName(key);
  if (keyReasons.length > 0) errors.push(invalidValue("key", key, keyReasons.join("; ")));
  errors.push(...checkCount(requirement));
  const path = FieldPath.of("values");
  for (const [i, value] of values.entries()) {
    const reasons = isLabelValue(value);
    if (reasons.length > 0) errors.push(invalidValue(path.index(i).key(key), value, reasons.join("; ")));
  }
  if (errors.length > 0) throw new SelectorSyntaxError(aggregateText(errors.map(errorText)));
  return requirement;
}

function checkCount({ operator, values }: LabelRequirement): FieldError[] {
  const shown = values.length === 0 ? null : [...values];
  const wrong = (detail: string): FieldError[] => [invalidValue("values", shown, detail)];
  switch (operator) {
    case "in":
    case "notin":
      return values.length > 0 ? [] : wrong("for 'in', 'notin' operators, values set can't be empty");
    case "=":
    case "==":
    case "!=":
      return values.length === 1 ? [] : wrong("exact-match compatibility requires one single value");
    case "exists":
    case "!":
      return values.length === 0 ? [] : wrong("values set must be empty for exists and does not exist");
    case "gt":
    case "lt": {
      const count = values.length === 1 ? [] : wrong("for 'Gt', 'Lt' operators, exactly one value is required");
      const notNumbers = [...values.entries()].filter(([, value]) => "error" in parseInt64(value));
      const detail = "for 'Gt', 'Lt' operators, the value must be an integer";
      return [...count, ...notNumbers.map(([i, value]) => invalidValue(`values[${i}]`, value, detail))];
    }
  }
}
