import type { Representation } from "../codec/negotiate.js";
import { timestamp } from "../kube/clock.js";
import { boundedInteger } from "../kube/digits.js";
import { alreadyExists, generateNameConflict } from "../kube/errors.js";
import type { Answer } from "../kube/handler.js";
import type { KubeObject } from "../kube/json.js";
import { cloneJson } from "../kube/json-access.js";
import { generatedName } from "../kube/names.js";
import { ApiError } from "../kube/status.js";
import type { StorageResource } from "../schema/model.js";
import { beforeCreate, matchNamespace } from "../schema/strategy/lifecycle.js";
import type { StoredObject } from "../store/store.js";
import { admitObject } from "./admit.js";
import { answerObject, answerValue } from "./answers.js";
import { followDefinitions } from "./crd/follow.js";
import { decodeObject } from "./decode.js";
import { charged } from "./in-turn.js";
import { trackWrite } from "./managed-fields.js";
import { encodeForStore, fromStorage, readStored } from "./objects.js";
import { type WriteOptions, writeOptions } from "./options.js";
import { representation } from "./representation.js";
import { type Scope, storageKey, storageOf, strategyOf, targetOf } from "./scope.js";
import { allocate, followAddresses } from "./service-hooks.js";
import { checkStorable } from "./storable.js";
import { strategyContext, type Warn } from "./strategy-context.js";
import { virtualCreate } from "./virtual.js";
import { warned } from "./warned.js";

/** How often a generated name that is taken is replaced (registry.Store.Create, maxNameGenerationCreateAttempts). */
const NAME_ATTEMPTS = 8;

export async function create(scope: Scope): Promise<Answer> {
  if (!scope.def.storage) return virtualCreate(scope);
  const wanted = representation(scope);
  const options = writeOptions(scope.request.query, "CreateOptions");
  const { object, warnings } = decodeObject(scope, options);
  const warn = (message: string) => warnings.push(message);
  const created = await warned(warnings, async () => {
    matchNamespace(targetOf(scope), object);
    return createObject(scope, object, options, warn);
  });
  return answerCreated(scope, created, wanted, warnings);
}

/** What was stored, or for a dry run the object, which then has no resourceVersion. */
export type Created = { readonly stored: StoredObject } | { readonly unstored: KubeObject };

export function answerCreated(scope: Scope, created: Created, wanted: Representation, warnings: string[]): Answer {
  if ("stored" in created) return answerObject(scope, 201, created.stored, wanted, warnings);
  return answerValue(scope, 201, fromStorage(created.unstored, scope.def), scope.def.type, wanted, warnings);
}

/**
 * Stores a new object given in its storage version, already defaulted; one that was `applied` has its managedFields.
 * @throws ApiError 409, 422, and whatever admission refuses with
 */
export async function createObject(
  scope: Scope,
  object: KubeObject,
  options: WriteOptions,
  warn: Warn,
  applied = false,
): Promise<Created> {
  const { metadata } = object;
  const generated = (metadata.name ?? "") === "" && (metadata.generateName ?? "") !== "";
  for (let attempt = 1; ; attempt++) {
    if (generated) metadata.name = generatedName(metadata.generateName!, scope.deps.sources);
    const named = { ...scope, name: metadata.name ?? "" };
    const result = await createOnce(named, generated ? cloneJson(object) : object, options, warn, applied);
    if (result) return result;
    // A prefix beside a name is no help, but upstream's words are the same.
    if (!generated && metadata.generateName) throw generateNameConflict(scope.def.gvr, named.name, 1);
    if (!generated) throw taken(named);
    if (attempt === NAME_ATTEMPTS) throw generateNameConflict(scope.def.gvr, named.name, 1);
  }
}

/** Who waits for a deletion is told that it goes on (registry.Store.create). */
function taken(scope: Scope): ApiError {
  const error = alreadyExists(scope.def.gvr, scope.name);
  const there = scope.deps.store().get(storageKey(scope.def, scope.namespace, scope.name));
  if (!there || !readStored(there, storageOf(scope)).metadata.deletionTimestamp) return error;
  return new ApiError({ ...error.status, message: `object is being deleted: ${error.message}` });
}

async function createOnce(
  scope: Scope,
  object: KubeObject,
  options: WriteOptions,
  warn: Warn,
  applied: boolean,
): Promise<Created | undefined> {
  const strategy = strategyOf(scope);
  const storage = storageOf(scope);
  const store = scope.deps.store();
  fillSystemFields(scope, object);
  if (!applied) trackWrite(scope, object, undefined, options);
  admitObject(scope, "mutate", { operation: "CREATE", object, options, warn });
  allocate(scope, object, undefined, options.dryRun);
  beforeCreate(targetOf(scope), strategy, object, strategyContext(scope, warn));
  admitObject(scope, "validate", { operation: "CREATE", object, options, warn });
  // A strategy may have named it.
  const key = storageKey(scope.def, scope.namespace, object.metadata.name ?? "");
  const encoded = encodeForStore(object, storage, strategy);
  // A dry run asks only whether the name is free (generic/registry/dryrun.go).
  if (options.dryRun) return store.get(key) ? undefined : { unstored: asRead(object, storage) };
  if (isRevision(object.metadata.resourceVersion ?? "")) {
    // Upstream's storage answers this without a reason (storage/errors.go, ErrResourceVersionSetOnCreate).
    throw new ApiError({
      code: 500,
      reason: "",
      message: "resourceVersion should not be set on objects to be created",
    });
  }
  checkStorable(encoded, object, storage);
  const charges = charged(scope.deps);
  if (charges) await charges;
  const result = await store.commit({ key, expected: 0, object: encoded });
  if (!result.ok) return undefined;
  await followAddresses(scope, undefined, object);
  await followDefinitions(scope);
  return { stored: result.object };
}

/** What another version would keep of it: what the stored version has no field for is lost, also in a dry run. */
function asRead(object: KubeObject, { shape }: StorageResource): KubeObject {
  const kept = shape?.toStore(object) ?? object;
  return kept === object ? object : shape!.fromStore(kept, shape!.id);
}

/** What is no number, and zero, goes unnoticed (storage.APIObjectVersioner.ObjectResourceVersion). */
function isRevision(text: string): boolean {
  if (!/^[0-9]+$/.test(text)) return false;
  const revision = boundedInteger(text);
  return revision > 0n && revision < 1n << 64n;
}

/** What only the server may say about a new object (registry/rest: FillObjectMetaSystemFields, BeforeCreate). */
function fillSystemFields(scope: Scope, object: KubeObject): void {
  const { sources } = scope.deps;
  const { metadata } = object;
  metadata.creationTimestamp = timestamp(sources.now());
  metadata.uid = sources.uid();
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}
