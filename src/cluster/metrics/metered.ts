import { type Answer, type Handler, isStream, type KubeRequest, type StreamAnswer } from "../../kube/handler.js";
import { ApiError } from "../../kube/status.js";
import type { RequestSeries, RequestStats } from "./request-stats.js";

/** Counts what a handler answers. */
export function metered(handler: Handler, stats: RequestStats): Handler {
  return async (request) => {
    const series = stats.of(request);
    if (!series) return handler(request);
    const began = performance.now();
    const kind = request.method === "GET" || request.method === "HEAD" ? "readOnly" : "mutating";
    stats[kind]++;
    try {
      const answer = await handler(request);
      if (isStream(answer)) return meteredStream(answer, request, series, stats, began);
      stats.finished(series, answer.status, secondsSince(began), sizeOf(answer));
      return answer;
    } catch (error) {
      stats.finished(series, error instanceof ApiError ? error.status.code : 500, secondsSince(began), undefined);
      throw error;
    } finally {
      stats[kind]--;
    }
  };
}

function meteredStream(
  answer: StreamAnswer,
  { info }: KubeRequest,
  series: RequestSeries,
  stats: RequestStats,
  began: number,
): StreamAnswer {
  return {
    ...answer,
    async run(sink) {
      series.running++;
      const events = info.verb === "watch" ? stats.eventsOf(info) : undefined;
      const counted = events && {
        signal: sink.signal,
        drained: () => sink.drained(),
        // A watch writes each event by itself.
        write: (chunk: Buffer) => {
          events.sizes.add(chunk.length);
          return sink.write(chunk);
        },
      };
      try {
        await answer.run(counted ?? sink);
      } finally {
        series.running--;
        stats.finished(series, answer.status, secondsSince(began), undefined);
      }
    },
  };
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}

function sizeOf(answer: Exclude<Answer, StreamAnswer>): number {
  let size = 0;
  for (const chunk of answer.chunks) size += chunk.length;
  return size;
}
