import { stringAt, stringsAt } from "../../kube/access.js";
import { type FieldError, invalidValue } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { KubeObject } from "../../kube/json.js";
import { isDns1123Label } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate, validateFinalizer } from "./core-meta.js";

const FINALIZERS = FieldPath.of("spec", "finalizers");

/** The path's capital letter is upstream's. */
function validatePhase(namespace: KubeObject, old: KubeObject): FieldError[] {
  const errors = validateCoreMetaUpdate(namespace, old);
  const phase = stringAt(namespace, "status", "phase");
  const deleted = namespace.metadata.deletionTimestamp !== undefined;
  const allowed = deleted ? "Terminating" : "Active";
  if (phase !== allowed) {
    const when = deleted ? "is not empty" : "is empty";
    const why = `may only be '${allowed}' if \`deletionTimestamp\` ${when}`;
    errors.push(invalidValue(FieldPath.of("status", "Phase"), phase, why));
  }
  return errors;
}

const validateNamespace = (namespace: KubeObject): FieldError[] => [
  ...validateCoreMeta(namespace, false, isDns1123Label),
  ...stringsAt(namespace, "spec", "finalizers").flatMap((name) => validateFinalizer(FINALIZERS, name)),
];

export const namespaceChecks: KindChecks = {
  validateCreate: validateNamespace,
  validateUpdate: (namespace, old) => [...validateNamespace(namespace), ...validateCoreMetaUpdate(namespace, old)],
  subresources: {
    status: { validateUpdate: validatePhase },
    finalize: {
      validateUpdate: (namespace, old) => [
        ...validateCoreMetaUpdate(namespace, old),
        ...stringsAt(namespace, "spec", "finalizers").flatMap((name, index) =>
          validateFinalizer(FINALIZERS.index(index), name),
        ),
      ],
    },
  },
};
