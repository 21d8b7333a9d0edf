import { numberAt, objectsAt, stringAt } from "../../../kube/access.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { goQuote } from "../../../kube/go-text.js";
import type { JsonObject } from "../../../kube/json.js";

interface Port {
  readonly at: FieldPath;
  readonly name: string;
  readonly key: string;
  readonly hostIp: string;
  readonly hostPort: number;
}

/** Ports of all containers that get in each other's way; upstream: api/pod/warnings.go. */
export function portWarnings(containers: readonly (readonly [FieldPath, JsonObject])[]): string[] {
  const ports = containers.flatMap(([path, container]) =>
    objectsAt(container, "ports").map((port, index): Port => {
      const at = path.child("ports").index(index);
      const key = `${numberAt(port, "containerPort")}/${stringAt(port, "protocol")}`;
      return {
        at,
        key,
        name: stringAt(port, "name"),
        hostIp: stringAt(port, "hostIP"),
        hostPort: numberAt(port, "hostPort"),
      };
    }),
  );
  const definitions = ports.flatMap((port, index) =>
    ports.slice(0, index).flatMap((other) => {
      const how = port.key === other.key ? clash(port, other) : undefined;
      return how === undefined ? [] : [`${port.at}: ${how} port definition with ${other.at}`];
    }),
  );
  const names = ports.flatMap((port) => {
    const other = ports.find(({ name }) => name === port.name)!;
    if (port.name === "" || other === port) return [];
    const used = `services and probes that select ports by name will use ${other.at}`;
    return [`${port.at}: duplicate port name ${goQuote(port.name)} with ${other.at}, ${used}`];
  });
  return [...definitions, ...names];
}

function clash(port: Port, other: Port): string | undefined {
  if (port.hostIp === other.hostIp && port.hostPort === other.hostPort) return "duplicate";
  if (port.hostPort === 0 || other.hostPort === 0) return "overlapping";
  const ambiguous = port.hostPort === other.hostPort && (port.hostIp === "") !== (other.hostIp === "");
  return ambiguous ? "dangerously ambiguous" : undefined;
}
