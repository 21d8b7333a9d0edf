import type { WatchFraming } from "../../codec/watch-frames.js";
import type { StreamAnswer, StreamSink } from "../../kube/handler.js";
import { webSocketHandshake } from "../../streams/websocket/handshake.js";
import type { Scope } from "../scope.js";
import { refusedHandshake } from "./connect.js";

/** Bytes of a protobuf frame's length, which a message has by itself. */
const LENGTH = 4;

/** A watch whose events are a WebSocket's messages; upstream: apiserver/pkg/endpoints/handlers/watch.go, HandleWS. */
export function watchMessages(
  { request }: Scope,
  framing: WatchFraming,
  run: (sink: StreamSink) => Promise<void>,
): StreamAnswer {
  const begun = webSocketHandshake(request.method, request.headers, { origin: true });
  if ("refusal" in begun) return refusedHandshake(begun.refusal);
  const { subprotocol } = begun;
  if (framing.representation.format !== "protobuf") {
    return { status: 101, headers: {}, upgrade: { protocol: "websocket", subprotocol, messages: "text" }, run };
  }
  return {
    status: 101,
    headers: {},
    upgrade: { protocol: "websocket", subprotocol, messages: "binary" },
    run: (sink) => run(withoutLengths(sink)),
  };
}

function withoutLengths(sink: StreamSink): StreamSink {
  return {
    write: (frame) => sink.write(frame.subarray(LENGTH)),
    drained: () => sink.drained(),
    signal: sink.signal,
    tunnel: sink.tunnel,
  };
}
