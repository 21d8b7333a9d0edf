import { numberAt, objectAt, objectsAt, optionalNumberAt, stringAt, stringsAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { parseQuantity, Quantity } from "../../kube/quantity.js";
import { podQosClass } from "../../schema/strategy/pod-qos.js";
import { type Attributes, isFor } from "./attributes.js";
import { type Amounts, amountsOf, podAmounts } from "./pod-resources.js";

/** What quotas may count of one kind; upstream: pkg/quota/v1/evaluator/core. */
export interface Evaluator {
  /** Whether a request of this kind can change what is used. */
  handles(attributes: Attributes): boolean;
  /** Whether a quota's entry of this name counts objects of this kind. */
  counts(name: string): boolean;
  usage(object: KubeObject): Amounts;
  /** Whether the object is in a quota's scope. */
  inScope(selector: JsonObject, object: KubeObject): boolean;
  /** Why the object can't be measured, if so. `required` are the entries that count it. */
  constraint(required: readonly string[], object: KubeObject): string | undefined;
}

const ONE = parseQuantity("1");
const whole = (count: number): Quantity => new Quantity(BigInt(count), 0, "DecimalSI");

/** Counted under a name of their own besides count/<resource>. */
const ALIASES: ReadonlySet<string> = new Set(["configmaps", "resourcequotas", "replicationcontrollers", "secrets"]);

export function evaluatorOf({ resource }: Attributes): Evaluator {
  const { group, resource: name } = resource.gvr;
  if (group === "" && name === "pods") return pods;
  if (group === "" && name === "services") return services;
  if (group === "" && name === "persistentvolumeclaims") return claims;
  const names = [`count/${name}${group === "" ? "" : `.${group}`}`];
  if (group === "" && ALIASES.has(name)) names.push(name);
  return {
    ...plain,
    counts: (any) => names.includes(any),
    usage: () => new Map(names.map((any) => [any, ONE])),
  };
}

const plain = {
  handles: ({ operation, subresource }: Attributes) => operation === "CREATE" && subresource === "",
  inScope: () => false,
  constraint: () => undefined,
};

const services: Evaluator = {
  ...plain,
  handles: ({ subresource }) => subresource === "",
  counts: (name) => ["count/services", "services", "services.nodeports", "services.loadbalancers"].includes(name),
  usage(service) {
    const type = stringAt(service, "spec", "type");
    const balanced = type === "LoadBalancer";
    return new Map([
      ["count/services", ONE],
      ["services", ONE],
      ["services.nodeports", whole(balanced || type === "NodePort" ? nodePortCount(service) : 0)],
      ["services.loadbalancers", whole(balanced ? 1 : 0)],
    ]);
  },
};

/** Ports that are still to be given one count, too. */
function nodePortCount(service: KubeObject): number {
  const ports = objectsAt(service, "spec", "ports");
  if (objectAt(service, "spec")?.allocateLoadBalancerNodePorts !== false) return ports.length;
  return ports.filter((port) => numberAt(port, "nodePort") !== 0).length;
}

const CLASS = ".storageclass.storage.k8s.io/";
const CLAIM_NAMES = ["persistentvolumeclaims", "requests.storage"];

const claims: Evaluator = {
  ...plain,
  handles: ({ subresource }) => subresource === "",
  counts: (name) =>
    name === "count/persistentvolumeclaims" ||
    CLAIM_NAMES.some((own) => name === own || name.endsWith(`${CLASS}${own}`)),
  usage(claim) {
    const beta = claim.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"];
    const storageClass = beta ?? stringAt(claim, "spec", "storageClassName");
    const storage = amountsOf(objectAt(claim, "spec", "resources"), "requests")
      .get("storage")
      ?.roundUp(0);
    const used: Amounts = new Map([["count/persistentvolumeclaims", ONE]]);
    for (const prefix of storageClass === "" ? [""] : ["", `${storageClass}${CLASS}`]) {
      used.set(`${prefix}persistentvolumeclaims`, ONE);
      if (storage) used.set(`${prefix}requests.storage`, storage);
    }
    return used;
  },
  inScope: (selector, claim) =>
    selector.scopeName === "VolumeAttributesClass" &&
    matches(selector, stringAt(claim, "spec", "volumeAttributesClassName")),
};

const COMPUTE = ["cpu", "memory", "ephemeral-storage"];
const POD_NAMES = [...COMPUTE, ...COMPUTE.flatMap((name) => [`requests.${name}`, `limits.${name}`])];
/** These every container has to say, if they are limited. */
const REQUIRED = POD_NAMES.filter((name) => !name.endsWith("ephemeral-storage"));

const isExtended = (name: string): boolean => name.includes("/") && !/(^|\.)kubernetes\.io\//.test(name);

const pods: Evaluator = {
  handles(attributes) {
    const { operation, object, old } = attributes;
    if (isFor(attributes, "", "pods", "resize")) return operation === "UPDATE";
    if (attributes.subresource !== "" || !object) return false;
    return operation === "CREATE" || (old !== undefined && hasDeadline(old) !== hasDeadline(object));
  },
  counts: (name) =>
    ["count/pods", "pods", ...POD_NAMES].includes(name) ||
    name.startsWith("hugepages-") ||
    name.startsWith("requests.hugepages-") ||
    (name.startsWith("requests.") && isExtended(name.slice("requests.".length))),
  usage(pod) {
    const used: Amounts = new Map([["count/pods", ONE]]);
    if (["Failed", "Succeeded"].includes(stringAt(pod, "status", "phase"))) return used;
    const spec = objectAt(pod, "spec");
    for (const [name, amount] of computeUsage(podAmounts(spec, "requests"), podAmounts(spec, "limits"))) {
      used.set(name, amount);
    }
    return used;
  },
  inScope(selector, pod) {
    switch (selector.scopeName) {
      case "Terminating":
        return hasDeadline(pod);
      case "NotTerminating":
        return !hasDeadline(pod);
      case "BestEffort":
        return podQosClass(pod) === "BestEffort";
      case "NotBestEffort":
        return podQosClass(pod) !== "BestEffort";
      case "PriorityClass":
        return matches(selector, stringAt(pod, "spec", "priorityClassName"));
      case "CrossNamespacePodAffinity":
        return affinityTerms(pod).some((term) => term.namespaceSelector !== undefined || "namespaces" in term);
      default:
        return false;
    }
  },
  constraint(required, pod) {
    if (objectAt(pod, "spec", "resources")) return undefined;
    const containers = ["containers", "initContainers"].flatMap((list) => objectsAt(pod, "spec", list));
    const missing = REQUIRED.filter((name) => required.includes(name)).flatMap((name) => {
      const without = containers.filter((container) => !containerUsage(container).has(name));
      const names = [...new Set(without.map((container) => stringAt(container, "name")))].sort();
      return names.length === 0 ? [] : [`${name} for: ${names.join(",")}`];
    });
    return missing.length === 0 ? undefined : `must specify ${missing.sort().join("; ")}`;
  },
};

const hasDeadline = (pod: KubeObject): boolean => (optionalNumberAt(pod, "spec", "activeDeadlineSeconds") ?? -1) >= 0;

function containerUsage(container: JsonObject): Amounts {
  const resources = objectAt(container, "resources");
  return computeUsage(amountsOf(resources, "requests"), amountsOf(resources, "limits"));
}

/** Requests count under their own names, too. */
function computeUsage(requests: Amounts, limits: Amounts): Amounts {
  const used: Amounts = new Map([["pods", ONE]]);
  for (const [name, amount] of requests) {
    const compute = COMPUTE.includes(name) || name.startsWith("hugepages-");
    if (compute) used.set(name, amount);
    if (compute || isExtended(name)) used.set(`requests.${name}`, amount);
  }
  for (const [name, amount] of limits) if (COMPUTE.includes(name)) used.set(`limits.${name}`, amount);
  return used;
}

function matches(selector: JsonObject, value: string): boolean {
  const values = stringsAt(selector, "values");
  switch (stringAt(selector, "operator")) {
    case "In":
      return value !== "" && values.includes(value);
    case "NotIn":
      return value === "" || !values.includes(value);
    case "DoesNotExist":
      return value === "";
    default:
      return value !== "";
  }
}

function affinityTerms(pod: KubeObject): JsonObject[] {
  return ["podAffinity", "podAntiAffinity"].flatMap((kind) => {
    const affinity = objectAt(pod, "spec", "affinity", kind);
    return [
      ...objectsAt(affinity, "requiredDuringSchedulingIgnoredDuringExecution"),
      ...objectsAt(affinity, "preferredDuringSchedulingIgnoredDuringExecution").map(
        (weighted) => objectAt(weighted, "podAffinityTerm") ?? {},
      ),
    ];
  });
}
