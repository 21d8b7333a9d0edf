import type { ObjectIndex } from "../store/store.js";

/** Shorter strings are copied by V8, longer ones that were cut from a text keep all of it in memory. */
const CUT_LENGTH = 13;

/**
 * An index that holds on to nothing of the request it was read from, and shares with the one before what did not
 * change: objects live long, and each of their revisions in the history has an index.
 */
export function ownIndex(index: ObjectIndex, before?: ObjectIndex): ObjectIndex {
  return {
    ...index,
    name: own(index.name, before?.name),
    namespace: own(index.namespace, before?.namespace),
    uid: own(index.uid, before?.uid),
    labels: ownMap(index.labels, before?.labels),
    fields: ownMap(index.fields, before?.fields),
  };
}

function own(text: string, before: string | undefined): string {
  if (text === before) return before;
  return text.length < CUT_LENGTH ? text : Buffer.from(text).toString();
}

type StringMap = Readonly<Record<string, string>>;

function ownMap(map: StringMap | undefined, before: StringMap | undefined): StringMap | undefined {
  if (map === undefined) return undefined;
  const entries = Object.entries(map);
  if (before && entries.length === Object.keys(before).length && entries.every(([key, text]) => before[key] === text)) {
    return before;
  }
  return Object.fromEntries(entries.map(([key, text]) => [own(key, undefined), own(text, before?.[key])]));
}
