import { goFloat, goQuote } from "../../kube/go-text.js";
import { FloatLiteral, isObject, type Json, type JsonObject } from "../../kube/json.js";
import { fieldNames, fieldOf } from "../../kube/json-access.js";
import type { Atom, ListAtom, MapAtom, ScalarAtom } from "./atom.js";
import { ItemError, itemElement } from "./list-items.js";
import { narrow } from "./narrow.js";
import { PathElement } from "./path-element.js";
import { TypedError, type TypedProblem } from "./typed-error.js";

/**
 * Checks a value against its schema, as strictly as apply configurations are. Upstream: typed/validate.go.
 * @param allowDuplicates whether items may share a key, as those of stored objects may
 * @throws TypedError
 */
export function validate(atom: Atom, value: Json, allowDuplicates = false): void {
  const problems: TypedProblem[] = [];
  new Validation(problems, allowDuplicates).check(atom, value, "");
  if (problems.length > 0) throw new TypedError(problems);
}

class Validation {
  constructor(
    readonly problems: TypedProblem[],
    readonly allowDuplicates: boolean,
  ) {}

  check(atom: Atom, value: Json, path: string): void {
    const { map, scalar, list } = narrow(atom, value);
    if (value === null) return;
    if (map) {
      if (isObject(value)) this.#fields(map, value, path);
      else this.#refuse(path, `expected map, got ${shown(value)}`);
    } else if (scalar) {
      const problem = scalarProblem(scalar, value);
      if (problem !== undefined) this.#refuse(path, problem);
    } else if (list) {
      if (Array.isArray(value)) this.#items(list, value, path);
      else this.#refuse(path, `expected list, got ${shown(value)}`);
    }
  }

  #fields(map: MapAtom, value: JsonObject, path: string): void {
    for (const name of fieldNames(value)) {
      const field = map.fields.get(name);
      const atom = field?.atom ?? map.element;
      const at = `${path}.${name}`;
      if (!atom) {
        this.#refuse(at, "field not declared in schema");
        return;
      }
      this.check(atom, fieldOf(value, name) ?? null, at);
    }
  }

  #items(list: ListAtom, values: readonly Json[], path: string): void {
    const seen = new Set<string>();
    for (const [index, value] of values.entries()) {
      let element = PathElement.index(index);
      if (list.associative) {
        try {
          element = itemElement(list, value);
        } catch (error) {
          if (!(error instanceof ItemError)) throw error;
          this.#refuse(path, `element ${index}: ${error.message}`);
          return;
        }
        if (seen.has(element.text) && !this.allowDuplicates) {
          this.#refuse(path, `duplicate entries for key ${element}`);
        }
        seen.add(element.text);
      }
      this.check(list.element, value, `${path}${element}`);
    }
  }

  #refuse(path: string, message: string): void {
    this.problems.push({ path, message });
  }
}

function scalarProblem(scalar: ScalarAtom, value: Json): string | undefined {
  const kind = kindOf(value);
  switch (scalar) {
    case "numeric":
      return kind === "number" ? undefined : `expected numeric (int or float), got ${goType(value)}`;
    case "string":
      return kind === "string" ? undefined : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case "boolean":
      return kind === "boolean" ? undefined : `expected boolean, got ${shown(value)}`;
    case "untyped":
      return kind === "list" || kind === "map" ? `expected any scalar, got ${shown(value)}` : undefined;
  }
}

function kindOf(value: Json): "number" | "string" | "boolean" | "list" | "map" {
  if (Array.isArray(value)) return "list";
  if (isObject(value)) return "map";
  if (typeof value === "string") return "string";
  return typeof value === "boolean" ? "boolean" : "number";
}

/** Go's `%v` of the wrapper that upstream's values are in. */
function shown(value: Json): string {
  return `&{${plain(value)}}`;
}

function plain(value: Json): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(plain).join(" ")}]`;
  if (isObject(value)) {
    const fields = fieldNames(value).sort();
    return `map[${fields.map((name) => `${name}:${plain(fieldOf(value, name) ?? null)}`).join(" ")}]`;
  }
  return isFloat(value) ? goFloat(floatOf(value)) : String(value);
}

/** Go's `%T` of the decoded value. */
function goType(value: Json): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (isObject(value)) return "map[string]interface {}";
  return typeof value === "boolean" ? "bool" : "string";
}

/** Go's `%#v` of the decoded value. */
function goSyntax(value: Json): string {
  if (value === null) return "interface {}(nil)";
  if (typeof value === "string") return goQuote(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (isObject(value)) {
    const fields = fieldNames(value).sort();
    const parts = fields.map((name) => `${goQuote(name)}:${goSyntax(fieldOf(value, name) ?? null)}`);
    return `map[string]interface {}{${parts.join(", ")}}`;
  }
  return isFloat(value) ? goFloat(floatOf(value)) : String(value);
}

function isFloat(value: Json): boolean {
  return value instanceof FloatLiteral || (typeof value === "number" && !Number.isInteger(value));
}

function floatOf(value: Json): number {
  return value instanceof FloatLiteral ? value.value : Number(value);
}
