/** Kinds that are served in two versions which say things differently. */
export const PAIRS: readonly (readonly [kind: string, from: string, to: string])[] = [
  ["HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2"],
  ["HorizontalPodAutoscaler", "autoscaling/v2", "autoscaling/v1"],
  ["Event", "v1", "events.k8s.io/v1"],
  ["Event", "events.k8s.io/v1", "v1"],
];
