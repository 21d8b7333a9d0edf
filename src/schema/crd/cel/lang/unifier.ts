import { type CelType, DYN, isDynamic, isError, isNamed, isWrapper, sameType, withParams } from "./types.js";

/** What the type parameters of an expression stand for; upstream: cel-go/checker/{types,mapping}.go. */
export class Unifier {
  #bound = new Map<string, CelType>();
  #fresh = 0;

  fresh(): CelType {
    return { kind: "param", name: `_var${this.#fresh++}` };
  }

  /** Whether values of the first type may stand where the second is asked for; if so, parameters become bound. */
  assign(from: readonly CelType[], to: readonly CelType[]): boolean {
    const before = new Map(this.#bound);
    if (this.#allAssignable(from, to)) return true;
    this.#bound = before;
    return false;
  }

  /** The type with all bound parameters replaced; `rest`: and the others by dyn. */
  resolve(type: CelType, rest = false): CelType {
    if (type.kind === "param") {
      const bound = this.#bound.get(type.name);
      if (bound) return this.resolve(bound, rest);
      return rest ? DYN : type;
    }
    if (type.params.length === 0) return type;
    return withParams(
      type,
      type.params.map((param) => this.resolve(param, rest)),
    );
  }

  #allAssignable(from: readonly CelType[], to: readonly CelType[]): boolean {
    return from.length === to.length && from.every((type, index) => this.#assignable(type, to[index]!));
  }

  #assignable(a: CelType, b: CelType): boolean {
    if (b.kind === "param") {
      const { valid, bound } = this.#substitutes(a, b);
      if (valid) return true;
      if (bound) return false;
    }
    if (a.kind === "param") return this.#substitutes(b, a).valid;
    if (isDynamic(a) || isError(a) || isDynamic(b) || isError(b)) return true;
    if (b.kind === "param") return false;
    if (isNamed(a, "null_type")) return isNullable(b);
    if (isNamed(b, "null_type")) return isNullable(a);
    if (isNamed(a, "type")) return isNamed(b, "type");
    return a.name === b.name && this.#allAssignable(a.params, b.params);
  }

  #substitutes(type: CelType, param: CelType & { kind: "param" }): { valid: boolean; bound: boolean } {
    if (sameType(type, param)) return { valid: true, bound: true };
    const bound = this.#bound.get(param.name);
    if (bound) {
      if (sameType(type, bound)) return { valid: true, bound: true };
      if (!this.#assignable(type, bound)) return { valid: false, bound: true };
      const general = mostGeneral(type, bound);
      if (!this.#occurs(param, general)) this.#bound.set(param.name, general);
      return { valid: true, bound: true };
    }
    if (this.#occurs(param, type)) return { valid: false, bound: false };
    this.#bound.set(param.name, type);
    return { valid: true, bound: false };
  }

  /** No type holds itself. */
  #occurs(param: CelType, within: CelType): boolean {
    if (sameType(param, within)) return true;
    if (within.kind === "named") return within.params.some((each) => this.#occurs(param, each));
    const bound = this.#bound.get(within.name);
    return bound !== undefined && this.#occurs(param, bound);
  }
}

const NEVER_NULL: ReadonlySet<string> = new Set([
  "bool",
  "bytes",
  "double",
  "int",
  "string",
  "uint",
  "list",
  "map",
  "type",
]);

/** Objects, times and opaque types take null, as they always did; wrappers are there for it. */
function isNullable(type: CelType): boolean {
  return type.kind === "named" && (isWrapper(type) || !NEVER_NULL.has(type.name));
}

/** Of two types that go together. */
export function mostGeneral(a: CelType, b: CelType): CelType {
  return isLessSpecific(a, b) ? a : b;
}

function isLessSpecific(a: CelType, b: CelType): boolean {
  if (isDynamic(a) || a.kind === "param") return true;
  if (isDynamic(b) || b.kind === "param") return false;
  if (a.name !== b.name || a.params.length !== b.params.length) return false;
  if (isNamed(a, "type")) return true;
  return a.params.every((param, index) => isLessSpecific(param, b.params[index]!));
}
