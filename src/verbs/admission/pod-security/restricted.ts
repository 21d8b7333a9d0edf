import { numberAt, objectAt, objectsAt, stringAt, stringsAt } from "../../../kube/access.js";
import type { JsonObject } from "../../../kube/json.js";
import { capabilitiesBaseline, hostPathVolumes, isSeccompType, seccompBaseline } from "./baseline.js";
import {
  type Check,
  containersNamed,
  containersOf,
  containersWhere,
  nameOf,
  type PodParts,
  plural,
  quoted,
  settersOf,
  sortedSet,
} from "./check.js";

/** What the restricted level adds, in the order in which violations are told. */

/** Since 1.25 some rules spare pods for Windows. */
const spared = ({ spec }: PodParts, minor: number): boolean =>
  minor >= 25 && stringAt(spec, "os", "name") === "windows";

const allowPrivilegeEscalation: Check = (pod, minor) => {
  if (minor < 8 || spared(pod, minor)) return undefined;
  const names = containersWhere(pod, (context) => context?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  const what = "must set securityContext.allowPrivilegeEscalation=false";
  return { reason: "allowPrivilegeEscalation != false", detail: `${containersNamed(names)} ${what}` };
};

const capabilitiesRestricted: Check = (pod, minor) => {
  if (minor < 22 || spared(pod, minor)) return undefined;
  const added: string[] = [];
  const missing = containersWhere(pod, (context) => !stringsAt(context, "capabilities", "drop").includes("ALL"));
  const adding = containersWhere(pod, (context) => {
    const other = stringsAt(context, "capabilities", "add").filter((name) => name !== "NET_BIND_SERVICE");
    added.push(...other);
    return other.length > 0;
  });
  const details: string[] = [];
  if (missing.length > 0) {
    details.push(`${containersNamed(missing)} must set securityContext.capabilities.drop=["ALL"]`);
  }
  if (adding.length > 0) {
    const what = `must not include ${quoted(sortedSet(added))} in securityContext.capabilities.add`;
    details.push(`${containersNamed(adding)} ${what}`);
  }
  return details.length === 0 ? undefined : { reason: "unrestricted capabilities", detail: details.join("; ") };
};

const ALLOWED_VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

const restrictedVolumes: Check = ({ spec }) => {
  const bad = objectsAt(spec, "volumes").filter((volume) => !ALLOWED_VOLUMES.some((type) => objectAt(volume, type)));
  if (bad.length === 0) return undefined;
  const typeOf = (volume: JsonObject) => Object.keys(volume).find((key) => key !== "name") ?? "unknown";
  const types = sortedSet(bad.map(typeOf));
  const uses = `${bad.length === 1 ? "uses" : "use"} ${plural("restricted volume type", types.length)} ${quoted(types)}`;
  return {
    reason: "restricted volume types",
    detail: `${plural("volume", bad.length)} ${quoted(bad.map(nameOf))} ${uses}`,
  };
};

const runAsNonRoot: Check = (pod) => {
  const own = objectAt(pod.spec, "securityContext")?.runAsNonRoot;
  const explicit = containersWhere(pod, (context) => context?.runAsNonRoot === false);
  const reason = "runAsNonRoot != true";
  const setters = settersOf(own === false, explicit);
  if (setters !== undefined) return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  const implicit = own === true ? [] : containersWhere(pod, (context) => context?.runAsNonRoot === undefined);
  if (implicit.length === 0) return undefined;
  return { reason, detail: `pod or ${containersNamed(implicit)} must set securityContext.runAsNonRoot=true` };
};

const runAsUser: Check = (pod, minor) => {
  if (minor < 23) return undefined;
  const isRoot = (context: JsonObject | undefined) =>
    context?.runAsUser !== undefined && numberAt(context, "runAsUser") === 0;
  const setters = settersOf(isRoot(objectAt(pod.spec, "securityContext")), containersWhere(pod, isRoot));
  return setters === undefined ? undefined : { reason: "runAsUser=0", detail: `${setters} must not set runAsUser=0` };
};

const seccompRestricted: Check = (pod, minor) => {
  if (minor < 19 || spared(pod, minor)) return undefined;
  const wrong = seccompBaseline(pod, minor);
  if (wrong) return wrong;
  if (isSeccompType(stringAt(pod.spec, "securityContext", "seccompProfile", "type"))) return undefined;
  const implicit = containersOf(pod).filter((container) => !objectAt(container, "securityContext", "seccompProfile"));
  if (implicit.length === 0) return undefined;
  const what = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  return { reason: "seccompProfile", detail: `pod or ${containersNamed(implicit.map(nameOf))} ${what}` };
};

export const RESTRICTED: readonly Check[] = [
  allowPrivilegeEscalation,
  capabilitiesRestricted,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompRestricted,
];

/** Checks of the baseline that a restricted one stands in for, and since when. */
export const OVERRIDDEN: ReadonlyMap<Check, number> = new Map([
  [capabilitiesBaseline, 22],
  [hostPathVolumes, 0],
  [seccompBaseline, 19],
]);
