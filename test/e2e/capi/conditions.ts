import type { ManagedObject } from "./providers.js";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Conditions that tell of something going on; an object at rest has them False. */
const UNREST = new Set(["Deleting", "Paused", "Remediating", "RollingOut", "ScalingDown", "ScalingUp", "Updating"]);

/** What is not as it is in an object at rest and in good health, a line each: "Machine m: Ready=False (…)". */
export function ailments(object: ManagedObject): string[] {
  const conditions = (object.status?.conditions ?? []) as Condition[];
  const who = `${object.kind} ${object.metadata.name}`;
  if (conditions.length === 0) return [`${who}: no conditions`];
  return conditions
    .filter(({ type }) => !(type === "EtcdClusterHealthy" && hasExternalEtcd(object)))
    .filter(({ type, status }) => status !== (UNREST.has(type) ? "False" : "True"))
    .map(({ type, status, reason, message }) => `${who}: ${type}=${status} (${reason}) ${message ?? ""}`);
}

/** KubeadmControlPlane leaves the condition of an external etcd to whoever looks after that. */
function hasExternalEtcd(object: ManagedObject): boolean {
  return object.spec?.kubeadmConfigSpec?.clusterConfiguration?.etcd?.external !== undefined;
}
