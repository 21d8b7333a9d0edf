import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { age, type Cell, Elapsed, timeOf } from "./cells.js";
import { field, integer, isBeingDeleted, items, name, text, truth } from "./fields.js";

/** What the containers' statuses amount to. Upstream: pkg/printers/internalversion/printers.go, printPod. */
interface Summary {
  reason: string;
  ready: number;
  restarts: Restarts;
}

/** Restarts, and when the last of them ended. */
class Restarts {
  #count = 0;
  #last: number | undefined;

  add(status: JsonObject): void {
    this.#count += Number(integer(status, "restartCount"));
    const ended = timeOf(status, "lastState", "terminated", "finishedAt");
    if (ended !== undefined && (this.#last === undefined || ended > this.#last)) this.#last = ended;
  }

  get cell(): Cell {
    if (this.#count === 0 || this.#last === undefined) return String(this.#count);
    return new Elapsed(this.#last, `${this.#count} (`, " ago)");
  }
}

export function printPod(pod: JsonObject): readonly Cell[] {
  const sidecars = sidecarNames(pod);
  const { reason, ready, restarts } = summarize(pod, sidecars);
  const total = items(pod, "spec", "containers").length + sidecars.size;
  return [
    name(pod),
    `${ready}/${total}`,
    deletionReason(pod) ?? reason,
    restarts.cell,
    age(pod),
    text(items(pod, "status", "podIPs")[0], "ip") || "<none>",
    text(pod, "spec", "nodeName") || "<none>",
    text(pod, "status", "nominatedNodeName") || "<none>",
    readinessGates(pod),
  ];
}

/** The conditions of a row: kubectl leaves completed pods out by them. */
export function podRowConditions(pod: JsonObject): JsonObject[] {
  switch (text(pod, "status", "phase")) {
    case "Succeeded":
      return [completed("Succeeded", "The pod has completed successfully.")];
    case "Failed":
      return [completed("Failed", "The pod failed.")];
    default:
      return [];
  }
}

function completed(reason: string, message: string): JsonObject {
  return { type: "Completed", status: "True", reason, message };
}

function summarize(pod: JsonObject, sidecars: ReadonlySet<string>): Summary {
  const summary: Summary = { reason: phaseReason(pod), ready: 0, restarts: new Restarts() };
  const sidecarRestarts = new Restarts();
  const initializing = readInitContainers(pod, sidecars, summary, sidecarRestarts);
  if (!initializing || hasCondition(pod, "Initialized")) {
    // Restarts of containers that have done their work no longer count.
    summary.restarts = sidecarRestarts;
    readContainers(pod, summary);
  }
  return summary;
}

function phaseReason(pod: JsonObject): string {
  const gated = items(pod, "status", "conditions").some(
    (condition) => text(condition, "type") === "PodScheduled" && text(condition, "reason") === "SchedulingGated",
  );
  if (gated) return "SchedulingGated";
  return text(pod, "status", "reason") || text(pod, "status", "phase");
}

/** Init containers that keep running: they count as containers. */
function sidecarNames(pod: JsonObject): ReadonlySet<string> {
  const sidecars = items(pod, "spec", "initContainers").filter(
    (container) => text(container, "restartPolicy") === "Always",
  );
  return new Set(sidecars.map((container) => text(container, "name")));
}

/** Reads up to the first init container that has not done its part; true when there is one. */
function readInitContainers(
  pod: JsonObject,
  sidecars: ReadonlySet<string>,
  summary: Summary,
  sidecarRestarts: Restarts,
): boolean {
  const total = items(pod, "spec", "initContainers").length;
  for (const [index, status] of items(pod, "status", "initContainerStatuses").entries()) {
    const isSidecar = sidecars.has(text(status, "name"));
    summary.restarts.add(status);
    if (isSidecar) sidecarRestarts.add(status);
    const terminated = field(status, "state", "terminated");
    if (isObject(terminated) && integer(terminated, "exitCode") === 0) continue;
    if (isSidecar && truth(status, "started")) {
      if (truth(status, "ready")) summary.ready++;
      continue;
    }
    const waiting = text(status, "state", "waiting", "reason");
    if (isObject(terminated)) summary.reason = `Init:${exitReason(terminated)}`;
    else if (waiting !== "" && waiting !== "PodInitializing") summary.reason = `Init:${waiting}`;
    else summary.reason = `Init:${index}/${total}`;
    return true;
  }
  return false;
}

function readContainers(pod: JsonObject, summary: Summary): void {
  let running = false;
  // From the last to the first: the first container that has a reason names it.
  for (const status of items(pod, "status", "containerStatuses").reverse()) {
    summary.restarts.add(status);
    const terminated = field(status, "state", "terminated");
    const waiting = text(status, "state", "waiting", "reason");
    if (waiting !== "") summary.reason = waiting;
    else if (isObject(terminated)) summary.reason = exitReason(terminated);
    else if (truth(status, "ready") && field(status, "state", "running") !== undefined) {
      running = true;
      summary.ready++;
    }
  }
  if (summary.reason === "Completed" && running) {
    summary.reason = hasCondition(pod, "Ready") ? "Running" : "NotReady";
  }
}

function exitReason(terminated: Json): string {
  const reason = text(terminated, "reason");
  if (reason !== "") return reason;
  const signal = integer(terminated, "signal");
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${integer(terminated, "exitCode")}`;
}

function deletionReason(pod: JsonObject): string | undefined {
  if (!isBeingDeleted(pod)) return undefined;
  if (text(pod, "status", "reason") === "NodeLost") return "Unknown";
  const phase = text(pod, "status", "phase");
  return phase === "Succeeded" || phase === "Failed" ? undefined : "Terminating";
}

function readinessGates(pod: JsonObject): string {
  const gates = items(pod, "spec", "readinessGates");
  if (gates.length === 0) return "<none>";
  const met = gates.filter((gate) => hasCondition(pod, text(gate, "conditionType")));
  return `${met.length}/${gates.length}`;
}

function hasCondition(pod: JsonObject, type: string): boolean {
  const condition = items(pod, "status", "conditions").find((each) => text(each, "type") === type);
  return text(condition, "status") === "True";
}
