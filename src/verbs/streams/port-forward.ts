import { stringAt } from "../../kube/access.js";
import { badRequest } from "../../kube/errors.js";
import { goQuote, parseUint64 } from "../../kube/go-text.js";
import type { Answer } from "../../kube/handler.js";
import { PlainTextError } from "../../kube/plain-text-error.js";
import { ApiError } from "../../kube/status.js";
import type { Forward } from "../../streams/forward/pair.js";
import { PORT_FORWARD_PROTOCOL, serveSpdyForward } from "../../streams/forward/spdy.js";
import { serveWebSocketForward, WEBSOCKET_FORWARD_PROTOCOLS } from "../../streams/forward/websocket.js";
import type { PodTarget } from "../../streams/hooks.js";
import { scriptedPort } from "../../streams/script/ports.js";
import { checkSpdy, spdyAccepted, spdyProtocol } from "../../streams/spdy/negotiate.js";
import { isWebSocketRequest } from "../../streams/upgrade-request.js";
import { webSocketProtocols } from "../../streams/websocket/handshake.js";
import { messageBytes } from "../../streams/websocket/message-bytes.js";
import type { Scope } from "../scope.js";
import { whileLively } from "./clock.js";
import { rawAnswer, requireUpgrade, webSocketAnswer } from "./connect.js";
import { checkNode, podTarget, refuseDryRun } from "./target.js";

/** What a WebSocket's subprotocol begins with that carries SPDY. */
const TUNNEL = "SPDY/3.1+";

export function portForward(scope: Scope): Answer {
  refuseDryRun(scope);
  const { headers, query } = scope.request;
  const ports = readPorts(query);
  const target = podTarget(scope);
  checkNode(scope, target);
  const name = { pod: `${target.name}_${target.namespace}`, uid: stringAt(target.pod, "metadata", "uid") };
  const forward = forwardTo(scope, target);
  const spdy = [PORT_FORWARD_PROTOCOL];
  const tunnelled = isWebSocketRequest(headers) ? tunnelledProtocols(webSocketProtocols(headers)) : [];
  if (tunnelled.length > 0) {
    if (!tunnelled.includes(PORT_FORWARD_PROTOCOL)) throw notUpgraded();
    const terms = { protocols: [`${TUNNEL}${PORT_FORWARD_PROTOCOL}`] };
    return webSocketAnswer(scope, terms, (socket, _protocol, sink) =>
      whileLively(scope.deps, sink.signal, (clock, signal) =>
        serveSpdyForward(messageBytes(socket), name, signal, clock, forward),
      ),
    );
  }
  requireUpgrade(scope);
  if (isWebSocketRequest(headers)) {
    if (ports.length === 0) throw new PlainTextError(400, 'query parameter "port" is required');
    return webSocketAnswer(scope, { protocols: WEBSOCKET_FORWARD_PROTOCOLS }, (socket, protocol, sink) =>
      whileLively(scope.deps, sink.signal, (clock, signal) =>
        serveWebSocketForward(socket, protocol, ports, name, signal, clock, forward),
      ),
    );
  }
  const protocol = spdyProtocol(headers, spdy);
  if (protocol === undefined) throw notUpgraded();
  checkSpdy(headers);
  return rawAnswer((socket, sink) =>
    whileLively(scope.deps, sink.signal, (clock, signal) => {
      socket.write(spdyAccepted(protocol, scope.deps.sources.now()));
      return serveSpdyForward(socket, name, signal, clock, forward);
    }),
  );
}

function forwardTo(scope: Scope, target: PodTarget): Forward {
  return (port, connection, signal) => {
    const request = { ...target, port, connection, signal };
    return scope.deps.streams.ask((hooks) => hooks.portForward?.(request)) ?? scriptedPort(request);
  };
}

function tunnelledProtocols(offered: readonly string[]): string[] {
  return offered
    .filter((protocol) => protocol.startsWith(TUNNEL) && protocol.endsWith(".k8s.io"))
    .map((protocol) => protocol.slice(TUNNEL.length));
}

/** A kubelet that has no protocol in common answers 200, which the server does not take (util/proxy/upgradeaware.go). */
function notUpgraded(): ApiError {
  return new ApiError({ code: 500, reason: "", message: "invalid upgrade response: status code 200" });
}

const MAX_PORT = 65_535n;

/** @throws ApiError 400 */
function readPorts(query: URLSearchParams): number[] {
  return query.getAll("ports").flatMap((text) =>
    text.split(",").map((word) => {
      const parsed = parseUint64(word);
      if ("error" in parsed) throw badRequest(`cannot convert to []int32: ${parsed.error}`);
      if (parsed.value <= MAX_PORT) return Number(parsed.value);
      throw badRequest(`cannot convert to []int32: strconv.ParseUint: parsing ${goQuote(word)}: value out of range`);
    }),
  );
}
