import { objectAt, objectsAt, stringAt } from "../../kube/access.js";
import { badRequest, forbidden, notFound } from "../../kube/errors.js";
import { goQuote } from "../../kube/go-text.js";
import type { UserInfo } from "../../kube/handler.js";
import type { KubeObject } from "../../kube/json.js";
import { ApiError } from "../../kube/status.js";
import { type Authorizer, isPrivileged, resourceAttributes } from "../authorize.js";
import { ALL_RULES, aggregate, type MissingRole, type RuleSource } from "../rules.js";
import { describeRules, goQuotedList, uncovered } from "./coverage.js";
import { type PolicyRule, policyRule } from "./policy-rule.js";

export const RBAC_GROUP = "rbac.authorization.k8s.io";

/** A write of a role or binding. */
export interface RoleWrite {
  readonly resource: string;
  readonly namespace: string;
  /** The name in the URL; "" for a create. */
  readonly urlName: string;
  readonly object: KubeObject;
  readonly old: KubeObject | undefined;
  readonly user: UserInfo;
}

export interface RoleGuard {
  readonly authorize: Authorizer;
  readonly rules: RuleSource;
}

/**
 * Nobody grants what they do not hold, unless they may `escalate` roles or `bind` the role in question.
 * Upstream: pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased/storage.go. @throws
 * ApiError 403, 404 for a role that is not there, 500 for a reference that is to no role
 */
export function refuseEscalation(guard: RoleGuard, write: RoleWrite): void {
  if (isPrivileged(write.user)) return;
  if (write.resource === "roles" || write.resource === "clusterroles") checkRole(guard, write);
  else if (write.resource === "rolebindings" || write.resource === "clusterrolebindings") checkBinding(guard, write);
}

function checkRole(guard: RoleGuard, write: RoleWrite): void {
  const { resource, namespace, urlName: name, object, old, user } = write;
  const asked = resourceAttributes({ verb: "escalate", group: RBAC_GROUP, resource, namespace, name });
  if (guard.authorize(user, asked).allowed) return;
  confirm(guard, write, objectsAt(object, "rules").map(policyRule));
  if (![object, old].some(aggregates)) return;
  const { rules } = guard.rules.held(user, namespace);
  if (uncovered(rules, ALL_RULES.held(user, "").rules).length === 0) return;
  throw refusal(write, "must have cluster-admin privileges to use the aggregationRule");
}

/** Such a role could gather anything. */
function aggregates(role: KubeObject | undefined): boolean {
  return objectsAt(role, "aggregationRule", "clusterRoleSelectors").length > 0;
}

function checkBinding(guard: RoleGuard, write: RoleWrite): void {
  const { resource, namespace, object, user } = write;
  const reference = objectAt(object, "roleRef");
  const role = { kind: stringAt(reference, "kind"), name: stringAt(reference, "name") };
  const plural = { ClusterRole: "clusterroles", Role: "roles" }[role.kind];
  if (plural === undefined) {
    throw new ApiError({ code: 500, reason: "", message: `unsupported role reference kind: ${goQuote(role.kind)}` });
  }
  const group = stringAt(reference, "apiGroup");
  const asked = resourceAttributes({ verb: "bind", group, resource: plural, namespace, name: role.name });
  if (guard.authorize(user, asked).allowed) return;
  const rules = guard.rules.referenced(role, namespace);
  if (!rules) throw missing(role, namespace, resource);
  confirm(guard, write, rules);
}

/** Upstream's storage takes the resource's name from the request. */
function missing(role: MissingRole, namespace: string, resource: string): ApiError {
  if (role.kind === "Role" && namespace === "") return badRequest("Namespace parameter required.");
  if (role.name === "") return badRequest("Name parameter required.");
  return notFound({ group: RBAC_GROUP, resource }, role.name);
}

/** @throws ApiError 403 that lists what the user does not hold */
function confirm({ rules }: RoleGuard, write: RoleWrite, wanted: readonly PolicyRule[]): void {
  const { user, namespace, resource } = write;
  const held = rules.held(user, namespace);
  const lacking = uncovered(held.rules, wanted);
  if (lacking.length === 0) return;
  const who = `user ${goQuote(user.name)} (groups=${goQuotedList(user.groups)})`;
  const list = describeRules(lacking).join("\n");
  const unresolved = held.missing.map(({ name }) => `${resource}.${RBAC_GROUP} ${goQuote(name)} not found`);
  const errors = unresolved.length === 0 ? "" : `; resolution errors: [${aggregate(unresolved)}]`;
  throw refusal(write, `${who} is attempting to grant RBAC permissions not currently held:\n${list}${errors}`);
}

function refusal({ resource, object }: RoleWrite, why: string): ApiError {
  return forbidden({ group: RBAC_GROUP, resource }, object.metadata.name ?? "", why);
}
