import type { UserInfo } from "../../kube/handler.js";
import type { JsonObject } from "../../kube/json.js";

/** authentication.k8s.io's UserInfo. */
export function userInfo(user: UserInfo): JsonObject {
  const out: JsonObject = { username: user.name, groups: [...user.groups] };
  if (user.uid) out.uid = user.uid;
  if (user.extra) out.extra = Object.fromEntries(Object.entries(user.extra).map(([key, list]) => [key, [...list]]));
  return out;
}
