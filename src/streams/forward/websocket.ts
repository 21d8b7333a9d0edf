import { setMaxListeners } from "node:events";
import type { MessageSocket } from "../../kube/tunnel.js";
import type { SessionClock } from "../remote/spdy.js";
import { Channels, type ChannelUse } from "../websocket/channels.js";
import { type Forward, type ForwardTarget, servePair } from "./pair.js";

export const WEBSOCKET_FORWARD_PROTOCOLS: readonly string[] = ["", "v4.channel.k8s.io", "v4.base64.channel.k8s.io"];

/**
 * Serves a client that has one connection for each port, on two channels: data, and errors. Each channel begins with
 * the port, little endian; upstream: kubelet/pkg/cri/streaming/portforward/websocket.go.
 */
export async function serveWebSocketForward(
  socket: MessageSocket,
  protocol: string,
  ports: readonly number[],
  target: ForwardTarget,
  signal: AbortSignal,
  clock: Pick<SessionClock, "touch">,
  forward: Forward,
): Promise<void> {
  const uses = ports.flatMap((): ChannelUse[] => ["both", "write"]);
  const codec = { base64: protocol.includes("base64"), closes: false };
  const channels = new Channels(socket, uses, codec, () => clock.touch());
  const ended = new AbortController();
  setMaxListeners(0, ended.signal);
  const end = () => ended.abort();
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  void channels.pump().then(end, end);
  try {
    await Promise.all(
      ports.map((port, index) => {
        const [data, error] = [channels.at(2 * index), channels.at(2 * index + 1)];
        for (const channel of [data, error]) channel.write(littleEndian(port));
        return Promise.race([
          servePair(target, port, { data, error }, ended.signal, forward),
          new Promise<void>((resolve) => ended.signal.addEventListener("abort", () => resolve(), { once: true })),
        ]);
      }),
    );
  } finally {
    signal.removeEventListener("abort", end);
    channels.close();
    end();
  }
}

function littleEndian(port: number): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16LE(port);
  return out;
}
