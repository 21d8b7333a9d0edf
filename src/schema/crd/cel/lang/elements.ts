import { Message } from "../messages/message.js";
import { CelError, CelList, CelMap, typeNameOf, type Value } from "./values.js";

type Element = Value | CelError;

/** What a loop's variables are, one after the other. */
export function* elements(range: Value, two: boolean): Generator<[Element, Element]> {
  if (range instanceof CelList) {
    for (let index = 0; index < range.size; index++) {
      const item = settled(() => range.at(index));
      yield two ? [BigInt(index), item] : [item, null];
    }
  } else if (range instanceof CelMap) {
    for (const key of range.keys()) yield [key, two ? settled(() => range.get(key)!) : null];
  } else if (two) throw new CelError(`unsupported comprehension range type: ${goTypeOf(range)}`);
  else throw new CelError(`got '${goTypeOf(range)}', expected iterable type`);
}

function settled(read: () => Value): Element {
  try {
    return read();
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}

const GO_TYPES: Readonly<Record<string, string>> = {
  null_type: "Null",
  "google.protobuf.Timestamp": "Timestamp",
  "google.protobuf.Duration": "Duration",
};

/** As Go names the types of values that are neither lists nor maps. */
function goTypeOf(value: Value): string {
  if (value instanceof Message) return "*types.protoObj";
  const name = typeNameOf(value);
  return `types.${GO_TYPES[name] ?? name.slice(0, 1).toUpperCase() + name.slice(1)}`;
}
