import { boolAt, objectAt, optionalStringAt, valueAt } from "../../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { isDns1123Subdomain } from "../../../kube/names.js";
import { checked } from "../words.js";
import { containersWithPaths } from "./scope.js";

const MAX_SPEC_KIB = 64;

/** Of a pod or container; upstream: apis/core/validation (validateWindowsSecurityContextOptions). */
export function validateWindowsOptions(path: FieldPath, options: JsonObject | undefined): FieldError[] {
  const [name, spec] = [
    optionalStringAt(options, "gmsaCredentialSpecName"),
    optionalStringAt(options, "gmsaCredentialSpec"),
  ];
  const user = optionalStringAt(options, "runAsUserName");
  const at = path.child("gmsaCredentialSpec");
  const errors = name === undefined ? [] : checked(path.child("gmsaCredentialSpecName"), name, isDns1123Subdomain);
  if (spec === "") errors.push(invalidValue(at, spec, "gmsaCredentialSpec cannot be an empty string"));
  else if (spec !== undefined && Buffer.byteLength(spec) > MAX_SPEC_KIB * 1024) {
    errors.push(invalidValue(at, spec, `gmsaCredentialSpec size must be under ${MAX_SPEC_KIB} KiB`));
  }
  if (user === undefined) return errors;
  const reasons = userProblems(user).map((why) => invalidValue(path.child("runAsUserName"), user, why));
  return [...errors, ...reasons];
}

const CONTROL = /\p{Cc}/u;
const NET_BIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const MAX_DOMAIN = 256;
const MAX_USER = 104;

/** USER or DOMAIN\USER. */
function userProblems(name: string): string[] {
  if (name === "") return ["runAsUserName cannot be an empty string"];
  if (CONTROL.test(name)) return ["runAsUserName cannot contain control characters"];
  const parts = name.split("\\");
  if (parts.length > 2) return ["runAsUserName cannot contain more than one backslash"];
  const user = parts.at(-1)!;
  const domain = parts.length > 1 ? parts[0]! : undefined;
  const length = Buffer.byteLength(user);
  const rules: [boolean, string][] = [
    [
      Buffer.byteLength(domain ?? "") >= MAX_DOMAIN,
      `runAsUserName's Domain length must be under ${MAX_DOMAIN} characters`,
    ],
    [
      domain !== undefined && !NET_BIOS.test(domain) && !DOMAIN.test(domain),
      "runAsUserName's Domain doesn't match the NetBios nor the DNS format",
    ],
    [length === 0, "runAsUserName's User cannot be empty"],
    [length > MAX_USER, `runAsUserName's User length must not be longer than ${MAX_USER} characters`],
    [/^[. ]+$/.test(user), "runAsUserName's User cannot contain only periods or spaces"],
    [
      /["/\\:;|=,+*?<>@[\]]/.test(user),
      "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]",
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, why]) => why);
}

const HOST_PROCESS = ["securityContext", "windowsOptions", "hostProcess"];

/** Containers that run as the host's processes: all or none; upstream: validateWindowsHostProcessPod. */
export function validateHostProcess(path: FieldPath, spec: JsonObject): FieldError[] {
  const own = valueAt(spec, ...HOST_PROCESS);
  const containers = containersWithPaths(spec, path);
  const errors: FieldError[] = [];
  let count = 0;
  for (const [container, at] of containers) {
    const value = valueAt(container, ...HOST_PROCESS);
    if (own !== undefined && value !== undefined && own !== value) {
      const why = `pod hostProcess value must be identical if both are specified, was ${own}`;
      errors.push(invalidValue(at.child(...HOST_PROCESS), value, why));
    }
    if ((value ?? own) === true) count++;
  }
  if (count === 0) return errors;
  if (count !== containers.length) {
    const why = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
    errors.push(invalidValue(path, "", why));
  }
  if (!boolAt(spec, "hostNetwork")) {
    const why = "hostNetwork must be true if pod contains any hostProcess containers";
    errors.push(invalidValue(path.child("hostNetwork"), false, why));
  }
  return errors;
}

/** Paths below the spec, in upstream's order. */
const NOT_WINDOWS_POD = [
  ["securityContext", "appArmorProfile"],
  ["securityContext", "seLinuxOptions"],
  ["hostUsers"],
  ["hostPID"],
  ["hostIPC"],
  ["securityContext", "seccompProfile"],
  ["securityContext", "fsGroup"],
  ["securityContext", "fsGroupChangePolicy"],
  ["securityContext", "sysctls"],
  ["shareProcessNamespace"],
  ["securityContext", "runAsUser"],
  ["securityContext", "runAsGroup"],
  ["securityContext", "supplementalGroups"],
  ["securityContext", "supplementalGroupsPolicy"],
  ["securityContext", "seLinuxChangePolicy"],
];
const NOT_WINDOWS_CONTAINER = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
];

/** What the pod's operating system doesn't know; upstream: validateOS, validateLinux, validateWindows. */
export function validateOs(path: FieldPath, spec: JsonObject): FieldError[] {
  if (!objectAt(spec, "os")) return [];
  const name = optionalStringAt(spec, "os", "name") ?? "";
  if (name === "") return [required(path.child("os", "name"))];
  if (name === "windows") return validateWindows(path, spec);
  if (name !== "linux") return [notSupported(path.child("os"), name, ["linux", "windows"])];
  const why = "windows options cannot be set for a linux pod";
  const holders: [JsonObject, FieldPath][] = [[spec, path], ...containersWithPaths(spec, path)];
  return holders
    .filter(([holder]) => objectAt(holder, "securityContext", "windowsOptions"))
    .map(([, at]) => forbiddenField(at.child("securityContext", "windowsOptions"), why));
}

function validateWindows(path: FieldPath, spec: JsonObject): FieldError[] {
  const why = "cannot be set for a windows pod";
  const isGiven = (steps: readonly string[]): boolean => {
    const value = valueAt(spec, ...steps);
    const only = ["hostPID", "hostIPC"].includes(steps[0]!) ? value === true : value !== undefined;
    return only && !(steps[1] === "sysctls" && Array.isArray(value) && value.length === 0);
  };
  return [
    ...NOT_WINDOWS_POD.filter(isGiven).map((steps) => forbiddenField(path.child(...steps), why)),
    ...containersWithPaths(spec, path).flatMap(([container, at]) =>
      NOT_WINDOWS_CONTAINER.filter((field) => valueAt(container, "securityContext", field) !== undefined).map((field) =>
        forbiddenField(at.child("securityContext", field), why),
      ),
    ),
  ];
}
