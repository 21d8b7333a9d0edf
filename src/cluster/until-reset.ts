import { type Answer, isStream, type StreamSink } from "../kube/handler.js";

/** The answer, which ends when `reset` is aborted if it is one that goes on. */
export function untilReset(answer: Answer, reset: AbortSignal): Answer {
  if (!isStream(answer)) return answer;
  return {
    ...answer,
    async run(sink) {
      const ended = new AbortController();
      const end = () => ended.abort();
      const causes = [sink.signal, reset];
      for (const cause of causes) cause.addEventListener("abort", end);
      if (causes.some(({ aborted }) => aborted)) end();
      try {
        await answer.run(endable(sink, ended.signal));
      } finally {
        for (const cause of causes) cause.removeEventListener("abort", end);
      }
    },
  };
}

function endable(sink: StreamSink, signal: AbortSignal): StreamSink {
  return {
    write: (chunk) => sink.write(chunk),
    tunnel: sink.tunnel,
    // A client that does not read would keep the stream from seeing its end.
    drained: () =>
      new Promise((resolve, reject) => {
        const done = () => resolve();
        signal.addEventListener("abort", done, { once: true });
        sink
          .drained()
          .then(done, reject)
          .finally(() => signal.removeEventListener("abort", done));
        if (signal.aborted) done();
      }),
    signal,
  };
}
