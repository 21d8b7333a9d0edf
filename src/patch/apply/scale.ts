import type { Json, JsonObject } from "../../kube/json.js";
import type { FieldSet } from "./field-set.js";
import { fieldSet } from "./filters.js";
import { Managed } from "./managed.js";
import type { PathElement } from "./path-element.js";

const SCALE = "autoscaling/v1";
const IN_SCALE = fieldSet("spec.replicas");
const PATH_IN_SCALE = pathOf(IN_SCALE);

function pathOf(set: FieldSet): readonly PathElement[] {
  return [...set.paths()][0]!;
}

/**
 * The managedFields of a Scale, which are those of its parent as far as they are about replicas.
 * Upstream: managedfields/scalehandler.go. @throws ManagedFieldsError
 */
export class ScaleManagers {
  readonly #parent: Managed;
  readonly #apiVersion: string;
  readonly #replicas: FieldSet;

  /** @param replicas where the parent has them, as "spec.replicas" */
  constructor(parentEntries: Json | undefined, apiVersion: string, replicas: string) {
    this.#parent = Managed.decode(parentEntries);
    this.#apiVersion = apiVersion;
    this.#replicas = fieldSet(replicas);
  }

  /** Those of the Scale before a write. */
  toScale(): JsonObject[] | undefined {
    const scale = new Managed();
    for (const [id, { set, apiVersion, applied }] of this.#parent.sets) {
      if (apiVersion !== this.#apiVersion || !set.has(pathOf(this.#replicas))) continue;
      scale.sets.set(id, { set: IN_SCALE, apiVersion: SCALE, applied });
      scale.times.set(id, this.#parent.times.get(id));
    }
    return scale.encode();
  }

  /** Those of the parent after a write that gave the Scale these. */
  toParent(scaleEntries: Json | undefined): JsonObject[] | undefined {
    const scale = Managed.decode(scaleEntries);
    const { sets, times } = this.#parent;
    const out = new Managed();
    for (const [id, managed] of sets) {
      if (managed.apiVersion !== this.#apiVersion) continue;
      const keeps = !managed.set.has(pathOf(this.#replicas)) || scale.sets.delete(id);
      const set = keeps ? managed.set : managed.set.difference(this.#replicas);
      if (set.isEmpty && !keeps) continue;
      out.sets.set(id, { ...managed, set });
      out.times.set(id, times.get(id));
    }
    for (const [id, { set, applied }] of scale.sets) {
      if (!set.has(PATH_IN_SCALE)) continue;
      out.sets.set(id, { set: this.#replicas, apiVersion: this.#apiVersion, applied });
      // Upstream looks among the parent's times, so that a new manager has none.
      out.times.set(id, times.get(id));
    }
    return out.encode();
  }
}
