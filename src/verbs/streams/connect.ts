import type { Duplex } from "node:stream";
import { badRequest } from "../../kube/errors.js";
import type { StreamAnswer, StreamSink } from "../../kube/handler.js";
import type { MessageSocket } from "../../kube/tunnel.js";
import { isUpgradeRequest } from "../../streams/upgrade-request.js";
import { type WebSocketTerms, webSocketHandshake } from "../../streams/websocket/handshake.js";
import type { Scope } from "../scope.js";

/** @throws ApiError 400 */
export function requireUpgrade({ request }: Scope): void {
  if (!isUpgradeRequest(request.headers)) throw badRequest("Upgrade request required");
}

/** Leaves HTTP for bytes. */
export function rawAnswer(run: (socket: Duplex, sink: StreamSink) => Promise<void>): StreamAnswer {
  return {
    status: 101,
    headers: {},
    upgrade: { protocol: "raw" },
    run: async (sink) => {
      const { tunnel } = sink;
      if (tunnel?.kind !== "bytes") throw new Error("the connection has not left HTTP");
      await run(tunnel.socket, sink);
    },
  };
}

/** Leaves HTTP for a WebSocket, or refuses it in its own words. */
export function webSocketAnswer(
  { request }: Scope,
  terms: WebSocketTerms,
  run: (socket: MessageSocket, subprotocol: string, sink: StreamSink) => Promise<void>,
): StreamAnswer {
  const begun = webSocketHandshake(request.method, request.headers, terms);
  if ("refusal" in begun) return refusedHandshake(begun.refusal);
  const { subprotocol } = begun;
  return {
    status: 101,
    headers: {},
    upgrade: { protocol: "websocket", subprotocol },
    run: async (sink) => {
      const { tunnel } = sink;
      if (tunnel?.kind !== "messages") throw new Error("the connection has not left HTTP");
      await run(tunnel.socket, subprotocol, sink);
    },
  };
}

export function refusedHandshake(refusal: Buffer): StreamAnswer {
  const run = async (sink: StreamSink) => {
    sink.write(refusal);
  };
  return { status: 101, headers: {}, upgrade: { protocol: "raw" }, run };
}
