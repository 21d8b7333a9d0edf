/**
 * Values of CEL: int is bigint, double is number. What is made of an object's JSON is converted when it is asked for, so
 * that a rule about one field costs nothing for the others.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint
  | Uint8Array
  | Timestamp
  | Duration
  | CelList
  | CelMap
  | Optional
  | TypeValue
  | Opaque;

/** What an expression ends with that can't be evaluated. Messages are cel-go's. */
export class CelError extends Error {}

/** What upstream's evaluation breaks down at: nothing within an expression makes up for it. */
export class Breakdown extends Error {}

export class Uint {
  constructor(readonly value: bigint) {}
}

/** Nanoseconds since 1970; the offset of the zone that it was written in, in minutes, only shows in its text. */
export class Timestamp {
  constructor(
    readonly nanos: bigint,
    readonly offset = 0,
  ) {}
}

/** Nanoseconds. */
export class Duration {
  constructor(readonly nanos: bigint) {}
}

/** A list; those of an object's fields may be sets or maps by their keys, which compare and add differently. */
export abstract class CelList {
  abstract readonly size: number;
  abstract at(index: number): Value;
  abstract equals(other: Value): boolean;
  abstract concat(other: CelList): CelList;

  *[Symbol.iterator](): Generator<Value> {
    for (let index = 0; index < this.size; index++) yield this.at(index);
  }
}

export abstract class CelMap {
  abstract readonly size: number;
  abstract get(key: Value): Value | undefined;
  abstract keys(): Iterable<Value>;
  abstract equals(other: Value): boolean;
}

/** optional_type; `value` undefined: optional.none(). */
export class Optional {
  static readonly none = new Optional(undefined);

  constructor(readonly value: Value | undefined) {}
}

/** A type as a value. */
export class TypeValue {
  constructor(readonly name: string) {}
}

/** A value of one of Kubernetes' own types. */
export abstract class Opaque {
  abstract readonly typeName: string;
  abstract equals(other: Value): boolean;

  /** Where text is asked for; undefined: it has none. */
  get text(): string | undefined {
    return undefined;
  }

  /** As costs count it. */
  get size(): number {
    return 1;
  }
}

/** The type of a value, parameters erased. */
export function typeNameOf(value: Value): string {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "double";
    case "string":
      return "string";
  }
  if (value === null) return "null_type";
  if (value instanceof CelList) return "list";
  if (value instanceof CelMap) return "map";
  if (value instanceof Opaque) return value.typeName;
  if (value instanceof Uint) return "uint";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Timestamp) return "google.protobuf.Timestamp";
  if (value instanceof Duration) return "google.protobuf.Duration";
  if (value instanceof Optional) return "optional_type";
  return "type";
}

export function noSuchOverload(name: string, args: readonly Value[]): CelError {
  return new CelError(`no such overload: ${name}(${args.map(typeNameOf).join(", ")})`);
}

/** A comparison that upstream has no answer to. */
export function noOverload(): CelError {
  return new CelError("no such overload");
}
