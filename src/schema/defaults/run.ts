import type { JsonObject } from "../../kube/json.js";
import type { StructType } from "../model.js";
import { declaredDefault, roundedQuantities } from "./declared.js";
import { RULES } from "./rules.js";
import { Walk } from "./walk.js";

const walk = new Walk(RULES, { field: declaredDefault, value: roundedQuantities });

/** Defaulting alone, without normalize. Changes `object`. */
export function runDefaults(type: StructType, object: JsonObject): void {
  walk.run(object, type);
}
