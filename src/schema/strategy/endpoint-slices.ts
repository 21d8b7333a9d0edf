import { objectAt, objectsAt, stringAt } from "../../kube/access.js";
import type { KubeObject } from "../../kube/json.js";
import { semanticEqual } from "./equality.js";

const HOSTNAME = "kubernetes.io/hostname";

/**
 * deprecatedTopology can't be written through v1, unless the endpoints stay as they are; a node name that was kept
 * there moves to nodeName; upstream: registry/discovery/endpointslice/strategy.go (dropTopologyOnV1).
 */
export function dropTopology(slice: KubeObject, old?: KubeObject): void {
  if (old && semanticEqual(slice.endpoints, old.endpoints)) return;
  const known = new Set(
    objectsAt(old, "endpoints").map((endpoint) => stringAt(endpoint, "deprecatedTopology", HOSTNAME)),
  );
  for (const endpoint of objectsAt(slice, "endpoints")) {
    const topology = objectAt(endpoint, "deprecatedTopology");
    if (!topology) continue;
    const node = stringAt(topology, HOSTNAME);
    if (endpoint.nodeName === undefined && node !== "" && known.has(node)) endpoint.nodeName = node;
    delete endpoint.deprecatedTopology;
  }
}
