import type { UserInfo } from "../../kube/handler.js";
import { CompactedError, type Store, type StoredObject, type WatchCursor } from "../../store/store.js";
import { type Binding, userKeys } from "./bindings.js";
import { BINDING_PREFIXES, byName, Grants, ROLE_PREFIXES } from "./grants.js";
import type { PolicyRule } from "./policy-rule.js";

const PREFIXES: readonly string[] = [...ROLE_PREFIXES, ...BINDING_PREFIXES];

/** What all clusters of a process begin with: the roles and bindings up to a revision, read once. */
export interface CommonGrants {
  readonly grants: Grants;
  readonly revision: number;
}

export function commonGrants(store: Store): CommonGrants {
  const grants = new Grants();
  for (const stored of storedRules(store)) grants.put(stored);
  return { grants, revision: store.revision };
}

/**
 * One cluster's roles and bindings: the common ones, and what it has written since. It follows the store's log when
 * it is asked, so that writing costs nothing here and asking costs a look at four positions.
 */
export class RuleIndex {
  readonly #store: Store;
  readonly #common: CommonGrants;
  #own = new Grants();
  /** Keys of common objects that the cluster has changed or deleted. */
  #replaced = new Set<string>();
  #cursors: readonly WatchCursor[] = [];

  constructor(store: Store, common: CommonGrants) {
    this.#store = store;
    this.#common = common;
  }

  /** The bindings that apply to a user in a namespace: the cluster-wide ones first, each kind by name. */
  bindings(user: UserInfo, namespace: string): Binding[] {
    this.#follow();
    const keys = userKeys(user);
    const found = this.#bindingsIn("", keys);
    return namespace === "" ? found : [...found, ...this.#bindingsIn(namespace, keys)];
  }

  /** Undefined: there is no such role. */
  rules({ role, namespace }: Pick<Binding, "role" | "namespace">): readonly PolicyRule[] | undefined {
    this.#follow();
    const key = role.kind === "Role" ? `roles/${namespace}/${role.name}` : `clusterroles/${role.name}`;
    return this.#own.role(key) ?? (this.#replaced.has(key) ? undefined : this.#common.grants.role(key));
  }

  #bindingsIn(namespace: string, subjects: readonly string[]): Binding[] {
    const found = new Set<Binding>();
    for (const subject of subjects) {
      const common = this.#common.grants.bindings(namespace, subject);
      if (common) for (const [key, binding] of common) if (!this.#replaced.has(key)) found.add(binding);
      const own = this.#own.bindings(namespace, subject);
      if (own) for (const binding of own.values()) found.add(binding);
    }
    return found.size > 1 ? [...found].sort(byName) : [...found];
  }

  #follow(): void {
    try {
      if (this.#cursors.length === 0) this.#start();
      for (const cursor of this.#cursors) {
        for (let event = cursor.next(); event; event = cursor.next()) {
          this.#replaced.add(event.key);
          if (event.type === "put") this.#own.put(event.object);
          else this.#own.delete(event.key);
        }
      }
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      this.#start();
    }
  }

  /** Reads everything that is newer than the common objects, and goes on from there. */
  #start(): void {
    for (const cursor of this.#cursors) cursor.close();
    this.#own = new Grants();
    const missing = new Set(this.#common.grants.keys());
    if (this.#store.revision > this.#common.revision) {
      for (const stored of storedRules(this.#store)) {
        if (stored.revision > this.#common.revision) this.#own.put(stored);
        else missing.delete(stored.key);
      }
    } else {
      missing.clear();
    }
    this.#replaced = missing;
    this.#cursors = PREFIXES.map((prefix) => this.#store.watch(prefix, this.#store.revision));
  }
}

function* storedRules(store: Store): Iterable<StoredObject> {
  const snapshot = store.snapshot()!;
  for (const prefix of PREFIXES) yield* snapshot.range(prefix);
}
