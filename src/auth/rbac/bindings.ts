import { objectAt, objectsAt, stringAt } from "../../kube/access.js";
import { goQuote } from "../../kube/go-text.js";
import type { UserInfo } from "../../kube/handler.js";
import type { KubeObject } from "../../kube/json.js";

/** A RoleBinding, or with namespace "" a ClusterRoleBinding. */
export interface Binding {
  readonly name: string;
  readonly namespace: string;
  readonly role: { readonly kind: string; readonly name: string };
  readonly subjects: readonly Subject[];
}

interface Subject {
  readonly kind: string;
  readonly name: string;
  /** A service account's; where the subject has none, the binding's. */
  readonly namespace: string;
  /** Whom the subject is found under; undefined: nobody. */
  readonly key: string | undefined;
}

export function bindingOf(object: KubeObject, name: string, namespace: string): Binding {
  const role = objectAt(object, "roleRef");
  const subjects = objectsAt(object, "subjects").map((subject) => {
    const kind = stringAt(subject, "kind");
    const place = stringAt(subject, "namespace") || namespace;
    const who = stringAt(subject, "name");
    return { kind, name: who, namespace: place, key: subjectKey(kind, who, place) };
  });
  return { name, namespace, role: { kind: stringAt(role, "kind"), name: stringAt(role, "name") }, subjects };
}

/** Every key under which a subject may stand that is this user. */
export function userKeys(user: UserInfo): string[] {
  return [userKey(user.name), ...user.groups.map(groupKey)];
}

function subjectKey(kind: string, name: string, namespace: string): string | undefined {
  if (kind === "User") return userKey(name);
  if (kind === "Group") return groupKey(name);
  if (kind !== "ServiceAccount" || namespace === "") return undefined;
  return userKey(`system:serviceaccount:${namespace}:${name}`);
}

const userKey = (name: string): string => `user ${name}`;
const groupKey = (name: string): string => `group ${name}`;

/** How upstream names the binding that allows something: pkg/registry/rbac/validation/rule.go. */
export function describeBinding(binding: Binding, user: UserInfo): string {
  const keys = userKeys(user);
  const subject = binding.subjects.find(({ key }) => key !== undefined && keys.includes(key))!;
  const who = subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace}` : subject.name;
  const [kind, name] =
    binding.namespace === ""
      ? ["ClusterRoleBinding", binding.name]
      : ["RoleBinding", `${binding.name}/${binding.namespace}`];
  const { role } = binding;
  return `${kind} ${goQuote(name)} of ${role.kind} ${goQuote(role.name)} to ${subject.kind} ${goQuote(who)}`;
}
