/** Types of CEL, as rules are checked with them; upstream: cel-go/common/types/types.go. */
export type CelType = NamedType | ParamType;

export interface NamedType {
  readonly kind: "named";
  /** "int", "list", "map", "optional_type", "kubernetes.Quantity", the name of an object's type… */
  readonly name: string;
  readonly params: readonly CelType[];
  /** Of objects only. */
  readonly fields?: ReadonlyMap<string, CelType>;
  /** Of the messages that wrap a scalar: the same type to everything, but null may stand for it. */
  readonly wraps?: true;
}

/** Stands for any type; which one, a {@link Unifier} finds out. */
export interface ParamType {
  readonly kind: "param";
  readonly name: string;
}

function named(name: string, ...params: readonly CelType[]): NamedType {
  return { kind: "named", name, params };
}

/** Anything, as a message holds it. */
export const ANY = named("google.protobuf.Any");
export const BOOL = named("bool");
export const BYTES = named("bytes");
export const DOUBLE = named("double");
export const DURATION = named("google.protobuf.Duration");
export const DYN = named("dyn");
export const ERROR = named("*error*");
export const INT = named("int");
export const NULL = named("null_type");
export const STRING = named("string");
export const TIMESTAMP = named("google.protobuf.Timestamp");
export const UINT = named("uint");

export function listOf(item: CelType): CelType {
  return named("list", item);
}

export function mapOf(key: CelType, value: CelType): CelType {
  return named("map", key, value);
}

export function optionalOf(value: CelType): CelType {
  return named("optional_type", value);
}

export function typeOf(type: CelType): CelType {
  return named("type", type);
}

export function objectOf(name: string, fields: ReadonlyMap<string, CelType>): CelType {
  return { kind: "named", name, params: [], fields };
}

export function wrapperOf(type: NamedType): CelType {
  return { ...type, wraps: true };
}

export function isWrapper(type: CelType): boolean {
  return type.kind === "named" && type.wraps === true;
}

export function withParams(type: NamedType, params: readonly CelType[]): CelType {
  return { ...type, params };
}

export function isNamed<N extends string>(type: CelType, name: N): type is NamedType & { readonly name: N } {
  return type.kind === "named" && type.name === name;
}

/** Its values may be of any type. */
export function isDynamic(type: CelType): boolean {
  return isNamed(type, "dyn") || isNamed(type, ANY.name);
}

export function isError(type: CelType): boolean {
  return isNamed(type, "*error*");
}

export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.name !== b.name) return false;
  if (a.kind === "param" || b.kind === "param") return true;
  return a.params.length === b.params.length && a.params.every((param, index) => sameType(param, b.params[index]!));
}

const SHOWN: Readonly<Record<string, string>> = {
  "google.protobuf.Any": "any",
  "google.protobuf.Duration": "duration",
  "google.protobuf.Timestamp": "timestamp",
  null_type: "null",
  "*error*": "!error!",
};

/** As messages show it; upstream: cel-go/checker/format.go. */
export function typeText(type: CelType): string {
  if (type.kind === "param") return type.name;
  const name = SHOWN[type.name] ?? type.name;
  if (type.wraps) return `wrapper(${name})`;
  return type.params.length === 0 ? name : `${name}(${type.params.map(typeText).join(", ")})`;
}

/** Reads `list(A)`, `map(string, dyn)`, `kubernetes.URL`…: single capital letters are parameters. */
export function parseType(text: string): CelType {
  const open = text.indexOf("(");
  if (open < 0) return /^[A-Z]$/.test(text) ? { kind: "param", name: text } : named(FULL_NAMES[text] ?? text);
  return named(text.slice(0, open), ...splitTypes(text.slice(open + 1, -1)).map(parseType));
}

const FULL_NAMES: Readonly<Record<string, string>> = {
  duration: DURATION.name,
  timestamp: TIMESTAMP.name,
  null: NULL.name,
};

/** Parts between the commas that no parenthesis encloses. */
export function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (let index = 0; index < text.length; index++) {
    if (text[index] === "(") depth++;
    else if (text[index] === ")") depth--;
    else if (text[index] === "," && depth === 0) {
      parts.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === "" ? parts : [...parts, last];
}
