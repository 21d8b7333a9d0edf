import { objectAt, objectsAt, stringAt } from "../../../kube/access.js";
import {
  type FieldError,
  forbiddenField,
  internalFieldError,
  invalidValue,
  required,
  tooLong,
} from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { worstCost } from "../../crd/cel/cost/estimate.js";
import { compile } from "../../crd/cel/lang/compile.js";
import {
  ANY,
  type CelType,
  isDynamic,
  isNamed,
  mapOf,
  objectOf,
  parseType,
  STRING,
  typeText,
} from "../../crd/cel/lang/types.js";
import type { DeclaredType } from "../../crd/cel/objects/declared.js";
import { each } from "./words.js";

const MAX_SELECTORS = 32;
const MAX_EXPRESSION = 10 * 1024;
const MAX_COST = 1_000_000;
const [MAX_DOMAIN, MAX_ID, MAX_DRIVER, MAX_VALUE, MAX_ENTRIES] = [63, 32, 63, 64, 32];

function declared(type: CelType, maxElements: number, more: Partial<DeclaredType> = {}): DeclaredType {
  return { type, name: "", minSize: 1, maxElements, ...more };
}

/** By domain, then by name. */
function entries(value: DeclaredType): DeclaredType {
  const inner = declared(mapOf(STRING, value.type), MAX_ENTRIES, { key: declared(STRING, MAX_ID), item: value });
  return declared(mapOf(STRING, inner.type), MAX_ENTRIES, { key: declared(STRING, MAX_DOMAIN), item: inner });
}

const FIELDS: ReadonlyMap<string, DeclaredType> = new Map([
  ["driver", declared(STRING, MAX_DRIVER)],
  ["attributes", entries(declared(ANY, MAX_VALUE))],
  ["capacity", entries(declared(parseType("kubernetes.Quantity"), 0))],
]);
const NAME = "kubernetes.DRADevice";
const DEVICE: DeclaredType = {
  type: objectOf(NAME, new Map([...FIELDS].map(([name, { type }]) => [name, type]))),
  name: NAME,
  minSize: 0,
  maxElements: 0,
  fields: FIELDS,
};
const VARIABLES = new Map([["device", DEVICE.type]]);

/** Which devices are meant, in CEL; upstream: dynamic-resource-allocation/cel/compile.go. */
export function validateSelectors(path: FieldPath, parent: JsonObject | undefined): FieldError[] {
  return each(path, objectsAt(parent, "selectors"), MAX_SELECTORS, (at, selector) => {
    const cel = objectAt(selector, "cel");
    return cel
      ? validateExpression(at.child("cel", "expression"), stringAt(cel, "expression"))
      : [required(at.child("cel"))];
  });
}

function validateExpression(path: FieldPath, expression: string): FieldError[] {
  if (Buffer.byteLength(expression) > MAX_EXPRESSION) return [tooLong(path, MAX_EXPRESSION)];
  const compiled = compile(expression, VARIABLES);
  if ("problem" in compiled) return [invalidValue(path, expression, `compilation failed: ${compiled.problem}`)];
  const { type } = compiled.checked;
  if (!isNamed(type, "bool") && !(isNamed(type, ANY.name) && isDynamic(type))) {
    return [invalidValue(path, expression, `must evaluate to bool or the unknown type, not ${typeText(type)}`)];
  }
  if (compiled.misfit !== undefined) {
    return [internalFieldError(path, `program instantiation failed: ${compiled.misfit}`)];
  }
  return worstCost(compiled, DEVICE) > MAX_COST ? [forbiddenField(path, "too complex, exceeds cost limit")] : [];
}
