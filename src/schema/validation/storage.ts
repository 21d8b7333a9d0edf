import { objectAt, objectsAt, optionalStringAt, stringAt, stringMapAt } from "../../kube/access.js";
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
import { isDns1123Subdomain, isQualifiedName } from "../../kube/names.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta } from "./core-meta.js";
import { internalJson } from "./internal-json.js";
import { IMMUTABLE, immutable, validateObjectMetaUpdate } from "./object-meta.js";
import { csiDriverName } from "./pod/volume-sources.js";
import { checked, oneOf } from "./words.js";

const SPEC = FieldPath.of("spec");
const ATTACHMENT_SPEC = "io.k8s.api.storage.v1.VolumeAttachmentSpec";
const MAX_PARAMETERS = 256 * 1024;

/** upstream: apis/storage/validation (ValidateStorageClass). */
function validateStorageClass(storageClass: KubeObject): FieldError[] {
  const provisioner = stringAt(storageClass, "provisioner");
  const at = FieldPath.of("provisioner");
  const reclaim = stringAt(storageClass, "reclaimPolicy");
  const policies = ["Delete", "Retain"];
  const parameters = Object.entries(stringMapAt(storageClass, "parameters"));
  const size = parameters.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  const path = FieldPath.of("parameters");
  return [
    ...validateCoreMeta(storageClass, false, isDns1123Subdomain),
    ...(provisioner === "" ? [required(at)] : checked(at, provisioner.toLowerCase(), isQualifiedName)),
    ...(parameters.some(([key]) => key === "") ? [invalidValue(path, "", "field can not be empty.")] : []),
    ...(size > MAX_PARAMETERS ? [tooLong(path, MAX_PARAMETERS)] : []),
    ...(reclaim === "" || policies.includes(reclaim) ? [] : [notSupported("reclaimPolicy", reclaim, policies)]),
    ...oneOf(FieldPath.of("volumeBindingMode"), stringAt(storageClass, "volumeBindingMode"), [
      "Immediate",
      "WaitForFirstConsumer",
    ]),
  ];
}

export const storageClassChecks: KindChecks = {
  validateCreate: validateStorageClass,
  validateUpdate(storageClass, old) {
    const errors = [...validateStorageClass(storageClass), ...validateObjectMetaUpdate(storageClass, old)];
    for (const field of ["parameters", "provisioner", "reclaimPolicy"]) {
      if (semanticEqual(storageClass[field], old[field])) continue;
      errors.push(forbiddenField(field, `updates to ${field} are forbidden.`));
    }
    const at = FieldPath.of("volumeBindingMode");
    return [...errors, ...immutable(storageClass.volumeBindingMode, old.volumeBindingMode, at)];
  },
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
  }
  return [...errors, ...checked(SPEC.child("nodeName"), stringAt(spec, "nodeName"), isDns1123Subdomain)];
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
  if (semanticEqual(attachment.spec, old.spec)) return errors;
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

function validateCsiNode(node: KubeObject): FieldError[] {
  const seen = new Set<string>();
  const at = SPEC.child("drivers");
  const drivers = objectsAt(node, "spec", "drivers").flatMap((driver, index) => {
    const name = stringAt(driver, "name");
    const errors = csiDriverName(at.index(index).child("name"), name);
    if (stringAt(driver, "nodeID") === "") errors.push(required(at.index(index).child("nodeID")));
    if (seen.has(name))
      errors.push({ type: "FieldValueDuplicate", field: `${at.index(index)}.name`, badValue: name, detail: "" });
    seen.add(name);
    return errors;
  });
  return [...validateCoreMeta(node, false, isDns1123Subdomain), ...drivers];
}

export const csiNodeChecks: KindChecks = {
  validateCreate: validateCsiNode,
  validateUpdate: (node) => [...validateCsiNode(node), ...validateCsiNode(node)],
};
