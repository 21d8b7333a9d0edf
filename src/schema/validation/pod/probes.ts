import { listAt, numberAt, objectAt, objectsAt, optionalNumberAt, stringAt } from "../../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { checked, isHttpHeaderName, notNegative, portNumber, portNumberOrName } from "../words.js";

type Check = (path: FieldPath, action: JsonObject, gracePeriod: number | undefined) => FieldError[];

const SCHEMES = ["HTTP", "HTTPS"];

const httpGet: Check = (path, action) => {
  const scheme = stringAt(action, "scheme");
  return [
    ...(stringAt(action, "path") === "" ? [required(path.child("path"))] : []),
    ...portNumberOrName(path.child("port"), action.port),
    ...(SCHEMES.includes(scheme) ? [] : [notSupported(path.child("scheme"), scheme, SCHEMES)]),
    ...objectsAt(action, "httpHeaders").flatMap((header) =>
      checked(path.child("httpHeaders"), stringAt(header, "name"), isHttpHeaderName),
    ),
  ];
};

const sleep: Check = (path, action, gracePeriod) => {
  const seconds = numberAt(action, "seconds");
  if (gracePeriod === undefined || (seconds >= 0 && seconds <= gracePeriod)) return [];
  const why = `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`;
  return [invalidValue(path, seconds, why)];
};

const ACTIONS: Readonly<Record<string, Check>> = {
  exec: (path, action) => (listAt(action, "command").length === 0 ? [required(path.child("command"))] : []),
  httpGet,
  tcpSocket: (path, action) => portNumberOrName(path.child("port"), action.port),
  grpc: (path, action) => portNumber(path.child("port"), numberAt(action, "port")),
  sleep,
};

/** Exactly one action; upstream: apis/core/validation (validateHandler). */
function validateHandler(path: FieldPath, handler: JsonObject, gracePeriod: number | undefined): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const [name, check] of Object.entries(ACTIONS)) {
    const action = objectAt(handler, name);
    if (!action) continue;
    const at = path.child(name);
    if (count++ > 0) errors.push(forbiddenField(at, "may not specify more than 1 handler type"));
    else errors.push(...check(at, action, gracePeriod));
  }
  if (count === 0) errors.push(required(path, "must specify a handler type"));
  return errors;
}

const SECONDS = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];

function validateProbe(path: FieldPath, probe: JsonObject, gracePeriod: number | undefined): FieldError[] {
  const errors = validateHandler(path, probe, gracePeriod);
  for (const field of SECONDS) errors.push(...notNegative(path.child(field), optionalNumberAt(probe, field)));
  const own = optionalNumberAt(probe, "terminationGracePeriodSeconds");
  if (own !== undefined && own <= 0) {
    errors.push(invalidValue(path.child("terminationGracePeriodSeconds"), own, "must be greater than 0"));
  }
  return errors;
}

/** The three probes of a container. */
export function validateProbes(path: FieldPath, container: JsonObject, gracePeriod: number | undefined): FieldError[] {
  return PROBES.flatMap((name) => {
    const probe = objectAt(container, name);
    if (!probe) return [];
    const at = path.child(name);
    const errors = validateProbe(at, probe, gracePeriod);
    const successes = numberAt(probe, "successThreshold");
    if (name !== "readinessProbe") {
      if (successes !== 1) errors.push(invalidValue(at.child("successThreshold"), successes, "must be 1"));
    } else if (probe.terminationGracePeriodSeconds !== undefined) {
      const own = probe.terminationGracePeriodSeconds;
      const why = "must not be set for readinessProbes";
      errors.push(invalidValue(at.child("terminationGracePeriodSeconds"), own, why));
    }
    return errors;
  });
}

export const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"] as const;

/** What runs when a container starts and stops. */
export function validateLifecycle(
  path: FieldPath,
  lifecycle: JsonObject,
  gracePeriod: number | undefined,
): FieldError[] {
  return ["postStart", "preStop"].flatMap((name) => {
    const handler = objectAt(lifecycle, name);
    return handler ? validateHandler(path.child(name), handler, gracePeriod) : [];
  });
}
