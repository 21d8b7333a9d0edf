import { timingSafeEqual } from "node:crypto";
import { stringAt } from "../kube/access.js";
import type { KubeObject } from "../kube/json.js";
import type { ClusterView } from "./cluster-view.js";
import { forTheApi, type TokenAuthenticator } from "./tokens.js";

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const DEFAULT_GROUP = "system:bootstrappers";

/**
 * The tokens with which machines join, kept in Secrets of kube-system. `now` in milliseconds since the epoch.
 * Upstream: plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go.
 */
export function bootstrapTokens(view: ClusterView, now: () => number): TokenAuthenticator {
  return forTheApi((token) => {
    const [, id, secret] = TOKEN.exec(token) ?? [];
    if (id === undefined || secret === undefined) return undefined;
    const found = view.get("secrets", "kube-system", `bootstrap-token-${id}`);
    const groups = found && groupsOf(found, id, secret, now());
    return groups && { name: `system:bootstrap:${id}`, groups };
  });
}

function groupsOf(secret: KubeObject, id: string, password: string, now: number): string[] | undefined {
  if (secret.metadata.deletionTimestamp || secret.type !== "bootstrap.kubernetes.io/token") return undefined;
  const data = (key: string) => Buffer.from(stringAt(secret, "data", key), "base64").toString();
  if (!sameText(data("token-secret"), password) || data("token-id") !== id) return undefined;
  if (hasExpired(data("expiration"), now) || data("usage-bootstrap-authentication") !== "true") return undefined;
  const extra = data("auth-extra-groups");
  const groups = extra === "" ? [] : extra.split(",");
  return groups.every((group) => GROUP.test(group)) ? [...new Set([DEFAULT_GROUP, ...groups])].sort() : undefined;
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** What is no time has passed. */
function hasExpired(text: string, now: number): boolean {
  return text !== "" && !(RFC3339.test(text) && Date.parse(text) > now);
}
