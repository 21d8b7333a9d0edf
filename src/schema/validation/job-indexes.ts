import { optionalNumberAt, optionalStringAt, stringAt } from "../../kube/access.js";
import { type FieldError, invalidValue } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { KubeObject } from "../../kube/json.js";

const STATUS = FieldPath.of("status");

/** An interval of indexes, both ends within. */
type Interval = readonly [first: number, last: number];

class IndexProblem extends Error {}

function indexOf(text: string, completions: number): number {
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new IndexProblem(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  }
  if (Number(text) >= completions) throw new IndexProblem(`too large index: ${JSON.stringify(text)}`);
  return Number(text);
}

function intervalOf(text: string, completions: number): Interval {
  const limits = text.split("-");
  if (limits.length > 2) {
    const rule = "the requirement that an index interval can have at most two parts separated by '-'";
    throw new IndexProblem(`the fragment ${JSON.stringify(text)} violates ${rule}`);
  }
  const first = indexOf(limits[0]!, completions);
  if (limits.length === 1) return [first, first];
  const last = indexOf(limits[1]!, completions);
  if (first >= last) throw new IndexProblem(`non-increasing order, previous: ${first}, current: ${last}`);
  return [first, last];
}

/** How many indexes "0,2-5" names, or what is wrong with it; upstream: apis/batch/validation (validateIndexesFormat). */
export function countIndexes(text: string, completions: number): { readonly count: number; readonly problem?: string } {
  if (text === "") return { count: 0 };
  let count = 0;
  let before: number | undefined;
  try {
    for (const part of text.split(",")) {
      const [first, last] = intervalOf(part, completions);
      if (before !== undefined && before >= first) {
        throw new IndexProblem(`non-increasing order, previous: ${before}, current: ${first}`);
      }
      count += last - first + 1;
      before = last;
    }
  } catch (error) {
    if (error instanceof IndexProblem) return { count: 0, problem: error.message };
    throw error;
  }
  return { count };
}

function readable(text: string, completions: number): Interval[] {
  return text.split(",").flatMap((part) => {
    try {
      return [intervalOf(part, completions)];
    } catch {
      return [];
    }
  });
}

/** The first index that both name, as far as they can be read; upstream: validateFailedIndexesNotOverlapCompleted. */
export function sharedIndex(one: string, other: string, completions: number): number | undefined {
  const [left, right] = [readable(one, completions), readable(other, completions)];
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const [[a, b], [c, d]] = [left[i]!, right[j]!];
    if (a <= d && c <= b) return Math.max(a, c);
    if (a <= c) i++;
    else j++;
  }
  return undefined;
}

/** Which indexes a Job's status says are done or given up, where that changed; upstream: validateJobStatus. */
export function validateJobIndexes(job: KubeObject, old: KubeObject): FieldError[] {
  const completed = stringAt(job, "status", "completedIndexes");
  const failed = optionalStringAt(job, "status", "failedIndexes");
  const completedChanged = completed !== stringAt(old, "status", "completedIndexes");
  const failedChanged = failed !== optionalStringAt(old, "status", "failedIndexes");
  const completions = optionalNumberAt(job, "spec", "completions");
  const limited = optionalNumberAt(job, "spec", "backoffLimitPerIndex") !== undefined;
  const [completedAt, failedAt] = [STATUS.child("completedIndexes"), STATUS.child("failedIndexes")];
  const errors: FieldError[] = [];
  const check = (path: FieldPath, text: string, name: string): void => {
    const { problem } = countIndexes(text, completions ?? 0);
    if (problem) errors.push(invalidValue(path, text, `error parsing ${name}: ${problem}`));
  };
  if (completedChanged && completions !== undefined) check(completedAt, completed, "completedIndexes");
  if (failedChanged && completions !== undefined && limited && failed !== undefined) {
    check(failedAt, failed, "failedIndexes");
  }
  if (completedChanged && completed !== "" && stringAt(job, "spec", "completionMode") !== "Indexed") {
    const why = "cannot set non-empty completedIndexes when non-indexed completion mode";
    errors.push(invalidValue(completedAt, completed, why));
  }
  if (failedChanged && !limited && failed !== undefined) {
    const why = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
    errors.push(invalidValue(failedAt, failed, why));
  }
  if ((completedChanged || failedChanged) && completions !== undefined && failed && completed !== "") {
    const shared = sharedIndex(completed, failed, completions);
    const why = `failedIndexes and completedIndexes overlap at index: ${shared}`;
    if (shared !== undefined) errors.push(invalidValue(failedAt, failed, why));
  }
  return errors;
}
