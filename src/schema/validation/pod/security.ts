import {
  boolAt,
  listAt,
  objectAt,
  objectsAt,
  optionalStringAt,
  stringAt,
  stringsAt,
  valueAt,
} from "../../../kube/access.js";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { isObject, type Json, type JsonObject } from "../../../kube/json.js";
import { descendingPath } from "../paths.js";
import { goStruct, inRange } from "../words.js";
import { validateWindowsOptions } from "./windows.js";

const MAX_ID = 2 ** 31 - 1;

/** An int64 as it was decoded: refusals show all digits. */
function isInteger(value: Json | undefined): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function ids(path: FieldPath, context: JsonObject, ...fields: string[]): FieldError[] {
  return fields.flatMap((field) => {
    const value = context[field];
    return isInteger(value) ? inRange(path.child(field), value, 0, MAX_ID) : [];
  });
}

const PROFILES = ["Localhost", "RuntimeDefault", "Unconfined"];

function validateSeccomp(path: FieldPath, profile: JsonObject | undefined): FieldError[] {
  if (!profile) return [];
  const type = stringAt(profile, "type");
  const local = optionalStringAt(profile, "localhostProfile");
  const errors: FieldError[] = [];
  if (type === "") errors.push(required(path.child("type"), "type is required when seccompProfile is set"));
  else if (!PROFILES.includes(type)) errors.push(notSupported(path.child("type"), type, PROFILES));
  const at = path.child("localhostProfile");
  if (type === "Localhost") {
    if (local === undefined) errors.push(required(at, "must be set when seccomp type is Localhost"));
    else errors.push(...descendingPath(at, local));
  } else if (local !== undefined) {
    const shown = goStruct({ Type: type, LocalhostProfile: local });
    errors.push(invalidValue(at, shown, "can only be set when seccomp type is Localhost"));
  }
  return errors;
}

const MAX_PATH = 4095;

export function validateAppArmor(path: FieldPath, profile: JsonObject | undefined): FieldError[] {
  if (!profile) return [];
  const type = stringAt(profile, "type");
  const local = optionalStringAt(profile, "localhostProfile");
  const at = path.child("localhostProfile");
  if (type === "") return [required(path.child("type"), "type is required when appArmorProfile is set")];
  if (!PROFILES.includes(type)) return [notSupported(path.child("type"), type, PROFILES)];
  if (type !== "Localhost") {
    return local === undefined ? [] : [invalidValue(at, local, "can only be set when AppArmor type is Localhost")];
  }
  const missing = required(at, "must be set when AppArmor type is Localhost");
  if (local === undefined) return [missing];
  const errors: FieldError[] = [];
  if (local.trim() !== local) errors.push(invalidValue(at, local, "must not be padded with whitespace"));
  else if (local === "") errors.push(missing);
  if (Buffer.byteLength(local) > MAX_PATH) errors.push(tooLong(at, MAX_PATH));
  return errors;
}

const SYSCTL_SEGMENT = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SYSCTL = `^(${SYSCTL_SEGMENT}[\\./])*${SYSCTL_SEGMENT}$`;
const isSysctl = new RegExp(SYSCTL);

function validateSysctls(path: FieldPath, spec: JsonObject): FieldError[] {
  const seen = new Set<string>();
  return objectsAt(spec, "securityContext", "sysctls").flatMap((sysctl, index) => {
    const at = path.index(index).child("name");
    const name = stringAt(sysctl, "name");
    const errors: FieldError[] = [];
    if (name === "") errors.push(required(at));
    else if (Buffer.byteLength(name) > 253 || !isSysctl.test(name)) {
      errors.push(invalidValue(at, name, `must have at most 253 characters and match regex ${SYSCTL}`));
    } else if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    for (const [field, prefix] of [
      ["hostNetwork", "net."],
      ["hostIPC", "kernel.shm"],
    ] as const) {
      const dotted = name.replaceAll("/", ".");
      const ipc = ["kernel.sem", "kernel.msg", "fs.mqueue."].some((start) => dotted.startsWith(start));
      const shared = dotted.startsWith(prefix) || (field === "hostIPC" && ipc);
      if (boolAt(spec, field) && shared) {
        errors.push(invalidValue(at, name, `may not be specified when '${field}' is true`));
      }
    }
    return errors;
  });
}

/** The pod's own context; upstream: apis/core/validation (validatePodSpecSecurityContext). */
export function validatePodSecurity(path: FieldPath, spec: JsonObject): FieldError[] {
  const context = objectAt(spec, "securityContext");
  if (!context) return [];
  const errors = ids(path, context, "fsGroup", "runAsUser", "runAsGroup");
  for (const [index, group] of listAt(context, "supplementalGroups").entries()) {
    if (isInteger(group)) errors.push(...inRange(path.child("supplementalGroups").index(index), group, 0, MAX_ID));
  }
  if (boolAt(spec, "shareProcessNamespace") && boolAt(spec, "hostPID")) {
    const why = "ShareProcessNamespace and HostPID cannot both be enabled";
    errors.push(invalidValue(path.child("shareProcessNamespace"), true, why));
  }
  errors.push(...validateSysctls(path.child("sysctls"), spec));
  errors.push(...choice(path, context, "fsGroupChangePolicy", ["Always", "OnRootMismatch"]));
  errors.push(...validateSeccomp(path.child("seccompProfile"), objectAt(context, "seccompProfile")));
  errors.push(...validateWindowsOptions(path.child("windowsOptions"), objectAt(context, "windowsOptions")));
  errors.push(...validateAppArmor(path.child("appArmorProfile"), objectAt(context, "appArmorProfile")));
  errors.push(...choice(path, context, "supplementalGroupsPolicy", ["Merge", "Strict"]));
  return [...errors, ...choice(path, context, "seLinuxChangePolicy", SELINUX_CHANGES)];
}

/** Without the feature SELinuxMount. */
const SELINUX_CHANGES = ["Recursive"];

function choice(path: FieldPath, context: JsonObject, field: string, values: readonly string[]): FieldError[] {
  const value = optionalStringAt(context, field);
  return value === undefined || values.includes(value) ? [] : [notSupported(path.child(field), value, values)];
}

/** A container's context; upstream: ValidateSecurityContext. Privileged containers are allowed by default here. */
export function validateContainerSecurity(
  path: FieldPath,
  context: JsonObject | undefined,
  hostUsers: boolean,
): FieldError[] {
  if (!context) return [];
  const errors = ids(path, context, "runAsUser", "runAsGroup");
  errors.push(...choice(path, context, "procMount", ["Default", "Unmasked"]));
  if (hostUsers && stringAt(context, "procMount") === "Unmasked") {
    errors.push(invalidValue(path.child("procMount"), "Unmasked", "`hostUsers` must be false to use `Unmasked`"));
  }
  errors.push(...validateSeccomp(path.child("seccompProfile"), objectAt(context, "seccompProfile")));
  if (valueAt(context, "allowPrivilegeEscalation") === false) {
    const refuse = (what: string) =>
      errors.push(
        invalidValue(path, shownContext(context), `cannot set \`allowPrivilegeEscalation\` to false and ${what}`),
      );
    if (boolAt(context, "privileged")) refuse("`privileged` to true");
    if (stringsAt(context, "capabilities", "add").includes("CAP_SYS_ADMIN")) refuse("`capabilities.Add` CAP_SYS_ADMIN");
  }
  errors.push(...validateWindowsOptions(path.child("windowsOptions"), objectAt(context, "windowsOptions")));
  return [...errors, ...validateAppArmor(path.child("appArmorProfile"), objectAt(context, "appArmorProfile"))];
}

/** The internal SecurityContext in Go's field order. */
function shownContext(context: JsonObject) {
  const capabilities = objectAt(context, "capabilities");
  return goStruct({
    Capabilities: capabilities ? goStruct({ Add: capabilities.add ?? null, Drop: capabilities.drop ?? null }) : null,
    Privileged: context.privileged ?? null,
    SELinuxOptions: context.seLinuxOptions ?? null,
    WindowsOptions: context.windowsOptions ?? null,
    RunAsUser: context.runAsUser ?? null,
    RunAsGroup: context.runAsGroup ?? null,
    RunAsNonRoot: context.runAsNonRoot ?? null,
    ReadOnlyRootFilesystem: context.readOnlyRootFilesystem ?? null,
    AllowPrivilegeEscalation: context.allowPrivilegeEscalation ?? null,
    ProcMount: context.procMount ?? null,
    SeccompProfile: shownProfile(context.seccompProfile),
    AppArmorProfile: shownProfile(context.appArmorProfile),
  });
}

function shownProfile(profile: Json | undefined): Json {
  if (!isObject(profile)) return null;
  return goStruct({ Type: stringAt(profile, "type"), LocalhostProfile: profile.localhostProfile ?? null });
}

/** A pod with a user namespace of its own shares nothing else; upstream: validateHostUsers. */
export function validateHostUsers(
  path: FieldPath,
  spec: JsonObject,
  containers: [JsonObject, FieldPath][],
): FieldError[] {
  if (valueAt(spec, "hostUsers") !== false) return [];
  const why = "when `hostUsers` is false";
  const shared = [
    ["hostNetwork", "hostNetwork"],
    ["hostPID", "HostPID"],
    ["hostIPC", "HostIPC"],
  ] as const;
  const errors = shared
    .filter(([field]) => boolAt(spec, field))
    .map(([, shown]) => forbiddenField(path.child(shown), why));
  for (const [container, at] of containers) {
    if (listAt(container, "volumeDevices").length > 0) errors.push(forbiddenField(at.child("volumeDevices"), why));
  }
  return errors;
}
