import { BROKEN_OFF, GONE } from "../cluster/traffic.js";
import type { Pipeline } from "./pipeline.js";

/** Counts each request by its answer, once that begins. */
export function counted(pipeline: Pipeline): Pipeline {
  return (exchange) => {
    const { traffic } = exchange.origin.cluster;
    const answering = pipeline(exchange);
    answering.then(
      (answer) => traffic.answered(answer?.status ?? GONE),
      () => traffic.answered(BROKEN_OFF),
    );
    return answering;
  };
}
