import {
  numberAt,
  objectAt,
  objectsAt,
  optionalNumberAt,
  stringAt,
  stringMapAt,
  stringsAt,
} from "../../../kube/access.js";
import { FieldPath } from "../../../kube/field-path.js";
import { compareUtf8, goQuote } from "../../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../../kube/json.js";
import { isLabelValue } from "../../../kube/names.js";
import { parseQuantity } from "../../../kube/quantity.js";
import { APPARMOR, appArmorProfileOf } from "../../strategy/app-armor.js";
import { semanticEqual } from "../../strategy/equality.js";
import type { KindChecks } from "../checks.js";
import { ipWarnings } from "../network.js";
import { nodeLabelWarnings } from "../node-labels.js";
import { overlapWarnings } from "./path-overlaps.js";
import { portWarnings } from "./port-warnings.js";

/** What of a pod or template works, but not as its author may think; upstream: api/pod/warnings.go. */

const DEAD_ANNOTATIONS = [
  ["scheduler.alpha.kubernetes.io/critical-pod", 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ["security.alpha.kubernetes.io/sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
  ["security.alpha.kubernetes.io/unsafe-sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
] as const;
const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const USE_SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead';

/** In the order in which they are looked for: field, the path's word for it, since when. */
const DEAD_VOLUMES = [
  ["photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"],
  ["scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"],
  ["storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"],
  ["quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["ephemeral", "ephemeral", ""],
  ["cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"],
] as const;

const USE_APPARMOR = 'deprecated since v1.30; use the "appArmorProfile" field instead';

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";
const NULL_SELECTOR = "a null labelSelector results in matching no pod";

/** `root` is the path of the pod or template itself. */
export function podWarnings(root: FieldPath, pod: JsonObject): string[] {
  const spec = objectAt(pod, "spec") ?? {};
  const path = root.child("spec");
  const annotations = stringMapAt(pod, "metadata", "annotations");
  const annotated = (key: string, why: string): string[] =>
    Object.hasOwn(annotations, key) ? [`${root.child("metadata", "annotations").key(key)}: ${why}`] : [];
  // Of a pod the strategy warns, which reads the annotation.
  const isPod = String(root) === "";
  const hasProfile = (part: JsonObject | undefined): boolean => !!objectAt(part, "securityContext", "seccompProfile");
  return [
    ...schedulingWarnings(path, spec),
    ...DEAD_ANNOTATIONS.flatMap(([key, why]) => annotated(key, why)),
    ...volumeWarnings(path.child("volumes"), spec),
    ...overlapWarnings(objectsAt(spec, "volumes")),
    ...repeated(path.child("hostAliases"), objectsAt(spec, "hostAliases"), "ip"),
    ...repeated(path.child("imagePullSecrets"), objectsAt(spec, "imagePullSecrets"), "name"),
    ...objectsAt(spec, "imagePullSecrets").flatMap((secret, index) =>
      stringAt(secret, "name") === ""
        ? [`${path.child("imagePullSecrets").index(index).child("name")}: invalid empty name ""`]
        : [],
    ),
    ...fractional(path.child("overhead"), stringMapAt(spec, "overhead")),
    ...(hasProfile(spec) ? [] : annotated(SECCOMP_POD, USE_SECCOMP)),
    ...containersWithPath(path, spec).flatMap(([at, container]) => [
      ...(hasProfile(container) ? [] : annotated(SECCOMP_CONTAINER + stringAt(container, "name"), USE_SECCOMP)),
      ...(isPod || !oldAppArmor(container, spec, annotations)
        ? []
        : annotated(APPARMOR + stringAt(container, "name"), USE_APPARMOR)),
      ...containerWarnings(at, container),
    ]),
    ...portWarnings(containersWithPath(path, spec)),
    ...(optionalNumberAt(spec, "terminationGracePeriodSeconds")! < 0
      ? [
          `${path.child("terminationGracePeriodSeconds")}: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...affinityWarnings(path.child("affinity"), spec),
    ...stringsAt(spec, "dnsConfig", "nameservers").flatMap((address, index) =>
      ipWarnings(path.child("dnsConfig", "nameservers").index(index), address),
    ),
    ...objectsAt(spec, "hostAliases").flatMap((alias, index) =>
      ipWarnings(path.child("hostAliases").index(index).child("ip"), stringAt(alias, "ip")),
    ),
  ];
}

/** Whether an annotation stands for the field, and says other than the pod's own. */
function oldAppArmor(container: JsonObject, spec: JsonObject, annotations: Readonly<Record<string, string>>): boolean {
  if (objectAt(container, "securityContext", "appArmorProfile")) return false;
  const profile = objectAt(spec, "securityContext", "appArmorProfile");
  const annotation = annotations[APPARMOR + stringAt(container, "name")] ?? "";
  return !profile || !semanticEqual(profile, appArmorProfileOf(annotation));
}

function containersWithPath(path: FieldPath, spec: JsonObject): (readonly [FieldPath, JsonObject])[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    objectsAt(spec, list).map((container, index) => [path.child(list).index(index), container] as const),
  );
}

function schedulingWarnings(path: FieldPath, spec: JsonObject): string[] {
  const nodes = path.child("affinity", "nodeAffinity");
  const affinity = objectAt(spec, "affinity", "nodeAffinity");
  const term = (at: FieldPath, value: JsonObject | undefined, withValues = false): string[] =>
    objectsAt(value, "matchExpressions").flatMap((expression, index) => {
      const own = at.child("matchExpressions").index(index);
      const values = withValues ? stringsAt(expression, "values") : [];
      return [
        ...nodeLabelWarnings(own.child("key"), stringAt(expression, "key"), true),
        ...values.flatMap((text, nth) =>
          isLabelValue(text).map((why) => `${own.child("values").index(nth)}: ${text} is invalid, ${why}`),
        ),
      ];
    });
  return [
    ...Object.keys(stringMapAt(spec, "nodeSelector"))
      .sort(compareUtf8)
      .flatMap((key) => nodeLabelWarnings(path.child("nodeSelector").key(key), key)),
    ...objectsAt(affinity, REQUIRED, "nodeSelectorTerms").flatMap((each, index) =>
      term(nodes.child(REQUIRED, "nodeSelectorTerms").index(index), each),
    ),
    ...objectsAt(affinity, PREFERRED).flatMap((each, index) =>
      term(nodes.child(PREFERRED).index(index).child("preference"), objectAt(each, "preference"), true),
    ),
    ...objectsAt(spec, "topologySpreadConstraints").flatMap((constraint, index) => {
      const at = path.child("topologySpreadConstraints").index(index);
      const old = nodeLabelWarnings(at.child("topologyKey"), stringAt(constraint, "topologyKey"), true);
      return objectAt(constraint, "labelSelector") ? old : [...old, `${at.child("labelSelector")}: ${NULL_SELECTOR}`];
    }),
  ];
}

function affinityWarnings(path: FieldPath, spec: JsonObject): string[] {
  return ["podAffinity", "podAntiAffinity"].flatMap((kind) => {
    const affinity = objectAt(spec, "affinity", kind);
    const at = path.child(kind);
    const missing = (where: FieldPath, value: JsonObject | undefined): string[] =>
      objectAt(value, "labelSelector") ? [] : [`${where.child("labelSelector")}: ${NULL_SELECTOR}`];
    return [
      ...objectsAt(affinity, REQUIRED).flatMap((each, index) => missing(at.child(REQUIRED).index(index), each)),
      ...objectsAt(affinity, PREFERRED).flatMap((each, index) =>
        missing(at.child(PREFERRED).index(index).child("podAffinityTerm"), objectAt(each, "podAffinityTerm")),
      ),
    ];
  });
}

function volumeWarnings(path: FieldPath, spec: JsonObject): string[] {
  return objectsAt(spec, "volumes").flatMap((volume, index) =>
    DEAD_VOLUMES.flatMap(([field, told, why]) => {
      if (!objectAt(volume, field)) return [];
      const at = path.index(index).child(told);
      if (field !== "ephemeral") return [`${at}: ${why}`];
      const claim = objectAt(volume, "ephemeral", "volumeClaimTemplate", "spec");
      return claimWarnings(at.child("volumeClaimTemplate", "spec"), claim);
    }),
  );
}

/** upstream: api/persistentvolumeclaim/util.go (GetWarningsForPersistentVolumeClaimSpec). */
export function claimWarnings(path: FieldPath, spec: JsonObject | undefined): string[] {
  return ["requests", "limits"].flatMap((kind) =>
    fractional(path.child("resources", kind), stringMapAt(spec, "resources", kind), ["storage"]),
  );
}

const BYTES = ["memory", "ephemeral-storage"];

function fractional(path: FieldPath, amounts: Readonly<Record<string, string>>, names = BYTES): string[] {
  return names.flatMap((name) => {
    const text = amounts[name];
    if (text === undefined || parseQuantity(text).scaled(-3) % 1000n === 0n) return [];
    return [`${path.key(name)}: fractional byte value ${goQuote(text)} is invalid, must be an integer`];
  });
}

function repeated(path: FieldPath, items: readonly JsonObject[], field: string): string[] {
  const values = items.map((item) => stringAt(item, field));
  return values.flatMap((value, index) =>
    values.indexOf(value) < index ? [`${path.index(index).child(field)}: duplicate ${field} ${goQuote(value)}`] : [],
  );
}

function containerWarnings(path: FieldPath, container: JsonObject): string[] {
  const resources = path.child("resources");
  const amounts = (kind: string) => stringMapAt(container, "resources", kind);
  const names = objectsAt(container, "env").map((each) => stringAt(each, "name"));
  return [
    ...BYTES.flatMap((name) =>
      ["limits", "requests"].flatMap((kind) => fractional(resources.child(kind), amounts(kind), [name])),
    ),
    ...objectsAt(container, "env").flatMap((variable, index) => {
      const name = names[index]!;
      if (names.indexOf(name) === index) return [];
      const value = stringAt(variable, "value");
      const reference = `$(${name})`;
      // To build on the value before is fine.
      if (!variable.valueFrom && value !== reference && value.includes(reference)) return [];
      const why = `hides previous definition of ${goQuote(name)}, which may be dropped when using apply`;
      return [`${path.child("env").index(index)}: ${why}`];
    }),
  ];
}

/** Of the template at `path` in an object. */
export function templateWarnings(object: KubeObject, ...path: readonly string[]): string[] {
  return podWarnings(FieldPath.of(...path), objectAt(object, ...path) ?? {});
}

export function generationChanged(object: KubeObject, old: KubeObject): boolean {
  return numberAt(object, "metadata", "generation") !== numberAt(old, "metadata", "generation");
}

/** The checks of a kind that makes pods, with the warnings of its template: of updates, those that change the spec. */
export function withTemplate(checks: KindChecks, ...template: readonly string[]): KindChecks {
  const warnings = (object: KubeObject): string[] => templateWarnings(object, ...template);
  return {
    ...checks,
    createWarnings: (object) => [...(checks.createWarnings?.(object) ?? []), ...warnings(object)],
    updateWarnings: (object, old) => (generationChanged(object, old) ? warnings(object) : []),
  };
}
