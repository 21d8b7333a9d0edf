import { objectAt } from "../../kube/access.js";
import type { KubeObject } from "../../kube/json.js";
import { ApiError } from "../../kube/status.js";
import { approvalCondition } from "../../schema/crd/checks/approval.js";
import { conditionOf, isTrue, sameCondition, setCondition } from "../../schema/crd/conditions.js";
import { acceptNames, establish } from "../../schema/crd/naming.js";
import type { ResourceDef } from "../../schema/model.js";
import type { ApiDeps } from "../deps.js";
import { guaranteedUpdate } from "../guaranteed-update.js";
import { SERVER_MANAGER, trackAs } from "../managed-fields.js";
import { readStored } from "../objects.js";
import { storageKey } from "../scope.js";
import { prepareUpdate } from "../update.js";
import { finishDefinition } from "./finish-definition.js";
import { internalScope } from "./internal-request.js";
import type { StoredDefinition } from "./stored-definition.js";

/**
 * The controllers that a kube-apiserver runs over its CustomResourceDefinitions: naming, establishing, and the end of
 * instances. Upstream: apiextensions-apiserver/pkg/controller/{status,establish,finalizer}.
 */
export class DefinitionControllers {
  readonly #def: ResourceDef;
  #running: Promise<void> | undefined;
  #again = false;

  constructor(def: ResourceDef) {
    this.#def = def;
  }

  /** Goes on until no definition asks for anything. What it writes itself does not start it anew. */
  settle(deps: ApiDeps): Promise<void> {
    if (this.#running) {
      // Whoever waits here may be the controllers' own write, so it must not wait for them.
      this.#again = true;
      return Promise.resolve();
    }
    this.#running = this.#run(deps).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(deps: ApiDeps): Promise<void> {
    do {
      this.#again = false;
      for (const definition of deps.custom.definitions) {
        // One status at a time, so that the next decision sees it.
        if (definition.unsettled && (await this.#step(deps, definition))) {
          this.#again = true;
          break;
        }
      }
    } while (this.#again);
  }

  /** Whether anything was written. */
  async #step(deps: ApiDeps, { name, group, ends }: StoredDefinition): Promise<boolean> {
    const stored = deps.store().get(storageKey(this.#def, "", name));
    if (!stored) return false;
    const crd = readStored(stored, this.#def.storage!);
    if (ends) return this.#finish(deps, crd);
    const now = deps.sources.now();
    const others = deps.custom.definitions.filter((other) => other.name !== name && other.group === group);
    const names = others.map((other) => other.names);
    const next = acceptNames(crd, names, now) ?? establish(crd, now) ?? approve(crd, group, now);
    return next ? this.#write(deps, next) : false;
  }

  async #finish(deps: ApiDeps, crd: KubeObject): Promise<boolean> {
    const now = deps.sources.now();
    const message = "CustomResource deletion is in progress";
    const begun = { ...crd, status: { ...objectAt(crd, "status") } } as KubeObject;
    setCondition(begun, { type: "Terminating", status: "True", reason: "InstanceDeletionInProgress", message }, now);
    const wrote = await this.#write(deps, begun);
    const last = await finishDefinition(deps, begun, isTrue(crd, "Established"));
    return last ? this.#write(deps, last) : wrote;
  }

  /** Writes the status and finalizers; false when nothing changed or somebody else was faster. */
  async #write(deps: ApiDeps, next: KubeObject): Promise<boolean> {
    const scope = internalScope(deps, this.#def, { namespace: "", name: next.metadata.name!, subresource: "status" });
    try {
      const before = deps.store().revision;
      await guaranteedUpdate(scope, false, (current, stored) => {
        const object: KubeObject = { ...current, metadata: { ...current.metadata }, status: objectAt(next, "status")! };
        if (next.metadata.finalizers) object.metadata.finalizers = next.metadata.finalizers;
        else delete object.metadata.finalizers;
        trackAs(SERVER_MANAGER, scope, object, current);
        return prepareUpdate(scope, object, current, stored, { dryRun: false }, () => {});
      });
      return deps.store().revision !== before;
    } catch (error) {
      if (error instanceof ApiError && error.status.code < 500) return false;
      throw error;
    }
  }
}

/** A definition of a protected group says whether it is approved. */
function approve(crd: KubeObject, group: string, now: number): KubeObject | undefined {
  const condition = approvalCondition(crd, group);
  if (!condition || sameCondition(condition, conditionOf(crd, condition.type))) return undefined;
  const next = { ...crd, status: { ...objectAt(crd, "status") } } as KubeObject;
  setCondition(next, condition, now);
  return next;
}
