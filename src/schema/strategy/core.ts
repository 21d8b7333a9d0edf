import { assign, ensureList, ensureObject, listAt, objectAt, objectsAt, stringAt } from "../../kube/access.js";
import { timestamp } from "../../kube/clock.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { semanticEqual } from "./equality.js";
import { NOTHING } from "./generic.js";
import type { StrategyContext, UpdateStrategy } from "./strategy.js";

/** A namespace starts Active, and with the finalizer that the namespace controller takes away last. */
export function startNamespace(namespace: KubeObject): void {
  namespace.status = { phase: "Active" };
  const finalizers = ensureList(ensureObject(namespace, "spec"), "finalizers");
  if (!finalizers.includes("kubernetes")) finalizers.push("kubernetes");
}

/** A generated name is not known yet when defaults are set, so its label is made to match at last. */
export function labelNamespace(namespace: KubeObject): void {
  const { metadata } = namespace;
  metadata.labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name ?? "" };
}

/** Who leaves out the name of a LimitRange gets one (registry/core/limitrange/strategy.go). */
export function nameLimitRange(range: KubeObject, ctx: StrategyContext): void {
  if ((range.metadata.name ?? "") === "") range.metadata.name = ctx.sources.uid();
}

export function keepNamespaceFinalizers(namespace: KubeObject, old: KubeObject): void {
  assign(ensureObject(namespace, "spec"), "finalizers", objectAt(old, "spec")?.finalizers);
}

/** /finalize may change spec.finalizers and metadata, not the status. */
export const finalizeNamespace: UpdateStrategy = {
  prepareForUpdate(namespace, old) {
    assign(namespace, "status", old.status);
  },
  validateUpdate: NOTHING,
};

/** Dynamic kubelet configuration is gone, its fields are kept only where they were. */
export function dropNodeConfig(node: KubeObject, old?: KubeObject): void {
  const spec = objectAt(node, "spec");
  const status = objectAt(node, "status");
  if (spec && objectAt(old, "spec")?.configSource === undefined) delete spec.configSource;
  if (status && objectAt(old, "status")?.config === undefined) delete status.config;
}

/** Codes of volume errors are kept only where they were before (feature MutableCSINodeAllocatableCount). */
export function dropErrorCodes(attachment: KubeObject, old: KubeObject): void {
  for (const field of ["attachError", "detachError"]) {
    const error = objectAt(attachment, "status", field);
    if (error && objectAt(old, "status", field)?.errorCode === undefined) delete error.errorCode;
  }
}

/** As is how often a CSI driver tells anew what a node can take. */
export function dropUpdatePeriod(driver: KubeObject, old?: KubeObject): void {
  const before = objectAt(old, "spec")?.nodeAllocatableUpdatePeriodSeconds;
  if (before === undefined) delete objectAt(driver, "spec")?.nodeAllocatableUpdatePeriodSeconds;
}

/** Of an image pull or mount secret only the name is kept. */
export function cleanSecretReferences(account: KubeObject): void {
  if (account.secrets === undefined) return;
  account.secrets = objectsAt(account, "secrets").map((secret) => (secret.name ? { name: secret.name } : {}));
}

export function keepSecretType(secret: KubeObject, old: KubeObject): void {
  if (stringAt(secret, "type") === "") assign(secret, "type", old.type);
}

export function startPersistentVolume(volume: KubeObject, ctx: StrategyContext): void {
  volume.status = { phase: "Pending", lastPhaseTransitionTime: timestamp(ctx.now) };
}

/** Every change of phase carries its time, the client's or now. */
export function stampPhase(volume: KubeObject, old: KubeObject, ctx: StrategyContext): void {
  const status = ensureObject(volume, "status");
  const before = objectAt(old, "status") ?? {};
  const given = status.lastPhaseTransitionTime;
  if (stringAt(status, "phase") === stringAt(before, "phase")) {
    if (given === undefined) assign(status, "lastPhaseTransitionTime", before.lastPhaseTransitionTime);
  } else if (given === undefined || semanticEqual(given, before.lastPhaseTransitionTime)) {
    status.lastPhaseTransitionTime = timestamp(ctx.now);
  }
}

/** A claim waits for its volume; reading it from the store says so. */
export function startClaim(claim: KubeObject): void {
  claim.status = { phase: "Pending" };
  normalizeDataSources(claim);
}

/**
 * dataSource and dataSourceRef say the same unless the reference crosses namespaces (which needs a feature that is off);
 * upstream: api/persistentvolumeclaim/util.go.
 */
export function normalizeDataSources(claim: KubeObject, old?: KubeObject): void {
  const spec = objectAt(claim, "spec");
  if (!spec) return;
  let reference = objectAt(spec, "dataSourceRef");
  if (stringAt(reference, "namespace") !== "" && !objectAt(old, "spec", "dataSourceRef")) {
    delete spec.dataSourceRef;
    reference = undefined;
  }
  const before = objectAt(old, "spec");
  if (!before?.dataSource && !before?.dataSourceRef && !reference && !isClaimOrSnapshot(objectAt(spec, "dataSource"))) {
    delete spec.dataSource;
  }
  const source = objectAt(spec, "dataSource");
  if (source && !reference) spec.dataSourceRef = { ...source };
  else if (reference && !source && !reference.namespace) spec.dataSource = copyWithout(reference, "namespace");
}

/** What older clients may name as a source without being asked twice. */
function isClaimOrSnapshot(source: JsonObject | undefined): boolean {
  const [group, kind] = [stringAt(source, "apiGroup"), stringAt(source, "kind")];
  if (kind === "PersistentVolumeClaim") return group === "";
  return kind === "VolumeSnapshot" && group === "snapshot.storage.k8s.io";
}

function copyWithout(object: JsonObject, name: string): JsonObject {
  const { [name]: _, ...rest } = object;
  return rest as JsonObject;
}

/** Stored versions always name the storage version; upstream: registry/customresourcedefinition/strategy.go. */
export function addStoredVersion(crd: KubeObject): void {
  const storage = objectsAt(crd, "spec", "versions").find((version) => version.storage === true);
  if (!storage) return;
  const status = ensureObject(crd, "status");
  const stored = listAt(status, "storedVersions");
  if (!stored.includes(stringAt(storage, "name"))) {
    crd.status = { ...status, storedVersions: [...stored, stringAt(storage, "name")] };
  }
}

/** An APIService that this server itself answers is available at once; upstream: kube-aggregator's strategy.go. */
export function markLocalApiService(service: KubeObject, ctx: StrategyContext): void {
  if (objectAt(service, "spec", "service")) return;
  service.status = {
    conditions: [
      {
        type: "Available",
        status: "True",
        lastTransitionTime: timestamp(ctx.now),
        reason: "Local",
        message: "Local APIServices are always available",
      },
    ],
  };
}
