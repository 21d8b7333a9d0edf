import { FloatLiteral, type Json } from "../../../../kube/json.js";
import { same } from "../lang/compare.js";
import { CelList, Duration, noOverload, Timestamp, TypeValue, Uint, type Value } from "../lang/values.js";

/** What an expression added to an object's list that no JSON stands for; upstream can't make an element of it again. */
export class Foreign {
  constructor(readonly goType: string) {}
}

export type Element = Json | Foreign;

/** The elements of an object's list. What is added to it is read as such elements, too. */
export class JsonList extends CelList {
  readonly elements: readonly Element[];
  readonly read: (element: Element) => Value;
  readonly goType: string;

  constructor(elements: readonly Element[], read: (element: Element) => Value, goType: string) {
    super();
    this.elements = elements;
    this.read = read;
    this.goType = goType;
  }

  get size(): number {
    return this.elements.length;
  }

  at(index: number): Value {
    return this.read(this.elements[index]!);
  }

  equals(other: Value): boolean {
    if (!(other instanceof CelList)) throw noOverload();
    if (other.size !== this.size) return false;
    for (let index = 0; index < this.size; index++) if (!same(this.at(index), other.at(index))) return false;
    return true;
  }

  concat(other: CelList): CelList {
    return this.with([...this.elements, ...[...other].map(elementOf)]);
  }

  with(elements: readonly Element[]): JsonList {
    return new JsonList(elements, this.read, this.goType);
  }
}

const GO_TYPES: Readonly<Record<string, string>> = {
  "kubernetes.URL": "*url.URL",
  "kubernetes.Quantity": "*resource.Quantity",
  "kubernetes.Semver": "semver.Version",
  "net.IP": "netip.Addr",
  "net.CIDR": "netip.Prefix",
};

/** A value that keeps the JSON that it is made of. */
export interface OfJson {
  readonly element: Element;
}

export function elementOf(value: Value): Element {
  switch (typeof value) {
    case "boolean":
    case "bigint":
    case "string":
      return value;
    case "number":
      return new FloatLiteral(value, String(value));
  }
  if (value === null) return new Foreign("structpb.NullValue");
  if (value instanceof TypeValue) return value.name;
  if ("element" in value) return (value as OfJson).element;
  if (value instanceof JsonList) return value.elements as Json[];
  if (value instanceof Uint) return new Foreign("uint64");
  if (value instanceof Uint8Array) return new Foreign("[]uint8");
  if (value instanceof Duration) return new Foreign("time.Duration");
  if (value instanceof Timestamp) return new Foreign("time.Time");
  if (value instanceof CelList) return new Foreign("[]ref.Val");
  return new Foreign(("typeName" in value && GO_TYPES[value.typeName]) || "map[ref.Val]ref.Val");
}
