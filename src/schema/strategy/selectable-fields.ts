import { boolAt, numberAt, objectsAt, stringAt } from "../../kube/access.js";
import type { KubeObject } from "../../kube/json.js";

/** Selectable fields per kind beyond metadata.name and metadata.namespace; upstream: each strategy's SelectableFields. */
type Fields = (object: KubeObject) => Record<string, string>;

export const podFields: Fields = (pod) => ({
  "spec.nodeName": stringAt(pod, "spec", "nodeName"),
  "spec.restartPolicy": stringAt(pod, "spec", "restartPolicy"),
  "spec.schedulerName": stringAt(pod, "spec", "schedulerName"),
  "spec.serviceAccountName": stringAt(pod, "spec", "serviceAccountName"),
  "spec.hostNetwork": String(boolAt(pod, "spec", "hostNetwork")),
  "status.phase": stringAt(pod, "status", "phase"),
  "status.podIP": stringAt(objectsAt(pod, "status", "podIPs")[0], "ip"),
  "status.nominatedNodeName": stringAt(pod, "status", "nominatedNodeName"),
});

export const nodeFields: Fields = (node) => ({
  "spec.unschedulable": String(boolAt(node, "spec", "unschedulable")),
});

export const namespaceFields: Fields = (namespace) => ({
  "status.phase": stringAt(namespace, "status", "phase"),
  name: namespace.metadata.name ?? "",
});

/** Persistent volumes and claims still answer to "name". */
export const nameField: Fields = (object) => ({ name: object.metadata.name ?? "" });

export const secretFields: Fields = (secret) => ({ type: stringAt(secret, "type") });

export const serviceFields: Fields = (service) => ({
  "spec.clusterIP": stringAt(service, "spec", "clusterIP"),
  "spec.type": stringAt(service, "spec", "type"),
});

export const replicasField: Fields = (object) => ({
  "status.replicas": String(numberAt(object, "status", "replicas")),
});

export const jobFields: Fields = (job) => ({ "status.successful": String(numberAt(job, "status", "succeeded")) });

export const eventFields: Fields = (event) => ({
  "involvedObject.kind": stringAt(event, "involvedObject", "kind"),
  "involvedObject.namespace": stringAt(event, "involvedObject", "namespace"),
  "involvedObject.name": stringAt(event, "involvedObject", "name"),
  "involvedObject.uid": stringAt(event, "involvedObject", "uid"),
  "involvedObject.apiVersion": stringAt(event, "involvedObject", "apiVersion"),
  "involvedObject.resourceVersion": stringAt(event, "involvedObject", "resourceVersion"),
  "involvedObject.fieldPath": stringAt(event, "involvedObject", "fieldPath"),
  reason: stringAt(event, "reason"),
  reportingComponent: stringAt(event, "reportingComponent"),
  source: stringAt(event, "source", "component") || stringAt(event, "reportingComponent"),
  type: stringAt(event, "type"),
});

export const signerField: Fields = (csr) => ({ "spec.signerName": stringAt(csr, "spec", "signerName") });

export const leaseNameField: Fields = (candidate) => ({ "spec.leaseName": stringAt(candidate, "spec", "leaseName") });

export const resourceSliceFields: Fields = (slice) => ({
  "spec.nodeName": stringAt(slice, "spec", "nodeName"),
  "spec.driver": stringAt(slice, "spec", "driver"),
});
