import { objectAt, objectsAt, stringAt } from "../../../kube/access.js";
import type { Json, JsonObject } from "../../../kube/json.js";
import { imageTag } from "../image-name.js";
import { defaultPodResources } from "../pod-resources.js";
import { isZero, orAbsent, orZero, rulesFor } from "../rule.js";

/** Upstream: pkg/apis/core/v1/defaults.go. What stands in pod is for Pods, what stands in podSpec for templates, too. */
export const POD_RULES = rulesFor("io.k8s.api.core.v1", {
  Pod: pod,
  PodSpec: podSpec,
  Container: container,
  EphemeralContainer: container,
  Probe: (probe) => orZero(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }),
  HTTPGetAction: (action) => orZero(action, { path: "/", scheme: "HTTP" }),
  ObjectFieldSelector: (selector) => orZero(selector, { apiVersion: "v1" }),
});

function pod(value: JsonObject): void {
  const spec = objectAt(value, "spec") ?? {};
  const containers = [...objectsAt(spec, "containers"), ...objectsAt(spec, "initContainers")];
  for (const item of containers) requestLimits(item);
  defaultPodResources(spec);
  orAbsent(spec, { enableServiceLinks: true });
  if (spec.hostNetwork === true) {
    for (const port of containers.flatMap((item) => objectsAt(item, "ports"))) {
      if (isZero(port.hostPort)) port.hostPort = port.containerPort ?? 0;
    }
  }
  value.spec = spec;
}

/** What is limited is requested, unless said otherwise. */
function requestLimits(item: JsonObject): void {
  const limits = objectAt(item, "resources", "limits");
  const resources = objectAt(item, "resources");
  if (!limits || !resources) return;
  const requests: Record<string, Json | undefined> = { ...objectAt(resources, "requests") };
  for (const [name, amount] of Object.entries(limits)) requests[name] ??= amount;
  resources.requests = requests;
}

function podSpec(spec: JsonObject): void {
  orZero(spec, { dnsPolicy: "ClusterFirst", restartPolicy: "Always", schedulerName: "default-scheduler" });
  orAbsent(spec, { securityContext: {}, terminationGracePeriodSeconds: 30 });
}

function container(value: JsonObject): void {
  orZero(value, {
    imagePullPolicy: imageTag(stringAt(value, "image")) === "latest" ? "Always" : "IfNotPresent",
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  });
}
