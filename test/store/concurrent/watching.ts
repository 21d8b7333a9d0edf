import type { Event, Filter, History, Seen } from "./history.js";

/** A connection of a watcher: what was asked and what came. */
export interface Stretch {
  readonly filter: Filter;
  /** Undefined: what is there at first, until the bookmark that ends it. */
  readonly from: number | undefined;
  readonly events: readonly (Event | Bookmark)[];
  /** How it ended: the reader hung up, it was told that it is too late, or the server's time was up. */
  readonly end: "hung up" | "expired" | "over";
}

export interface Bookmark {
  readonly type: "BOOKMARK";
  readonly revision: number;
  readonly initial: boolean;
}

/** What is wrong with what a watcher was told: it must be what has happened, without gaps, repeats or another order. */
export function judgeStretch(stretch: Stretch, history: History): string[] {
  const { filter, events } = stretch;
  const problems: string[] = [];
  let from = stretch.from;
  let told: Event[] = [];
  const compare = (to: number, expected: readonly Event[]) => {
    const [left, right] = [JSON.stringify(told), JSON.stringify(expected)];
    if (left !== right) problems.push(`from ${from} to ${to}${filter.query}:\n  told ${left}\n  not  ${right}`);
  };
  for (const event of events) {
    if (!isBookmark(event)) {
      told.push(event);
      continue;
    }
    if (event.initial) compare(event.revision, history.list(event.revision, filter).map(added));
    else if (from !== undefined) compare(event.revision, history.events(from, event.revision, filter));
    from = event.revision;
    told = [];
  }
  if (from === undefined) return problems;
  const last = told.at(-1)?.object.revision ?? from;
  compare(last, history.events(from, last, filter));
  return problems;
}

export function isBookmark(event: Event | Bookmark): event is Bookmark {
  return event.type === "BOOKMARK";
}

function added(object: Seen): Event {
  return { type: "ADDED", object };
}

/** A page of a list that is read piece by piece. */
export interface Page {
  readonly filter: Filter;
  readonly limit: number;
  /** The last key of the page before. */
  readonly after: string | undefined;
  /** What the page before was at; undefined: the first page, or one that goes on after the history was gone. */
  readonly expected: number | undefined;
  readonly revision: number;
  readonly items: readonly Seen[];
  readonly more: boolean;
}

export function judgePage({ filter, limit, after, expected, revision, items, more }: Page, history: History): string[] {
  if (expected !== undefined && expected !== revision) return [`a page at ${revision} follows one at ${expected}`];
  const left = history.list(revision, filter).filter(({ key }) => after === undefined || key > after);
  const [told, due] = [JSON.stringify(items), JSON.stringify(left.slice(0, limit))];
  const problems = told === due ? [] : [`a page at ${revision} after ${after}${filter.query}: ${told} and not ${due}`];
  // That there is more is told before it is known whether that matches.
  if (left.length > limit && !more) problems.push(`a page at ${revision} after ${after} says that it is the last`);
  return problems;
}
