import type { JsonObject } from "../../../kube/json.js";
import { orAbsent, type Rule, rulesFor } from "../rule.js";

/** 0644 */
const FILE_MODE = 420;
const HOUR = 3600;

const readable: Rule = (source) => orAbsent(source, { defaultMode: FILE_MODE });

/** Upstream: pkg/apis/core/v1/defaults.go. */
export const VOLUME_RULES = rulesFor("io.k8s.api.core.v1", {
  Volume: volume,
  SecretVolumeSource: readable,
  ConfigMapVolumeSource: readable,
  DownwardAPIVolumeSource: readable,
  ProjectedVolumeSource: readable,
  ServiceAccountTokenProjection: (projection) => orAbsent(projection, { expirationSeconds: HOUR }),
  HostPathVolumeSource: (source) => orAbsent(source, { type: "" }),
});

/** A volume without a source is an empty directory. Images as volumes have no default: their feature is off. */
function volume(value: JsonObject): void {
  if (!Object.keys(value).some((name) => name !== "name" && value[name] !== undefined)) value.emptyDir = {};
}
