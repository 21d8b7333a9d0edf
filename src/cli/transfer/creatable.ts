import { ensureObject, objectAt, stringAt } from "../../kube/access.js";
import { isObject, type JsonObject, type KubeObject } from "../../kube/json.js";
import type { SchemaTables } from "../../schema/tables.js";
import type { Item } from "./items.js";

/** What a server gives an object, and what only holds as long as other objects are those that they were. */
const GIVEN = [
  ...["uid", "resourceVersion", "generation", "creationTimestamp", "selfLink", "managedFields"],
  ...["deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences"],
];

/** By which a Job finds its pods: its uid, which will be another. */
const JOB_LABELS = ["controller-uid", "batch.kubernetes.io/controller-uid"];

/** What servers make by themselves wherever there is need, by kind. */
const MADE = new Set(["v1 Event", "events.k8s.io/v1 Event", "networking.k8s.io/v1 IPAddress"]);

/** Kinds whose end is told by what they hold rather than by themselves. */
const HOLDERS = new Set(["Namespace", "CustomResourceDefinition"]);

/** Why an object is not to be created elsewhere; undefined: it is. */
export function notCreatable(item: Item, everyClusters: ReadonlySet<string>): "everywhere" | "ending" | undefined {
  const { apiVersion, kind, metadata } = item;
  if (MADE.has(`${apiVersion} ${kind}`) || everyClusters.has(identityOf(item))) return "everywhere";
  if (metadata.labels?.["apiserver.kubernetes.io/identity"] !== undefined && kind === "Lease") return "everywhere";
  if (kind === "APIService") {
    const spec = objectAt(JSON.parse(item.text) as JsonObject, "spec");
    if (!isObject(spec?.service)) return "everywhere";
  }
  return metadata.deletionTimestamp !== undefined && !HOLDERS.has(kind) ? "ending" : undefined;
}

/** What every cluster of a version has from the beginning, for {@link notCreatable}. */
export function everyClusters(tables: SchemaTables): ReadonlySet<string> {
  const { objects } = tables.file("bootstrap.json") as { readonly objects: readonly Item[] };
  return new Set(objects.map(identityOf));
}

function identityOf({ apiVersion, kind, metadata }: Pick<Item, "apiVersion" | "kind" | "metadata">): string {
  return `${apiVersion.split("/").at(-2) ?? ""} ${kind} ${metadata.namespace ?? ""} ${metadata.name}`;
}

/** An object that a server takes as a new one; changes it. */
export function makeCreatable(object: KubeObject, keepsStatus: boolean): void {
  const ending = object.metadata.deletionTimestamp !== undefined;
  for (const field of GIVEN) delete object.metadata[field];
  // A definition's says what a server has found, and a new one will find it by itself.
  if (!keepsStatus || ending || object.kind === "CustomResourceDefinition") delete object.status;
  if (object.kind === "Job" && object.apiVersion.startsWith("batch/")) forgetJob(object);
  if (object.kind === "PersistentVolume" && object.apiVersion === "v1") {
    const claim = objectAt(object, "spec", "claimRef");
    for (const field of ["uid", "resourceVersion"]) delete claim?.[field];
  }
}

function forgetJob(job: KubeObject): void {
  const spec = ensureObject(job, "spec");
  if (spec.manualSelector === true) return;
  const uid = JOB_LABELS.map((label) => stringAt(spec, "selector", "matchLabels", label)).find((text) => text !== "");
  if (uid === undefined) return;
  delete spec.selector;
  for (const labels of [job.metadata.labels, objectAt(spec, "template", "metadata", "labels")]) {
    for (const label of JOB_LABELS) delete labels?.[label];
  }
}
