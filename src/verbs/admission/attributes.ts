import type { AdmissionName } from "../../kube/admission-names.js";
import { forbidden } from "../../kube/errors.js";
import type { GroupVersionKind, GroupVersionResource } from "../../kube/gvr.js";
import type { UserInfo } from "../../kube/handler.js";
import type { KubeObject } from "../../kube/json.js";
import type { ApiError } from "../../kube/status.js";

export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** What a plugin is told about a request; upstream: apiserver/pkg/admission/attributes.go. */
export interface Attributes {
  readonly operation: Operation;
  /** The resource's row, or the part of it that admission reads. */
  readonly resource: { readonly gvr: GroupVersionResource; readonly gvk: GroupVersionKind };
  /** "" for the resource itself. */
  readonly subresource: string;
  /** "" for cluster-wide resources; a namespace's own name for a Namespace. */
  readonly namespace: string;
  /** "" for a create whose name the server makes up, and for deletecollection. */
  readonly name: string;
  /** In the storage version, defaulted; undefined for DELETE. Mutating plugins change it in place. */
  readonly object?: KubeObject;
  /** What is stored now; undefined for CREATE. */
  readonly old?: KubeObject;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** Adds a Warning header to the answer, if there can be one. */
  readonly warn?: (message: string) => void;
}

/** What plugins may read of the cluster. */
export interface AdmissionView {
  get(group: string, resource: string, namespace: string, name: string): KubeObject | undefined;
  /** Namespace "" lists all of them. */
  list(group: string, resource: string, namespace: string): Iterable<KubeObject>;
  /** Stores an object whose status a plugin changed: a quota's usage. Without it usage is only read. */
  updateStatus?(group: string, resource: string, object: KubeObject): void;
  /** Other served versions of the same objects, as match policy Equivalent knows them. */
  equivalents?(gvr: GroupVersionResource): readonly { readonly group: string; readonly version: string }[];
  /** The five characters that end a generated name. */
  suffix(): string;
  /** Whether a user may do something; upstream's plugins ask the authorizer. */
  authorize(user: UserInfo, verb: string, group: string, resource: string, name: string): boolean;
}

/** Calls of one plugin; upstream: plugin/pkg/admission/<name>. Both throw ApiError. */
export interface AdmissionPlugin {
  readonly name: AdmissionName;
  readonly operations: readonly Operation[];
  mutate?(attributes: Attributes, view: AdmissionView): void;
  validate?(attributes: Attributes, view: AdmissionView): void;
}

/** Whether the request is for this resource itself or, if given, that subresource of it. */
export function isFor(attributes: Attributes, group: string, resource: string, subresource = ""): boolean {
  const { gvr } = attributes.resource;
  return gvr.group === group && gvr.resource === resource && attributes.subresource === subresource;
}

/** A plugin's refusal; upstream: apiserver/pkg/admission/errors.go. */
export function refuse(attributes: Attributes, why: string): ApiError {
  return forbidden(attributes.resource.gvr, nameOf(attributes), why);
}

function nameOf(attributes: Attributes): string {
  if (attributes.name !== "") return attributes.name;
  return attributes.object?.metadata.name || attributes.object?.metadata.generateName || "Unknown";
}
