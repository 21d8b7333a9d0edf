import type { Json, JsonObject } from "../../kube/json.js";
import type { Atom } from "./atom.js";
import { type Comparison, compare } from "./compare.js";
import { FieldSet } from "./field-set.js";
import type { ManagedSet } from "./managed.js";
import { merge } from "./merge.js";
import { withNamedFields } from "./named-fields.js";
import type { PathElement } from "./path-element.js";
import { reconciled } from "./reconcile.js";
import { removeItems } from "./remove.js";
import { toFieldSet } from "./to-field-set.js";
import { sameValue } from "./values.js";

export type ManagedSets = Map<string, ManagedSet>;

/** What the algebra of ownership must know about a kind. */
export interface Versions {
  /** The version in which objects are given. */
  readonly apiVersion: string;
  /** The kind's schema in a version; undefined where there is none. */
  atom(apiVersion: string): Atom | undefined;
  /** An object of one known version as the other one shows it. @throws TypedError where it does not fit there */
  convert(value: JsonObject, from: string, to: string): JsonObject;
  /** Takes away what a write can't change, from sets in the terms of a version. */
  filter(set: FieldSet, apiVersion: string): FieldSet;
}

/** Fields that an apply would take from other managers. */
export interface Conflict {
  readonly managerId: string;
  readonly path: readonly PathElement[];
}

/** An apply that was not forced and would change what others own. */
export class ConflictError extends Error {
  constructor(readonly conflicts: readonly Conflict[]) {
    super("conflict");
  }
}

/**
 * The algebra of field ownership. Values are Go's view of an object, or an apply configuration as it came.
 * Upstream: structured-merge-diff merge/update.go.
 */
export class Updater {
  readonly #versions: Versions;

  constructor(versions: Versions) {
    this.#versions = versions;
  }

  /**
   * Ownership after a write by `manager` that made `next` of `live`. Changes `managers`.
   * @throws ItemError, TypedError
   */
  update(live: JsonObject, next: JsonObject, managers: ManagedSets, manager: string): void {
    const { apiVersion } = this.#versions;
    this.#reconcile(managers, live);
    const { added, modified, removed } = this.#transfer(live, next, managers, manager, true);
    const before = managers.get(manager)?.set ?? FieldSet.empty;
    const set = this.#versions.filter(before.difference(removed).union(modified).union(added), apiVersion);
    if (set.isEmpty) managers.delete(manager);
    else managers.set(manager, { set, apiVersion, applied: false });
  }

  /**
   * The object after `config` was applied, undefined where that changes nothing. Changes `managers`.
   * @throws ConflictError, ItemError, TypedError
   */
  apply(
    live: JsonObject,
    config: JsonObject,
    managers: ManagedSets,
    manager: string,
    force: boolean,
  ): JsonObject | undefined {
    const { apiVersion } = this.#versions;
    this.#reconcile(managers, live);
    const atom = this.#atom(apiVersion);
    const merged = merge(atom, live, config);
    const last = managers.get(manager);
    const set = this.#versions.filter(toFieldSet(atom, config), apiVersion);
    managers.set(manager, { set, apiVersion, applied: true });
    const next = last && !last.set.isEmpty ? this.#prune(merged, managers, last) : merged;
    this.#transfer(live, next as JsonObject, managers, manager, force);
    return sameValue(live, next) ? undefined : (next as JsonObject);
  }

  /** Takes what changed from all other managers. */
  #transfer(live: JsonObject, next: JsonObject, managers: ManagedSets, manager: string, force: boolean): Comparison {
    const comparisons = new Map<string, Comparison | undefined>();
    const conflicts = new Map<string, FieldSet>();
    const result = this.#compare(live, next, this.#versions.apiVersion)!;
    comparisons.set(this.#versions.apiVersion, result);
    for (const [id, { set, apiVersion }] of managers) {
      if (id === manager) continue;
      if (!comparisons.has(apiVersion)) comparisons.set(apiVersion, this.#compare(live, next, apiVersion));
      const found = comparisons.get(apiVersion);
      if (!found) {
        managers.delete(id);
        continue;
      }
      const taken = set.intersection(found.modified.union(found.added));
      if (!taken.isEmpty) conflicts.set(id, taken);
    }
    if (!force && conflicts.size > 0) throw new ConflictError(listConflicts(conflicts));
    for (const [id, managed] of managers) {
      const released = id === manager ? undefined : comparisons.get(managed.apiVersion)?.removed;
      const taken = conflicts.get(id);
      let { set } = managed;
      if (taken) set = set.difference(taken);
      if (released) set = set.difference(released);
      if (set.isEmpty) managers.delete(id);
      else if (set !== managed.set) managers.set(id, { ...managed, set });
    }
    return result;
  }

  /** Undefined for a version that is not known. */
  #compare(live: JsonObject, next: JsonObject, apiVersion: string): Comparison | undefined {
    const atom = this.#versions.atom(apiVersion);
    if (!atom) return undefined;
    const { added, modified, removed } = compare(atom, this.#to(live, apiVersion), this.#to(next, apiVersion));
    const filter = (set: FieldSet) => this.#versions.filter(set, apiVersion);
    return { added: filter(added), modified: filter(modified), removed: filter(removed) };
  }

  /** Takes away what the manager applied last time and nobody applies or owns now. */
  #prune(merged: Json, managers: ManagedSets, last: ManagedSet): Json {
    const { apiVersion } = this.#versions;
    const atom = this.#versions.atom(last.apiVersion);
    if (!atom) return merged;
    const before = this.#to(merged, last.apiVersion);
    const lastSet = withNamedFields(last.set, atom);
    let pruned = removeItems(atom, before, lastSet);
    pruned = this.#addBackOwned(before, pruned, last.apiVersion, managers);
    pruned = this.#addBackDangling(atom, before, pruned, lastSet);
    return this.#between(pruned, last.apiVersion, apiVersion);
  }

  /** What was taken away and has an owner all the same comes back; the version that was pruned goes first. */
  #addBackOwned(before: Json, pruned: Json, prunedVersion: string, managers: ManagedSets): Json {
    const owned = new Map<string, FieldSet>([[prunedVersion, FieldSet.empty]]);
    for (const { apiVersion, set } of managers.values()) {
      owned.set(apiVersion, (owned.get(apiVersion) ?? FieldSet.empty).union(set));
    }
    let [merged, kept, version] = [before, pruned, prunedVersion];
    for (const [apiVersion, set] of owned) {
      const atom = this.#versions.atom(apiVersion);
      if (!atom || (apiVersion === prunedVersion && set.isEmpty)) continue;
      merged = this.#between(merged, version, apiVersion);
      kept = this.#between(kept, version, apiVersion);
      version = apiVersion;
      const named = (paths: FieldSet) => withNamedFields(paths, atom);
      const stays = named(toFieldSet(atom, kept)).union(named(set));
      kept = removeItems(atom, merged, named(toFieldSet(atom, merged)).difference(stays));
    }
    return this.#between(kept, version, prunedVersion);
  }

  /** What was taken away along with an item without having been the manager's comes back. */
  #addBackDangling(atom: Atom, merged: Json, pruned: Json, last: FieldSet): Json {
    const gone = withNamedFields(toFieldSet(atom, merged), atom).difference(
      withNamedFields(toFieldSet(atom, pruned), atom),
    );
    return removeItems(atom, merged, gone.intersection(last));
  }

  /** Upstream looks at the object in each of the versions, and gives up where it does not fit one. */
  #reconcile(managers: ManagedSets, live: JsonObject): void {
    for (const [id, managed] of managers) {
      const atom = this.#versions.atom(managed.apiVersion);
      if (atom) this.#to(live, managed.apiVersion);
      const set = atom && reconciled(managed.set, atom);
      if (!set) managers.delete(id);
      else if (set !== managed.set) managers.set(id, { ...managed, set });
    }
  }

  #to(value: Json, apiVersion: string): Json {
    return this.#between(value, this.#versions.apiVersion, apiVersion);
  }

  #between(value: Json, from: string, to: string): Json {
    return from === to ? value : this.#versions.convert(value as JsonObject, from, to);
  }

  #atom(apiVersion: string): Atom {
    const atom = this.#versions.atom(apiVersion);
    if (!atom) throw new Error(`no schema for ${apiVersion}`);
    return atom;
  }
}

function listConflicts(sets: ReadonlyMap<string, FieldSet>): Conflict[] {
  return [...sets].flatMap(([managerId, set]) => [...set.paths()].map((path) => ({ managerId, path })));
}
