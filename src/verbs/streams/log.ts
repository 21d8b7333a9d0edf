import { DecodeError } from "../../codec/json/errors.js";
import { canonicalTime } from "../../codec/json/time.js";
import { negotiate, UNTABLED_ENDPOINT } from "../../codec/negotiate.js";
import { stringAt } from "../../kube/access.js";
import { badRequest, invalid } from "../../kube/errors.js";
import { type FieldError, forbiddenField, invalidValue } from "../../kube/field-errors.js";
import { parseInt64 } from "../../kube/go-text.js";
import type { Answer, StreamSink } from "../../kube/handler.js";
import { booleanParameter } from "../../kube/request-info.js";
import type { LogRequest, LogSource, PodTarget } from "../../streams/hooks.js";
import { type LogSelection, selectLog } from "../../streams/log.js";
import { hasEnded, logStart, scriptedLog } from "../../streams/script/log.js";
import { readStored } from "../objects.js";
import { type Scope, storageKey, storageOf } from "../scope.js";
import { whileLively } from "./clock.js";
import { containerOf, isServed, kubeletOf, podTarget } from "./target.js";

const LOG_ENDPOINT = { ...UNTABLED_ENDPOINT, produces: ["text/plain", ...UNTABLED_ENDPOINT.produces!] };

interface LogOptions {
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly sinceSeconds: number | undefined;
  /** Milliseconds since the epoch. */
  readonly sinceTime: number | undefined;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
}

export function log(scope: Scope): Answer {
  negotiate(scope.request.headers, scope.request.query, LOG_ENDPOINT);
  const options = logOptions(scope);
  const target = podTarget(scope);
  const container = containerOf(target, options.container);
  if (!isServed(scope, target)) {
    const nodeName = stringAt(target.pod, "spec", "nodeName");
    if (nodeName === "") return { status: 204, headers: {}, chunks: [] };
    kubeletOf(scope, nodeName);
  }
  const { previous, follow, timestamps, sinceTime, sinceSeconds, tailLines, limitBytes } = options;
  const now = scope.deps.sources.now();
  const since = sinceSeconds === undefined ? sinceTime : now - 1000 * sinceSeconds;
  const selection = { timestamps, since, tailLines, limitBytes };
  const source = sourceOf(scope, { ...target, container, previous, follow });
  return {
    status: 200,
    headers: { "Content-Type": "text/plain" },
    run: (sink) =>
      whileLively(scope.deps, sink.signal, (clock, signal) =>
        writeLog(source(signal), selection, logStart(target.pod), sink, signal, () => clock.touch()),
      ),
  };
}

/** Who has the log; asked when somebody begins to read. @throws ApiError 400 for a container's earlier life */
function sourceOf(scope: Scope, asked: Omit<LogRequest, "signal">): (signal: AbortSignal) => LogSource {
  const ended = new AbortController();
  const hooked = scope.deps.streams.ask((hooks) => hooks.log?.({ ...asked, signal: ended.signal }));
  if (hooked !== undefined) {
    return (signal) => {
      signal.addEventListener("abort", () => ended.abort(), { once: true });
      return hooked;
    };
  }
  const { container, name, previous, follow } = asked;
  if (previous) throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  return (signal) => (follow ? followPod(scope, asked, container, signal) : scriptedLog(asked.pod, container));
}

/** The pod's lines and those that are added later, until the pod has ended or is another. */
async function* followPod(
  scope: Scope,
  { pod }: PodTarget,
  container: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const store = scope.deps.store();
  const key = storageKey(scope.def, scope.namespace, scope.name);
  const cursor = store.watch(key, store.revision);
  let told = 0;
  let wake = () => {};
  const onAbort = () => wake();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    let current: PodTarget["pod"] | undefined = pod;
    while (current !== undefined) {
      const lines: string[] = scriptedLog(current, container);
      yield* lines.slice(told);
      told = Math.max(told, lines.length);
      if (hasEnded(current)) return;
      let event = cursor.next();
      while (event !== undefined && event.key !== key) event = cursor.next();
      if (event === undefined) {
        if (signal.aborted) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
          cursor.onReady(resolve);
        });
        if (signal.aborted) return;
        continue;
      }
      const stored = event.type === "put" ? store.get(key) : undefined;
      const next = stored && readStored(stored, storageOf(scope));
      current = next?.metadata.uid === pod.metadata.uid ? next : undefined;
    }
  } finally {
    cursor.close();
    signal.removeEventListener("abort", onAbort);
  }
}

/** As fast as it is read. A log that breaks off ends the answer: its status has long been sent. */
async function writeLog(
  source: LogSource,
  selection: LogSelection,
  start: string,
  sink: StreamSink,
  signal: AbortSignal,
  touch: () => void,
): Promise<void> {
  const pieces = selectLog(source, selection, start);
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  for (;;) {
    const piece = await Promise.race([pieces.next(), aborted]);
    if (piece === undefined || piece.done || signal.aborted) break;
    touch();
    if (!sink.write(piece.value)) await sink.drained();
  }
  // It may wait for a source that never comes back.
  void pieces.return(undefined).catch(() => undefined);
}

/** @throws ApiError 400 for what can't be read, 422 for what makes no sense (ValidatePodLogOptions) */
function logOptions({ request: { query }, name }: Scope): LogOptions {
  const options = {
    container: query.get("container") ?? "",
    follow: booleanParameter(query, "follow"),
    previous: booleanParameter(query, "previous"),
    sinceSeconds: integer(query, "sinceSeconds"),
    sinceTime: time(query, "sinceTime"),
    timestamps: booleanParameter(query, "timestamps"),
    tailLines: integer(query, "tailLines"),
    limitBytes: integer(query, "limitBytes"),
  };
  const { tailLines, limitBytes, sinceSeconds } = options;
  const errors: FieldError[] = [];
  const positive = "must be greater than 0";
  if (tailLines !== undefined && tailLines < 0) {
    errors.push(invalidValue("tailLines", tailLines, "must be greater than or equal to 0"));
  }
  if (limitBytes !== undefined && limitBytes < 1) errors.push(invalidValue("limitBytes", limitBytes, positive));
  if (sinceSeconds !== undefined && query.has("sinceTime")) {
    errors.push(forbiddenField("[]", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  } else if (sinceSeconds !== undefined && sinceSeconds < 1) {
    errors.push(invalidValue("sinceSeconds", sinceSeconds, positive));
  }
  // The feature PodLogsQuerySplitStreams is off by default.
  if (query.has("stream")) errors.push(forbiddenField("stream", "may not be specified"));
  if (errors.length > 0) throw invalid({ group: "", kind: "PodLogOptions" }, name, errors);
  return options;
}

function integer(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key);
  if (text === null) return undefined;
  const parsed = parseInt64(text);
  if ("error" in parsed) throw badRequest(parsed.error);
  return Number(parsed.value);
}

/** An empty time is none. */
function time(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key) ?? "";
  if (text === "" || text === "null") return undefined;
  try {
    const canonical = canonicalTime(text, false);
    return canonical === undefined ? undefined : Date.parse(canonical);
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message);
    throw error;
  }
}
