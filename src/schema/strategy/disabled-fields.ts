import { assign, listAt, objectAt, objectsAt } from "../../kube/access.js";
import type { JsonObject } from "../../kube/json.js";

/**
 * Fields that a default 1.34 server forgets because their feature is off, unless the object had one already;
 * upstream: api/pod/util.go (dropDisabledFields).
 */
export function dropDisabledPodSpec(spec: JsonObject, old: JsonObject | undefined): void {
  const has = (test: (container: JsonObject) => boolean): boolean => containersOf(old).some(test);
  if (!has(usesRestartRules)) dropRestartRules(spec);
  if (!has(usesFileKeyRef)) for (const container of containersOf(spec)) dropFileKeyRefs(container);
  if (!has((container) => objectAt(container, "lifecycle")?.stopSignal !== undefined)) dropStopSignals(spec);
  if (old?.hostnameOverride === undefined) delete spec.hostnameOverride;
  for (const source of ["clusterTrustBundle", "podCertificate"]) {
    if (!projections(old).some((item) => item[source] !== undefined)) {
      for (const item of projections(spec)) delete item[source];
    }
  }
  if (!objectsAt(old, "volumes").some((volume) => volume.image !== undefined)) dropImageVolumes(spec);
}

export function containersOf(spec: JsonObject | undefined): JsonObject[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) => objectsAt(spec, list));
}

/** Of container restart policies, only Always on init containers (sidecars) is on by default. */
function usesRestartRules(container: JsonObject): boolean {
  return (
    listAt(container, "restartPolicyRules").length > 0 ||
    (container.restartPolicy !== undefined && container.restartPolicy !== "Always")
  );
}

function dropRestartRules(spec: JsonObject): void {
  for (const container of containersOf(spec)) delete container.restartPolicyRules;
  for (const container of objectsAt(spec, "initContainers")) {
    if (container.restartPolicy !== "Always") delete container.restartPolicy;
  }
  for (const list of ["containers", "ephemeralContainers"]) {
    for (const container of objectsAt(spec, list)) delete container.restartPolicy;
  }
}

function usesFileKeyRef(container: JsonObject): boolean {
  return objectsAt(container, "env").some((variable) => objectAt(variable, "valueFrom", "fileKeyRef") !== undefined);
}

function dropFileKeyRefs(container: JsonObject): void {
  for (const variable of objectsAt(container, "env")) {
    const from = objectAt(variable, "valueFrom");
    if (from) delete from.fileKeyRef;
  }
}

function dropStopSignals(spec: JsonObject): void {
  for (const container of containersOf(spec)) {
    const lifecycle = objectAt(container, "lifecycle");
    if (lifecycle?.stopSignal === undefined) continue;
    delete lifecycle.stopSignal;
    if (Object.keys(lifecycle).length === 0) delete container.lifecycle;
  }
}

function projections(spec: JsonObject | undefined): JsonObject[] {
  return objectsAt(spec, "volumes").flatMap((volume) => objectsAt(volume, "projected", "sources"));
}

/** An image volume goes together with its mounts. */
function dropImageVolumes(spec: JsonObject): void {
  const dropped = new Set(
    objectsAt(spec, "volumes")
      .filter((volume) => volume.image !== undefined)
      .map((v) => v.name),
  );
  const volumes = objectsAt(spec, "volumes").filter((volume) => volume.image === undefined);
  assign(spec, "volumes", volumes.length > 0 ? volumes : undefined);
  for (const container of containersOf(spec)) {
    if (container.volumeMounts === undefined) continue;
    const left = objectsAt(container, "volumeMounts").filter((mount) => !dropped.has(mount.name));
    // An empty list becomes none, whether there were image volumes or not.
    assign(container, "volumeMounts", left.length > 0 ? left : undefined);
  }
}
