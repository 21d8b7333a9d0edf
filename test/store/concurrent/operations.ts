import type { Change, Filter, History, Seen, Value } from "./history.js";

/** A request and what came of it. Moments are those of one clock that ticks with every beginning and end. */
export interface Operation {
  readonly began: number;
  readonly ended: number;
  readonly what:
    | { readonly do: "create"; readonly key: string; readonly value: Value }
    | { readonly do: "patch"; readonly key: string; readonly id: string }
    | { readonly do: "update"; readonly key: string; readonly value: Value; readonly expected: number }
    | { readonly do: "delete"; readonly key: string; readonly expected?: number | undefined }
    | { readonly do: "get"; readonly key: string }
    | { readonly do: "list"; readonly filter: Filter };
  readonly status: number;
  /** Of the object that came back, or of the list. */
  readonly revision?: number | undefined;
  readonly object?: Seen | undefined;
  readonly uid?: string | undefined;
  readonly items?: readonly Seen[] | undefined;
}

/**
 * What is wrong with the operations, if the history is what has happened: whether there is one moment between the
 * beginning and the end of each at which it did what it says, in the order of the revisions.
 */
export function judge(operations: readonly Operation[], history: History): string[] {
  const writes = operations.flatMap((operation) => {
    const change = changeOf(operation, history);
    return change ? [{ operation, change }] : [];
  });
  const problems = [...order(history), ...matching(operations, writes, history)];
  for (const operation of operations) {
    const low = Math.max(history.first, ...writes.filter((w) => w.operation.ended < operation.began).map(revisionOf));
    const after = writes.filter((w) => w.operation.began > operation.ended).map(revisionOf);
    const high = Math.min(history.last, ...after.map((revision) => revision - 1));
    const own = writes.find((write) => write.operation === operation)?.change;
    const problem = own ? misplaced(operation, own, history, low, high) : unfounded(operation, history, low, high);
    if (problem) problems.push(`${JSON.stringify(operation)}: ${problem} (between ${low} and ${high})`);
  }
  return problems;
}

interface Write {
  readonly operation: Operation;
  readonly change: Change;
}

const revisionOf = ({ change }: Write) => change.revision;
const succeeded = ({ status }: Operation) => status < 300;

/** The change that a write says it made. */
function changeOf(operation: Operation, history: History): Change | undefined {
  const { what } = operation;
  if (!succeeded(operation) || what.do === "get" || what.do === "list") return undefined;
  if (what.do === "delete") {
    return history.of(what.key).find(({ type, uid }) => type === "DELETED" && uid === operation.uid);
  }
  const id = what.do === "patch" ? what.id : what.value.id;
  return history.of(what.key).find(({ value, type }) => type !== "DELETED" && value.id === id);
}

/** Revisions rise, and each change fits the one before of its key. */
function order(history: History): string[] {
  const problems: string[] = [];
  let last = history.first;
  for (const { revision, key, type, uid } of history.changes) {
    if (revision <= last) problems.push(`revision ${revision} after ${last}`);
    last = revision;
    const before = history.at(key, revision - 1);
    if ((type === "ADDED") !== (before === undefined)) problems.push(`${key} ${type} at ${revision}`);
    if (before && before.uid !== uid) problems.push(`${key} is another object at ${revision}`);
  }
  return problems;
}

/** Every success is a change of its own, and there are no others. */
function matching(operations: readonly Operation[], writes: readonly Write[], history: History): string[] {
  const changed = new Set(writes.map(({ change }) => change));
  const claimed = operations.filter((each) => succeeded(each) && each.what.do !== "get" && each.what.do !== "list");
  const problems = claimed
    .filter((operation) => !writes.some((write) => write.operation === operation))
    .map((operation) => `${JSON.stringify(operation)}: nothing has happened`);
  if (changed.size !== writes.length) problems.push("two writes made one change");
  const strangers = history.changes.filter((change) => !changed.has(change));
  return [...problems, ...strangers.map((change) => `nobody did ${JSON.stringify(change)}`)];
}

function misplaced(operation: Operation, change: Change, history: History, low: number, high: number) {
  const { what, revision } = operation;
  if (change.revision <= low || change.revision > high) return `its revision is ${change.revision}`;
  if (revision !== undefined && revision !== change.revision) return `it has happened at ${change.revision}`;
  const before = history.at(change.key, change.revision - 1);
  const expected = "expected" in what ? what.expected : undefined;
  if (expected !== undefined && before?.revision !== expected) return `the revision before was ${before?.revision}`;
  if (what.do === "patch" && before?.value.group !== change.value.group) return `the group was ${before?.value.group}`;
  return undefined;
}

/** A read that nothing explains, or a refusal. */
function unfounded({ what, status, object, items, revision }: Operation, history: History, low: number, high: number) {
  if (what.do === "list") {
    if (revision === undefined || revision < low || revision > high) return `a list at ${revision}`;
    const expected = JSON.stringify(history.list(revision, what.filter));
    return JSON.stringify(items) === expected ? undefined : `the list was ${expected}`;
  }
  for (let at = low; at <= high; at++) {
    const found = history.at(what.key, at);
    if (status === 404 && !found) return undefined;
    if (status === 200 && what.do === "get" && found?.revision === object?.revision) {
      return found?.value.id === object?.id ? undefined : "another content";
    }
    if (status !== 409 || !found) continue;
    if (what.do === "create" || ("expected" in what && what.expected !== found.revision)) return undefined;
  }
  return `no reason for ${status}`;
}
