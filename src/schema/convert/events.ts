import type { JsonObject } from "../../kube/json.js";

/** Names in the core group → names in events.k8s.io; upstream: pkg/apis/events/v1/conversion.go. */
const NAMES: readonly (readonly [core: string, events: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

const TO_EVENTS = new Map(NAMES);
const TO_CORE = new Map(NAMES.map(([core, events]) => [events, core] as const));

export function eventToEvents(event: JsonObject): JsonObject {
  return renamed(event, TO_EVENTS);
}

export function eventToCore(event: JsonObject): JsonObject {
  return renamed(event, TO_CORE);
}

function renamed(event: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  const out: JsonObject = {};
  for (const [name, value] of Object.entries(event)) out[names.get(name) ?? name] = value;
  return out;
}
