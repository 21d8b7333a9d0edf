import type { JsonObject } from "../../kube/json.js";

/** Followed by a container's name. */
export const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";

/** The field that says what such an annotation of an old client says; upstream: api/pod (ApparmorFieldForAnnotation). */
export function appArmorProfileOf(annotation: string): JsonObject | undefined {
  if (annotation === "unconfined") return { type: "Unconfined" };
  if (annotation === "runtime/default") return { type: "RuntimeDefault" };
  const path = annotation.startsWith("localhost/") ? annotation.slice("localhost/".length) : "";
  const isValid = path !== "" && path.trim() === path && Buffer.byteLength(path) <= 4095;
  return isValid ? { type: "Localhost", localhostProfile: path } : undefined;
}
