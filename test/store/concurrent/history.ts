/** One change, in the order of revisions. */
export interface Change {
  readonly revision: number;
  readonly key: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly uid: string;
  /** What was written; of a deletion what was deleted. */
  readonly value: Value;
}

export interface Value {
  /** Unique to the write. */
  readonly id: string;
  readonly group: string;
}

/** An object as a reader sees it. */
export interface Seen extends Value {
  readonly key: string;
  readonly revision: number;
}

export interface Event {
  readonly type: string;
  readonly object: Seen;
}

/** What a reader asks for. */
export interface Filter {
  readonly query: string;
  matches(key: string, value: Value): boolean;
}

export const FILTERS: readonly Filter[] = [
  { query: "", matches: () => true },
  { query: "&labelSelector=group%3Da", matches: (_key, value) => value.group === "a" },
  { query: "&labelSelector=group+notin+(a)", matches: (_key, value) => value.group !== "a" },
  { query: "&fieldSelector=metadata.name%3Dk1", matches: (key) => key === "k1" },
];

/** Everything that has happened since a revision, by which all that readers saw is judged. */
export class History {
  readonly #perKey = new Map<string, Change[]>();

  constructor(
    readonly first: number,
    readonly changes: readonly Change[],
  ) {
    for (const change of changes) this.#perKey.set(change.key, [...(this.#perKey.get(change.key) ?? []), change]);
  }

  get last(): number {
    return this.changes.at(-1)?.revision ?? this.first;
  }

  of(key: string): readonly Change[] {
    return this.#perKey.get(key) ?? [];
  }

  /** The key's last change up to a revision; undefined: it is not there. */
  at(key: string, revision: number): Change | undefined {
    const change = this.of(key).findLast((each) => each.revision <= revision);
    return change?.type === "DELETED" ? undefined : change;
  }

  /** All objects that match, as a list at the revision has them. */
  list(revision: number, filter: Filter): Seen[] {
    const found = [...this.#perKey.keys()].sort().flatMap((key) => this.at(key, revision) ?? []);
    return found.filter(({ key, value }) => filter.matches(key, value)).map(seen);
  }

  /** What a watch after a revision must tell, up to another one. */
  events(from: number, to: number, filter: Filter): Event[] {
    return this.changes
      .filter(({ revision }) => revision > from && revision <= to)
      .flatMap((change) => this.#told(change, filter));
  }

  #told(change: Change, filter: Filter): Event[] {
    const { key, value, revision, type } = change;
    const before = this.at(key, revision - 1);
    const had = before !== undefined && filter.matches(key, before.value);
    const has = type !== "DELETED" && filter.matches(key, value);
    if (has) return [{ type: had ? "MODIFIED" : "ADDED", object: seen(change) }];
    // An object that no longer matches is shown as it was, at the revision of the change.
    return had ? [{ type: "DELETED", object: { ...seen(before), revision } }] : [];
  }
}

function seen({ key, revision, value }: Change): Seen {
  return { key, revision, ...value };
}
