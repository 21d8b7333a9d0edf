import { numberAt, objectAt, objectsAt, optionalNumberAt, stringAt, stringMapAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { checkAnnotations, checkLabels, isDns1123Label } from "../../kube/names.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { validateClaimSpec } from "./persistent-volume-claim-spec.js";
import { validatePodAnnotations } from "./pod/annotations.js";
import { validatePodTemplate } from "./pod/template.js";
import { claimWarnings, generationChanged, templateWarnings } from "./pod/warnings.js";
import { countChecks } from "./replica-status.js";
import { checked, goStruct, notNegative } from "./words.js";
import {
  readSelector,
  shownSelector,
  validateLongRunning,
  validateMatch,
  validateRequiredSelector,
} from "./workload-template.js";

const SPEC = FieldPath.of("spec");
const TEMPLATE = SPEC.child("template");
const RETENTION = ["Retain", "Delete"];

/** upstream: apis/apps/validation (ValidateStatefulSetSpec). What can't change any more is not looked at again. */
function validateSpec(spec: JsonObject, isNew: boolean): FieldError[] {
  const service = stringAt(spec, "serviceName");
  const claims = objectsAt(spec, "volumeClaimTemplates");
  return [
    ...validatePolicies(spec),
    ...(isNew
      ? claims.flatMap((claim, index) =>
          validateClaimSpec(
            SPEC.child("volumeClaimTemplates").index(index).child("spec"),
            objectAt(claim, "spec") ?? {},
          ),
        )
      : []),
    ...notNegative(SPEC.child("replicas"), optionalNumberAt(spec, "replicas")),
    ...notNegative(SPEC.child("minReadySeconds"), optionalNumberAt(spec, "minReadySeconds")),
    ...notNegative(SPEC.child("ordinals.start"), optionalNumberAt(spec, "ordinals", "start")),
    ...(isNew && service !== "" ? checked(SPEC.child("serviceName"), service, isDns1123Label) : []),
    ...validateRequiredSelector(SPEC.child("selector"), objectAt(spec, "selector"), "statefulset"),
    ...validateTemplate(spec, claims),
    ...validateLongRunning(TEMPLATE, objectAt(spec, "template") ?? {}, "StatefulSet"),
  ];
}

function validatePolicies(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const management = stringAt(spec, "podManagementPolicy");
  const at = SPEC.child("podManagementPolicy");
  if (management === "") errors.push(required(at));
  else if (!["OrderedReady", "Parallel"].includes(management)) {
    errors.push(invalidValue(at, management, "must be 'OrderedReady' or 'Parallel'"));
  }
  errors.push(...validateStrategy(objectAt(spec, "updateStrategy")));
  const retention = objectAt(spec, "persistentVolumeClaimRetentionPolicy");
  for (const field of retention ? ["whenDeleted", "whenScaled"] : []) {
    const policy = stringAt(retention, field);
    const policyAt = SPEC.child("persistentVolumeClaimRetentionPolicy", field);
    if (!RETENTION.includes(policy)) errors.push(notSupported(policyAt, policy, RETENTION));
  }
  return errors;
}

function validateStrategy(strategy: JsonObject | undefined): FieldError[] {
  const at = SPEC.child("updateStrategy");
  const type = stringAt(strategy, "type");
  const rolling = objectAt(strategy, "rollingUpdate");
  const shown = rolling
    ? goStruct({ Partition: rolling.partition ?? 0, MaxUnavailable: rolling.maxUnavailable ?? null })
    : null;
  switch (type) {
    case "":
      return [required(at)];
    case "OnDelete":
      if (!shown) return [];
      return [invalidValue(at.child("rollingUpdate"), shown, "only allowed for updateStrategy 'RollingUpdate'")];
    case "RollingUpdate":
      return notNegative(at.child("rollingUpdate", "partition"), optionalNumberAt(rolling, "partition"));
    default: {
      const whole = goStruct({ Type: type, RollingUpdate: shown });
      return [invalidValue(at, whole, "must be 'RollingUpdate' or 'OnDelete'")];
    }
  }
}

/** Claims count as volumes; the set itself gives hostname and subdomain. Some checks upstream does twice. */
function validateTemplate(spec: JsonObject, claims: readonly JsonObject[]): FieldError[] {
  const selector = readSelector(objectAt(spec, "selector"));
  if (!selector) return [invalidValue(SPEC.child("selector"), shownSelector(objectAt(spec, "selector")), "")];
  const template = objectAt(spec, "template") ?? {};
  const { hostname: _hostname, subdomain: _subdomain, ...podSpec } = objectAt(template, "spec") ?? {};
  const names = new Set(claims.map((claim) => stringAt(claim, "metadata", "name")));
  const claimed = [...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const own = objectsAt(podSpec as JsonObject, "volumes").filter((volume) => !names.has(stringAt(volume, "name")));
  const checkedTemplate = { ...template, spec: { ...podSpec, volumes: [...claimed, ...own] } as JsonObject };
  const annotations = stringMapAt(template, "metadata", "annotations");
  return [
    ...validateMatch(TEMPLATE, template, selector),
    ...validatePodTemplate(TEMPLATE, checkedTemplate),
    ...checkLabels(stringMapAt(template, "metadata", "labels"), TEMPLATE.child("labels")),
    ...checkAnnotations(annotations, TEMPLATE.child("annotations")),
    ...validatePodAnnotations(TEMPLATE.child("annotations"), annotations, checkedTemplate.spec),
  ];
}

const MUTABLE = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

function validateChange(set: KubeObject, old: KubeObject): FieldError[] {
  const rest = (object: KubeObject): JsonObject => {
    const spec = { ...(objectAt(object, "spec") ?? {}) };
    for (const field of MUTABLE) delete spec[field];
    return spec;
  };
  if (semanticEqual(rest(set), rest(old), "io.k8s.api.apps.v1.StatefulSetSpec")) return [];
  const listed = MUTABLE.slice(0, -1).map((field) => `'${field}'`);
  const why = `updates to statefulset spec for fields other than ${listed.join(", ")} and '${MUTABLE.at(-1)}' are forbidden`;
  return [forbiddenField(SPEC, why)];
}

/** Upstream's path of a claim differs between creation and update. */
function ownWarnings(set: KubeObject, ...inner: readonly string[]): string[] {
  const claims = objectsAt(set, "spec", "volumeClaimTemplates").flatMap((claim, index) =>
    claimWarnings(
      SPEC.child("volumeClaimTemplates")
        .index(index)
        .child(...inner),
      objectAt(claim, "spec"),
    ),
  );
  if (numberAt(set, "spec", "revisionHistoryLimit") >= 0) return claims;
  const limit = "a negative value retains all historical revisions; a value >= 0 is recommended";
  return [...claims, `spec.revisionHistoryLimit: ${limit}`];
}

export const statefulSetChecks: KindChecks = {
  validateCreate: (set) => [
    ...validateCoreMeta(set, true, isDns1123Label),
    ...validateSpec(objectAt(set, "spec") ?? {}, true),
  ],
  validateUpdate: (set, old) => [
    ...validateCoreMetaUpdate(set, old),
    ...validateSpec(objectAt(set, "spec") ?? {}, false),
    ...validateChange(set, old),
  ],
  createWarnings: (set) => [...templateWarnings(set, "spec", "template"), ...ownWarnings(set)],
  updateWarnings: (set, old) => [
    ...(generationChanged(set, old) ? templateWarnings(set, "spec", "template") : []),
    ...ownWarnings(set, "Spec"),
  ],
  subresources: {
    status: {
      validateUpdate: countChecks({
        counters: [
          "replicas",
          "readyReplicas",
          "currentReplicas",
          "updatedReplicas",
          "availableReplicas",
          "observedGeneration",
          "collisionCount",
        ],
        within: ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
        available: "status.readyReplicas",
      }),
    },
  },
};
