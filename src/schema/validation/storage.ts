import { objectAt, objectsAt, optionalNumberAt, optionalStringAt, stringAt, stringMapAt } from "../../kube/access.js";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain, rangeReason } from "../../kube/names.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { internalJson } from "./internal-json.js";
import { nodeLabelWarnings } from "./node-labels.js";
import { IMMUTABLE, immutable } from "./object-meta.js";
import { validateVolumeSpec } from "./persistent-volumes.js";
import { csiDriverName } from "./pod/volume-sources.js";
import { validateParameters, validateProvisioner, validateTopologies } from "./storage-classes.js";
import { checked } from "./words.js";

const SPEC = FieldPath.of("spec");
const ATTACHMENT_SPEC = "io.k8s.api.storage.v1.VolumeAttachmentSpec";

/** upstream: apis/storage/validation (ValidateStorageClass). */
function validateStorageClass(storageClass: KubeObject): FieldError[] {
  const reclaim = stringAt(storageClass, "reclaimPolicy");
  const policies = ["Delete", "Retain"];
  return [
    ...validateCoreMeta(storageClass, false, isDns1123Subdomain),
    ...validateProvisioner(FieldPath.of("provisioner"), stringAt(storageClass, "provisioner")),
    ...validateParameters(stringMapAt(storageClass, "parameters"), true),
    ...(reclaim === "" || policies.includes(reclaim) ? [] : [notSupported("reclaimPolicy", reclaim, policies)]),
    ...validateBindingMode(optionalStringAt(storageClass, "volumeBindingMode")),
    ...validateTopologies(objectsAt(storageClass, "allowedTopologies")),
  ];
}

const BINDING_MODES = ["Immediate", "WaitForFirstConsumer"];

function validateBindingMode(mode: string | undefined): FieldError[] {
  if (mode === undefined) return [required("volumeBindingMode")];
  return BINDING_MODES.includes(mode) ? [] : [notSupported("volumeBindingMode", mode, BINDING_MODES)];
}

function topologyWarnings(storageClass: KubeObject): string[] {
  const path = FieldPath.of("allowedTopologies");
  return objectsAt(storageClass, "allowedTopologies").flatMap((term, i) =>
    objectsAt(term, "matchLabelExpressions").flatMap((expression, j) => {
      const at = path.index(i).child("matchLabelExpressions").index(j).child("key");
      return nodeLabelWarnings(at, stringAt(expression, "key"));
    }),
  );
}

export const storageClassChecks: KindChecks = {
  validateCreate: validateStorageClass,
  validateUpdate(storageClass, old) {
    const errors = [...validateStorageClass(storageClass), ...validateCoreMetaUpdate(storageClass, old)];
    for (const field of ["parameters", "provisioner", "reclaimPolicy"]) {
      if (semanticEqual(storageClass[field], old[field])) continue;
      errors.push(forbiddenField(field, `updates to ${field} are forbidden.`));
    }
    const at = FieldPath.of("volumeBindingMode");
    return [...errors, ...immutable(storageClass.volumeBindingMode, old.volumeBindingMode, at)];
  },
  createWarnings: topologyWarnings,
  updateWarnings: topologyWarnings,
};

function validateAttachment(attachment: KubeObject): FieldError[] {
  const spec = objectAt(attachment, "spec");
  const [inline, name] = [
    objectAt(spec, "source", "inlineVolumeSpec"),
    optionalStringAt(spec, "source", "persistentVolumeName"),
  ];
  const at = SPEC.child("source");
  const errors = validateCoreMeta(attachment, false, isDns1123Subdomain);
  if (stringAt(spec, "attacher") === "") errors.push(required(SPEC.child("attacher")));
  const one = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
  if (!inline && name === undefined) errors.push(required(at, one));
  else if (inline && name !== undefined) errors.push(forbiddenField(at, one));
  else if (name === "") {
    errors.push(required(at.child("persistentVolumeName"), "must specify non empty persistentVolumeName"));
  } else if (inline) errors.push(...validateVolumeSpec(at.child("inlineVolumeSpec"), inline, "", true));
  return [
    ...errors,
    ...checked(SPEC.child("nodeName"), stringAt(spec, "nodeName"), isDns1123Subdomain),
    ...validateAttachmentStatus(attachment),
  ];
}

const STATUS = FieldPath.of("status");
const MAX_METADATA = 256 * 1024;
const MAX_MESSAGE = 1024;

function validateAttachmentStatus(attachment: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const metadata = Object.entries(stringMapAt(attachment, "status", "attachmentMetadata"));
  const size = metadata.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (size > MAX_METADATA) errors.push(tooLong(STATUS.child("attachmentMetadata"), MAX_METADATA));
  for (const field of ["attachError", "detachError"]) {
    const problem = objectAt(attachment, "status", field);
    const length = Buffer.byteLength(stringAt(problem, "message"));
    // Upstream tells the other limit here.
    if (length > MAX_MESSAGE) errors.push(tooLong(STATUS.child(field, "message"), MAX_METADATA));
    const code = optionalNumberAt(problem, "errorCode");
    if (code === undefined || code >= 0) continue;
    errors.push(invalidValue(STATUS.child(field, "errorCode"), code, rangeReason(0, 2147483647)));
  }
  return errors;
}

function validateAttachmentV1(attachment: KubeObject): FieldError[] {
  const name = optionalStringAt(attachment, "spec", "source", "persistentVolumeName");
  return [
    ...csiDriverName(SPEC.child("attacher"), stringAt(attachment, "spec", "attacher")),
    ...(name === undefined ? [] : checked(SPEC.child("source", "persistentVolumeName"), name, isDns1123Subdomain)),
  ];
}

function validateAttachmentUpdate(attachment: KubeObject, old: KubeObject): FieldError[] {
  const errors = validateAttachment(attachment);
  if (semanticEqual(attachment.spec, old.spec, ATTACHMENT_SPEC)) return errors;
  return [...errors, invalidValue(SPEC, internalJson(objectAt(attachment, "spec") ?? {}, ATTACHMENT_SPEC), IMMUTABLE)];
}

export const volumeAttachmentChecks: KindChecks = {
  validateCreate: (attachment) => [...validateAttachment(attachment), ...validateAttachmentV1(attachment)],
  validateUpdate: (attachment, old) => [
    ...validateAttachment(attachment),
    ...validateAttachmentUpdate(attachment, old),
  ],
  subresources: { status: { validateUpdate: validateAttachmentUpdate } },
};
