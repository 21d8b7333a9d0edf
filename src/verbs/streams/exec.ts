import type { Answer } from "../../kube/handler.js";
import { PlainTextError } from "../../kube/plain-text-error.js";
import { booleanParameter } from "../../kube/request-info.js";
import type { AttachRequest, ExecRequest, PodTarget } from "../../streams/hooks.js";
import { type RemoteOptions, type RemoteSession, serveSession } from "../../streams/remote/session.js";
import { SPDY_REMOTE_PROTOCOLS, spdySession } from "../../streams/remote/spdy.js";
import { KUBELET_REMOTE_PROTOCOLS, V5_PROTOCOL, webSocketSession } from "../../streams/remote/websocket.js";
import { scriptedExec, silentAttach } from "../../streams/script/exec.js";
import { checkSpdy, noCommonProtocol, spdyAccepted, spdyProtocol } from "../../streams/spdy/negotiate.js";
import { isWebSocketRequest } from "../../streams/upgrade-request.js";
import { webSocketProtocols } from "../../streams/websocket/handshake.js";
import type { Scope } from "../scope.js";
import { whileLively } from "./clock.js";
import { rawAnswer, requireUpgrade, webSocketAnswer } from "./connect.js";
import { checkNode, containerOf, podTarget, refuseDryRun } from "./target.js";

/** Runs in a container: a command, or what the container runs already. */
type Work = (request: AttachRequest) => Promise<number | undefined>;

export function exec(scope: Scope): Answer {
  const command = scope.request.query.getAll("command");
  return remoteAnswer(scope, command, (request) => {
    const asked: ExecRequest = { ...request, command };
    return scope.deps.streams.ask((hooks) => hooks.exec?.(asked)) ?? scriptedExec(asked);
  });
}

export function attach(scope: Scope): Answer {
  return remoteAnswer(
    scope,
    [],
    (request) => scope.deps.streams.ask((hooks) => hooks.attach?.(request)) ?? silentAttach(request),
  );
}

/** What the server judges, then what the kubelet would. @throws ApiError, PlainTextError */
function remoteAnswer(scope: Scope, command: readonly string[], work: Work): Answer {
  refuseDryRun(scope);
  const { headers, query } = scope.request;
  const options = remoteOptions(query);
  const target = podTarget(scope);
  const container = containerOf(target, query.get("container") ?? "");
  checkNode(scope, target);
  const webSocket = isWebSocketRequest(headers);
  const translated = webSocket && webSocketProtocols(headers).includes(V5_PROTOCOL);
  if (!translated) requireUpgrade(scope);
  const serve = (session: RemoteSession, signal: AbortSignal) =>
    serveSession(session, options, command, signal, (streams) => runWork(target, container, options, work, streams));
  if (webSocket) {
    if (!translated) checkStreams(options);
    const terms = { protocols: translated ? [V5_PROTOCOL] : KUBELET_REMOTE_PROTOCOLS };
    return webSocketAnswer(scope, terms, (socket, protocol, sink) =>
      whileLively(scope.deps, sink.signal, (clock, signal) =>
        serve(webSocketSession(socket, protocol, options, clock), signal),
      ),
    );
  }
  checkStreams(options);
  const protocol = spdyProtocol(headers, SPDY_REMOTE_PROTOCOLS);
  if (protocol === undefined) throw noCommonProtocol(headers, SPDY_REMOTE_PROTOCOLS);
  checkSpdy(headers);
  return rawAnswer((socket, sink) =>
    whileLively(scope.deps, sink.signal, async (clock, signal) => {
      socket.write(spdyAccepted(protocol, scope.deps.sources.now()));
      const close = () => socket.end();
      signal.addEventListener("abort", close, { once: true });
      const session = await spdySession(socket, protocol, options, clock);
      signal.removeEventListener("abort", close);
      if (session) await serve(session, signal);
    }),
  );
}

async function runWork(
  target: PodTarget,
  container: string,
  options: RemoteOptions,
  work: Work,
  streams: Parameters<Parameters<typeof serveSession>[4]>[0],
): Promise<number | undefined> {
  // The API server translates first, and is told by the kubelet later.
  if (!hasStreams(options)) throw new Error(`unable to upgrade connection: ${NO_STREAMS}`);
  return work({ ...target, container, ...streams });
}

function remoteOptions(query: URLSearchParams): RemoteOptions {
  const tty = booleanParameter(query, "tty");
  return {
    stdin: booleanParameter(query, "stdin"),
    stdout: booleanParameter(query, "stdout"),
    // The kubelet has one stream for both where there is a terminal.
    stderr: booleanParameter(query, "stderr") && !tty,
    tty,
  };
}

const NO_STREAMS = "you must specify at least 1 of stdin, stdout, stderr";

function hasStreams({ stdin, stdout, stderr }: RemoteOptions): boolean {
  return stdin || stdout || stderr;
}

/** The kubelet's words, which come through as they are. @throws PlainTextError 400 */
function checkStreams(options: RemoteOptions): void {
  if (!hasStreams(options)) throw new PlainTextError(400, NO_STREAMS);
}
