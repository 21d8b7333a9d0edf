import { compareUtf8 } from "../../kube/go-text.js";
import { isObject, type JsonObject } from "../../kube/json.js";
import { age, type Cell } from "./cells.js";
import { field, items, name, text, truth } from "./fields.js";

const ROLE_PREFIX = "node-role.kubernetes.io/";
const ROLE_LABEL = "kubernetes.io/role";

export function printNode(node: JsonObject): readonly Cell[] {
  const info = field(node, "status", "nodeInfo");
  return [
    name(node),
    status(node),
    roles(node) || "<none>",
    age(node),
    text(info, "kubeletVersion"),
    address(node, "InternalIP"),
    address(node, "ExternalIP"),
    text(info, "osImage") || "<unknown>",
    text(info, "kernelVersion") || "<unknown>",
    text(info, "containerRuntimeVersion") || "<unknown>",
  ];
}

function status(node: JsonObject): string {
  const ready = items(node, "status", "conditions").findLast((condition) => text(condition, "type") === "Ready");
  const health = ready ? (text(ready, "status") === "True" ? "Ready" : "NotReady") : "Unknown";
  return truth(node, "spec", "unschedulable") ? `${health},SchedulingDisabled` : health;
}

/** Roles come from labels of two forms: the role in the key, or in the value. */
function roles(node: JsonObject): string {
  const labels = field(node, "metadata", "labels");
  const found = new Set<string>();
  for (const [key, value] of Object.entries(isObject(labels) ? labels : {})) {
    if (key.startsWith(ROLE_PREFIX)) found.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL && typeof value === "string") found.add(value);
  }
  found.delete("");
  return [...found].sort(compareUtf8).join(",");
}

function address(node: JsonObject, type: string): string {
  const found = items(node, "status", "addresses").find((each) => text(each, "type") === type);
  return found ? text(found, "address") : "<none>";
}
