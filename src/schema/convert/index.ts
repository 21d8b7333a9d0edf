import { apiVersionOf, type GroupVersionKind } from "../../kube/gvr.js";
import type { JsonObject } from "../../kube/json.js";
import { eventToCore, eventToEvents } from "./events.js";
import { autoscalerToV1, autoscalerToV2 } from "./hpa.js";

type Convert = (object: JsonObject) => JsonObject;

/** Conversions that change more than apiVersion, by "from>to". */
const CONVERSIONS: Readonly<Record<string, Convert>> = {
  "v1/Event>events.k8s.io/v1/Event": eventToEvents,
  "events.k8s.io/v1/Event>v1/Event": eventToCore,
  "autoscaling/v1/HorizontalPodAutoscaler>autoscaling/v2/HorizontalPodAutoscaler": autoscalerToV2,
  "autoscaling/v2/HorizontalPodAutoscaler>autoscaling/v1/HorizontalPodAutoscaler": autoscalerToV1,
};

/**
 * A decoded object in another version that its kind is served in. Versions without a conversion of their own differ
 * in apiVersion only (custom resources with strategy None). `object` stays as it is; the outcome shares parts with it.
 * @throws Error for another kind: that is no conversion but a mistake
 */
export function convert(object: JsonObject, from: GroupVersionKind, to: GroupVersionKind): JsonObject {
  if (from.kind !== to.kind) throw new Error(`a ${from.kind} can't become a ${to.kind}`);
  const [source, target] = [apiVersionOf(from), apiVersionOf(to)];
  if (source === target) return object;
  const special = CONVERSIONS[`${source}/${from.kind}>${target}/${to.kind}`];
  return { ...(special ? special(object) : object), apiVersion: target, kind: to.kind };
}
