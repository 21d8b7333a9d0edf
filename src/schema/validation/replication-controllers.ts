import { objectAt, optionalNumberAt, stringMapAt } from "../../kube/access.js";
import { type FieldError, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { KubeObject } from "../../kube/json.js";
import { selectorOfLabels } from "../../kube/label-selector.js";
import { isDns1123Subdomain } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { validatePodTemplate } from "./pod/template.js";
import { generationChanged, templateWarnings } from "./pod/warnings.js";
import { countChecks } from "./replica-status.js";
import { notNegative } from "./words.js";
import { hostnameWarnings, validateLongRunning, validateMatch } from "./workload-template.js";

const SPEC = FieldPath.of("spec");

/** upstream: apis/core/validation (ValidateReplicationControllerSpec). */
function validateSpec(controller: KubeObject): FieldError[] {
  const spec = objectAt(controller, "spec") ?? {};
  const selector = stringMapAt(spec, "selector");
  const template = objectAt(spec, "template");
  const at = SPEC.child("template");
  return [
    ...notNegative(SPEC.child("minReadySeconds"), optionalNumberAt(spec, "minReadySeconds")),
    ...(Object.keys(selector).length === 0 ? [required(SPEC.child("selector"))] : []),
    ...notNegative(SPEC.child("replicas"), optionalNumberAt(spec, "replicas")),
    ...(template
      ? [
          ...validateMatch(at, template, selectorOfLabels(selector)),
          ...validatePodTemplate(at, template),
          ...validateLongRunning(at, template, "ReplicationController"),
        ]
      : [required(at)]),
  ];
}

const validateCreate = (controller: KubeObject): FieldError[] => [
  ...validateCoreMeta(controller, true, isDns1123Subdomain),
  ...validateSpec(controller),
];

const COUNTS = ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"];

export const replicationControllerChecks: KindChecks = {
  validateCreate,
  validateUpdate: (controller, old) => [
    ...validateCreate(controller),
    ...validateCoreMetaUpdate(controller, old),
    ...validateSpec(controller),
  ],
  createWarnings: (controller) => [
    ...hostnameWarnings(controller),
    ...templateWarnings(controller, "spec", "template"),
  ],
  // Upstream has the two mixed up: an update is warned of what was there before.
  updateWarnings: (controller, old) =>
    generationChanged(controller, old) ? templateWarnings(old, "spec", "template") : [],
  subresources: {
    status: {
      validateUpdate: countChecks({
        counters: COUNTS,
        within: COUNTS.slice(1, 4),
        available: "readyReplicas",
      }),
    },
  },
};
