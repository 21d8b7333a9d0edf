import type { KindChecks } from "./checks.js";
import { configMapChecks, secretChecks } from "./config.js";
import { namespaceChecks } from "./namespaces.js";
import { nodeChecks } from "./nodes.js";
import { podChecks } from "./pod/pods.js";
import { serviceChecks } from "./services.js";

const CHECKS: Readonly<Record<string, Readonly<Record<string, KindChecks>>>> = {
  "": {
    configmaps: configMapChecks,
    namespaces: namespaceChecks,
    nodes: nodeChecks,
    pods: podChecks,
    secrets: secretChecks,
    services: serviceChecks,
  },
};

export function validationFor(group: string, resource: string): KindChecks | undefined {
  return CHECKS[group]?.[resource];
}
