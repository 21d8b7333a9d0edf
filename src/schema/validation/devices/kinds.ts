import { boolAt, objectAt, objectsAt, optionalStringAt } from "../../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue } from "../../../kube/field-errors.js";
import { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../../kube/json.js";
import { isDns1123Subdomain } from "../../../kube/names.js";
import { semanticEqual } from "../../strategy/equality.js";
import type { KindChecks, Surroundings } from "../checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "../core-meta.js";
import { immutableStruct } from "../object-meta.js";
import { validateTemplateMetadata } from "../persistent-volume-claim-spec.js";
import { isExtendedResource } from "../resources.js";
import { validateClaimStatus } from "./claim-status.js";
import { MAX_CONFIGS, validateConfig, validateDevices } from "./requests.js";
import { validateSelectors } from "./selectors.js";
import { validateSliceSpec } from "./slices.js";
import { each } from "./words.js";

const SPEC = FieldPath.of("spec");
const RESULTS = FieldPath.of("status").child("allocation", "devices", "results");
const CLASS_SPEC = "io.k8s.api.resource.v1.DeviceClassSpec";
const CLAIM_SPEC = "io.k8s.api.resource.v1.ResourceClaimSpec";
const TEMPLATE_SPEC = "io.k8s.api.resource.v1.ResourceClaimTemplateSpec";

function claimErrors(claim: KubeObject): FieldError[] {
  return [...validateCoreMeta(claim, true, isDns1123Subdomain), ...claimSpecErrors(claim, false)];
}

function claimSpecErrors(claim: KubeObject, stored: boolean): FieldError[] {
  return validateDevices(SPEC.child("devices"), objectAt(claim, "spec", "devices"), stored);
}

const ADMIN_LABEL = "resource.kubernetes.io/admin-access";

/** Devices that are in use already are for those whose namespace says so; upstream: registry/resource (AuthorizedForAdmin). */
function adminErrors(wishes: readonly boolean[], path: FieldPath, around: Surroundings): FieldError[] {
  const index = wishes.indexOf(true);
  if (index < 0 || around.namespaceLabels()[ADMIN_LABEL] === "true") return [];
  const why = `admin access to devices requires the \`${ADMIN_LABEL}: true\` label on the containing namespace`;
  return [forbiddenField(path.index(index).child("adminAccess"), why)];
}

function specAdminErrors(devices: JsonObject | undefined, around: Surroundings): FieldError[] {
  const wishes = objectsAt(devices, "requests").map((request) => boolAt(request, "exactly", "adminAccess"));
  return adminErrors(wishes, SPEC.child("devices", "requests"), around);
}

const resultsOf = (claim: KubeObject) =>
  objectsAt(claim, "status", "allocation", "devices", "results").map((result) => boolAt(result, "adminAccess"));

/** Upstream looks at an updated object as at a new one first, so that what is wrong with it is told twice. */
export const claimChecks: KindChecks = {
  authorize: (claim, old, around) => (old ? [] : specAdminErrors(objectAt(claim, "spec", "devices"), around)),
  validateCreate: claimErrors,
  validateUpdate: (claim, old) => [
    ...claimErrors(claim),
    ...validateCoreMetaUpdate(claim, old),
    ...immutableStruct(objectAt(claim, "spec") ?? {}, objectAt(old, "spec") ?? {}, SPEC, CLAIM_SPEC),
    ...claimSpecErrors(claim, true),
  ],
  subresources: {
    status: {
      authorize: (claim, old, around) =>
        old && resultsOf(old).includes(true) ? [] : adminErrors(resultsOf(claim), RESULTS, around),
      validateUpdate: (claim, old) => [...validateCoreMetaUpdate(claim, old), ...validateClaimStatus(claim, old)],
    },
  },
};

function templateErrors(template: KubeObject): FieldError[] {
  return [...validateCoreMeta(template, true, isDns1123Subdomain), ...templateSpecErrors(template, false)];
}

function templateSpecErrors(template: KubeObject, stored: boolean): FieldError[] {
  return [
    ...validateTemplateMetadata(SPEC.child("metadata"), objectAt(template, "spec", "metadata") ?? {}),
    ...validateDevices(SPEC.child("spec", "devices"), objectAt(template, "spec", "spec", "devices"), stored),
  ];
}

export const claimTemplateChecks: KindChecks = {
  // Upstream names the path of a claim here, too.
  authorize: (template, old, around) =>
    old ? [] : specAdminErrors(objectAt(template, "spec", "spec", "devices"), around),
  validateCreate: templateErrors,
  validateUpdate: (template, old) => [
    ...templateErrors(template),
    ...validateCoreMetaUpdate(template, old),
    ...immutableStruct(objectAt(template, "spec") ?? {}, objectAt(old, "spec") ?? {}, SPEC, TEMPLATE_SPEC),
    ...templateSpecErrors(template, true),
  ],
};

function classErrors(deviceClass: KubeObject, old?: KubeObject): FieldError[] {
  const [spec, before] = [objectAt(deviceClass, "spec"), objectAt(old, "spec")];
  const only = (value: KubeObject | undefined) => ({ config: objectsAt(value, "spec", "config") });
  const stored = before !== undefined && semanticEqual(only(deviceClass), only(old), CLASS_SPEC);
  const resource = optionalStringAt(spec, "extendedResourceName");
  const unfit = resource !== undefined && !isExtendedResource(resource);
  return [
    ...validateSelectors(SPEC.child("selectors"), spec),
    ...each(SPEC.child("config"), objectsAt(spec, "config"), MAX_CONFIGS, (at, config) =>
      validateConfig(at, config, stored),
    ),
    ...(unfit
      ? [invalidValue(SPEC.child("extendedResourceName"), resource, "must be a valid extended resource name")]
      : []),
  ];
}

export const deviceClassChecks: KindChecks = {
  validateCreate: (object) => [...validateCoreMeta(object, false, isDns1123Subdomain), ...classErrors(object)],
  validateUpdate: (object, old) => [
    ...validateCoreMeta(object, false, isDns1123Subdomain),
    ...classErrors(object),
    ...validateCoreMetaUpdate(object, old),
    ...classErrors(object, old),
  ],
};

export const resourceSliceChecks: KindChecks = {
  validateCreate: (slice) => [...validateCoreMeta(slice, false, isDns1123Subdomain), ...validateSliceSpec(slice)],
  validateUpdate: (slice, old) => [...validateCoreMetaUpdate(slice, old), ...validateSliceSpec(slice, old)],
};
