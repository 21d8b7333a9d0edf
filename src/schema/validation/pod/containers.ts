import { numberAt, objectAt, objectsAt, optionalStringAt, stringAt } from "../../../kube/access.js";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
} from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { isDns1123Label } from "../../../kube/names.js";
import { checked, isPortName, oneOf, portNumber } from "../words.js";
import { validateEnv, validateEnvFrom } from "./env.js";
import { validateDevices, validateMounts } from "./mounts.js";
import { PROBES, validateLifecycle, validateProbes } from "./probes.js";
import { validateRequirements } from "./requirements.js";
import type { PodScope } from "./scope.js";
import { validateContainerSecurity } from "./security.js";

/** What holds for every kind of container; upstream: apis/core/validation (validateContainerCommon). */
function validateCommon(path: FieldPath, container: JsonObject, scope: PodScope): FieldError[] {
  const name = stringAt(container, "name");
  const at = path.child("name");
  return [
    ...(name === "" ? [required(at)] : checked(at, name, isDns1123Label)),
    ...(stringAt(container, "image") === "" ? [required(path.child("image"))] : []),
    ...oneOf(path.child("terminationMessagePolicy"), stringAt(container, "terminationMessagePolicy"), [
      "File",
      "FallbackToLogsOnError",
    ]),
    ...validatePorts(path.child("ports"), objectsAt(container, "ports")),
    ...validateEnv(path.child("env"), objectsAt(container, "env")),
    ...validateEnvFrom(path.child("envFrom"), objectsAt(container, "envFrom")),
    ...validateMounts(path.child("volumeMounts"), container, scope),
    ...validateDevices(path.child("volumeDevices"), container, scope),
    ...oneOf(path.child("imagePullPolicy"), stringAt(container, "imagePullPolicy"), [
      "Always",
      "IfNotPresent",
      "Never",
    ]),
    ...validateRequirements(path.child("resources"), objectAt(container, "resources") ?? {}, scope.claims),
    ...validateResizePolicy(path.child("resizePolicy"), objectsAt(container, "resizePolicy"), scope.restartPolicy),
    ...validateContainerSecurity(
      path.child("securityContext"),
      objectAt(container, "securityContext"),
      scope.hostUsers,
    ),
  ];
}

function validatePorts(path: FieldPath, ports: readonly JsonObject[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = path.index(index);
    const [name, number, host] = [stringAt(port, "name"), numberAt(port, "containerPort"), numberAt(port, "hostPort")];
    const errors: FieldError[] = [];
    if (name !== "") {
      const wrong = checked(at.child("name"), name, isPortName);
      if (wrong.length === 0 && names.has(name)) wrong.push(duplicate(at.child("name"), name));
      if (wrong.length === 0) names.add(name);
      errors.push(...wrong);
    }
    const numberAtPath = at.child("containerPort");
    errors.push(...(number === 0 ? [required(numberAtPath)] : portNumber(numberAtPath, number)));
    if (host !== 0) errors.push(...portNumber(at.child("hostPort"), host));
    return [...errors, ...oneOf(at.child("protocol"), stringAt(port, "protocol"), ["SCTP", "TCP", "UDP"])];
  });
}

/** Told at the list, but for duplicates, as upstream does. */
function validateResizePolicy(path: FieldPath, rules: readonly JsonObject[], restartPolicy: string): FieldError[] {
  const seen = new Set<string>();
  return rules.flatMap((rule, index) => {
    const [resource, restart] = [stringAt(rule, "resourceName"), stringAt(rule, "restartPolicy")];
    const errors: FieldError[] = seen.has(resource) ? [duplicate(path.index(index), resource)] : [];
    seen.add(resource);
    errors.push(
      ...oneOf(path, resource, ["cpu", "memory"]),
      ...oneOf(path, restart, ["NotRequired", "RestartContainer"]),
    );
    if (restartPolicy === "Never" && restart !== "NotRequired") {
      errors.push(invalidValue(path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    }
    return errors;
  });
}

/** Host ports that two containers of a list claim. */
function validateHostPorts(path: FieldPath, containers: readonly [JsonObject, number][]): FieldError[] {
  const taken = new Set<string>();
  const errors: FieldError[] = [];
  for (const [container, index] of containers) {
    for (const [nth, port] of objectsAt(container, "ports").entries()) {
      const number = numberAt(port, "hostPort");
      if (number === 0) continue;
      const key = `${stringAt(port, "protocol")}/${stringAt(port, "hostIP")}/${number}`;
      if (taken.has(key)) errors.push(duplicate(path.index(index).child("ports").index(nth).child("hostPort"), key));
      taken.add(key);
    }
  }
  return errors;
}

export function validateContainers(path: FieldPath, containers: readonly JsonObject[], scope: PodScope): FieldError[] {
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, index) => {
    const at = path.index(index);
    const name = stringAt(container, "name");
    const lifecycle = objectAt(container, "lifecycle");
    const own = [
      ...validateCommon(at, container, scope),
      ...(names.has(name) ? [duplicate(at.child("name"), name)] : []),
      ...(lifecycle ? validateLifecycle(at.child("lifecycle"), lifecycle, scope.gracePeriod) : []),
      ...validateProbes(at, container, scope.gracePeriod),
    ];
    names.add(name);
    if (container.restartPolicy !== undefined) {
      own.push(forbiddenField(at.child("restartPolicy"), "may not be set for non-init containers"));
    }
    return own;
  });
  return [
    ...errors,
    ...validateHostPorts(
      path,
      containers.map((container, index) => [container, index]),
    ),
  ];
}

export function validateInitContainers(path: FieldPath, spec: JsonObject, scope: PodScope): FieldError[] {
  const names = new Set(objectsAt(spec, "containers").map((container) => stringAt(container, "name")));
  return objectsAt(spec, "initContainers").flatMap((container, index) => {
    const at = path.index(index);
    const name = stringAt(container, "name");
    const restart = optionalStringAt(container, "restartPolicy");
    const errors = validateCommon(at, container, scope);
    if (restart !== undefined && restart !== "Always") {
      errors.push(notSupported(at.child("restartPolicy"), restart, ["Always"]));
    }
    if (names.has(name)) errors.push(duplicate(at.child("name"), name));
    else if (name !== "") names.add(name);
    // Upstream counts from the list's start for every init container.
    errors.push(...validateHostPorts(path, [[container, 0]]));
    return [...errors, ...(restart === "Always" ? sidecar(at, container, scope) : plainInit(at, container))];
  });
}

function sidecar(path: FieldPath, container: JsonObject, scope: PodScope): FieldError[] {
  const lifecycle = objectAt(container, "lifecycle");
  return [
    ...(lifecycle ? validateLifecycle(path.child("lifecycle"), lifecycle, scope.gracePeriod) : []),
    ...validateProbes(path, container, scope.gracePeriod),
  ];
}

function plainInit(path: FieldPath, container: JsonObject): FieldError[] {
  const why = "may not be set for init containers without restartPolicy=Always";
  const given = ["lifecycle", ...PROBES].filter((field) => objectAt(container, field));
  return given.map((field) => forbiddenField(path.child(field), why));
}

/** Fields that mean nothing for a container that is added for a while. */
const NOT_EPHEMERAL = [
  "ports",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
];

export function validateEphemeral(path: FieldPath, spec: JsonObject, scope: PodScope): FieldError[] {
  const others = ["containers", "initContainers"].flatMap((list) => objectsAt(spec, list));
  const targets = new Set(others.map((container) => stringAt(container, "name")));
  const names = new Set(targets);
  const why = "cannot be set for an Ephemeral Container";
  return objectsAt(spec, "ephemeralContainers").flatMap((container, index) => {
    const at = path.index(index);
    const [name, target] = [stringAt(container, "name"), stringAt(container, "targetContainerName")];
    const errors = [...validateCommon(at, container, scope), ...validateImage(at, container)];
    if (names.has(name)) errors.push(duplicate(at.child("name"), name));
    names.add(name);
    if (target !== "" && !targets.has(target)) errors.push(notFoundValue(at.child("targetContainerName"), target));
    for (const field of NOT_EPHEMERAL) {
      const empty = field === "resources" && Object.keys(objectAt(container, field) ?? {}).length === 0;
      if (!empty && isGiven(container[field])) errors.push(forbiddenField(at.child(field), why));
    }
    for (const [nth, mount] of objectsAt(container, "volumeMounts").entries()) {
      for (const field of ["subPath", "subPathExpr"]) {
        if (stringAt(mount, field) !== "")
          errors.push(forbiddenField(at.child("volumeMounts").index(nth).child(field), why));
      }
    }
    return errors;
  });
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function validateImage(path: FieldPath, container: JsonObject): FieldError[] {
  const image = stringAt(container, "image");
  if (image.trim() === image) return [];
  return [invalidValue(path.child("image"), image, "must not have leading or trailing whitespace")];
}

/** With the host's network a container port is the host's. */
export function validateHostNetwork(path: FieldPath, spec: JsonObject, isPod: boolean): FieldError[] {
  if (spec.hostNetwork !== true) return [];
  return objectsAt(spec, "containers").flatMap((container, index) =>
    objectsAt(container, "ports").flatMap((port, nth) => {
      const [host, own] = [numberAt(port, "hostPort"), numberAt(port, "containerPort")];
      if (host === own || (host === 0 && !isPod)) return [];
      const at = path.child("containers").index(index).child("ports").index(nth).child("hostPort");
      return [invalidValue(at, host, "must match `containerPort` when `hostNetwork` is true")];
    }),
  );
}
