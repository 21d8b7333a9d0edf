import { objectsAt } from "../../kube/access.js";
import { compareUtf8 } from "../../kube/go-text.js";
import type { KubeObject } from "../../kube/json.js";
import type { StoredObject } from "../../store/store.js";
import { type Binding, bindingOf } from "./bindings.js";
import { type PolicyRule, policyRule } from "./policy-rule.js";

/** Where roles and bindings are stored, by upstream's names. */
export const ROLE_PREFIXES = ["clusterroles/", "roles/"] as const;
export const BINDING_PREFIXES = ["clusterrolebindings/", "rolebindings/"] as const;

/** Roles by their storage keys, and bindings by namespace and subject. */
export class Grants {
  readonly #roles = new Map<string, readonly PolicyRule[]>();
  readonly #bindings = new Map<string, Binding>();
  /** Keys: namespace and subject; values: the bindings by their storage keys. */
  readonly #bySubject = new Map<string, Map<string, Binding>>();

  has(key: string): boolean {
    return this.#roles.has(key) || this.#bindings.has(key);
  }

  keys(): string[] {
    return [...this.#roles.keys(), ...this.#bindings.keys()];
  }

  put(stored: StoredObject): void {
    const { key, index } = stored;
    this.delete(key);
    const object = JSON.parse(stored.bytes.toString()) as KubeObject;
    if (ROLE_PREFIXES.some((prefix) => key.startsWith(prefix))) {
      this.#roles.set(key, objectsAt(object, "rules").map(policyRule));
      return;
    }
    const binding = bindingOf(object, index.name, index.namespace);
    this.#bindings.set(key, binding);
    for (const place of places(binding)) {
      const found = this.#bySubject.get(place);
      if (found) found.set(key, binding);
      else this.#bySubject.set(place, new Map([[key, binding]]));
    }
  }

  delete(key: string): void {
    this.#roles.delete(key);
    const binding = this.#bindings.get(key);
    if (!binding) return;
    this.#bindings.delete(key);
    for (const place of places(binding)) {
      const found = this.#bySubject.get(place);
      found?.delete(key);
      if (found?.size === 0) this.#bySubject.delete(place);
    }
  }

  role(key: string): readonly PolicyRule[] | undefined {
    return this.#roles.get(key);
  }

  /** The bindings of a subject in one namespace ("": cluster-wide), by their storage keys. */
  bindings(namespace: string, subject: string): ReadonlyMap<string, Binding> | undefined {
    return this.#bySubject.get(`${namespace}/${subject}`);
  }
}

function places({ namespace, subjects }: Binding): string[] {
  return subjects.flatMap(({ key }) => (key === undefined ? [] : [`${namespace}/${key}`]));
}

export function byName(a: Binding, b: Binding): number {
  return compareUtf8(a.name, b.name);
}
