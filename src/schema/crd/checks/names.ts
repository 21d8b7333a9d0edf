import { type FieldError, invalidValue } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { isDns1035Label } from "../../../kube/names.js";
import type { Names } from "../definition.js";

/** Names as a definition asks for them, or as it has been given them. Empty ones are no business of this. */
export function validateNames(names: Names, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const label = (at: FieldPath, value: string, checked = value, head = "") => {
    const reasons = checked === "" ? "" : isDns1035Label(checked).join(",");
    if (reasons !== "") errors.push(invalidValue(at, value, head + reasons));
  };
  const mixed = "may have mixed case, but should otherwise match: ";
  label(path.child("plural"), names.plural);
  label(path.child("singular"), names.singular);
  label(path.child("kind"), names.kind, names.kind.toLowerCase(), mixed);
  label(path.child("listKind"), names.listKind, names.listKind.toLowerCase(), mixed);
  each(names.shortNames, path.child("shortNames"), errors);
  if (names.kind !== "" && names.kind === names.listKind) {
    errors.push(invalidValue(path.child("listKind"), names.listKind, "kind and listKind may not be the same"));
  }
  each(names.categories, path.child("categories"), errors);
  return errors;
}

function each(values: readonly string[], path: FieldPath, errors: FieldError[]): void {
  for (const [index, value] of values.entries()) {
    const reasons = isDns1035Label(value).join(",");
    if (reasons !== "") errors.push(invalidValue(path.index(index), value, reasons));
  }
}
