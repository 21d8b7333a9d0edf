import { LRUCache } from "lru-cache";
import { FieldSet, type SetEntry } from "./field-set.js";
import { PathElement, PathElementError } from "./path-element.js";

/** Text that is no fieldsV1. */
export class FieldsError extends Error {}

type Tree = { readonly [key: string]: unknown };

/** Objects of a kind are written by the same few clients, so most of a fleet's sets have few texts. */
const decoded = new LRUCache<string, FieldSet>({ maxSize: 1 << 21, sizeCalculation: (_set, text) => text.length + 64 });
const texts = new WeakMap<FieldSet, string>();

/** The set that a fieldsV1 text describes. @throws FieldsError */
export function decodeFields(text: string): FieldSet {
  let set = decoded.get(text);
  if (!set) {
    set = read(text);
    decoded.set(text, set);
  }
  return set;
}

/** The text as Go's library writes it: elements in their order, `.` where an item is owned along with fields of it. */
export function encodeFields(set: FieldSet): string {
  let text = texts.get(set);
  if (text === undefined) {
    text = `{${contents(set, false)}}`;
    texts.set(set, text);
    decoded.set(text, set);
  }
  return text;
}

function contents(set: FieldSet, self: boolean): string {
  let out = self ? '".":{}' : "";
  for (const { element, member, children } of set.entries) {
    const below = children ? contents(children, member) : "";
    out += `${out === "" ? "" : ","}${element.text}:{${below}}`;
  }
  return out;
}

function read(text: string): FieldSet {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    throw new FieldsError("not JSON");
  }
  try {
    return readTree(tree).children ?? FieldSet.empty;
  } catch (error) {
    throw error instanceof PathElementError ? new FieldsError(error.message) : error;
  }
}

/** A node without anything below it is a member even without the dot. Upstream: fieldpath/serialize.go, readIterV1. */
function readTree(node: unknown): { children: FieldSet | undefined; member: boolean } {
  if (node === null) return { children: undefined, member: true };
  if (typeof node !== "object" || Array.isArray(node)) throw new FieldsError("expect { or n");
  const entries = new Map<string, SetEntry>();
  let member = false;
  for (const [key, value] of Object.entries(node as Tree)) {
    if (key === ".") {
      member = true;
      continue;
    }
    const element = PathElement.parse(key);
    if (element) entries.set(element.text, { element, ...readTree(value) });
  }
  if (entries.size === 0) return { children: undefined, member: true };
  return { children: FieldSet.of([...entries.values()]), member };
}
