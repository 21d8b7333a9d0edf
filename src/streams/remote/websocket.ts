import type { MessageSocket } from "../../kube/tunnel.js";
import { Channels, type ChannelUse } from "../websocket/channels.js";
import type { RemoteOptions, RemoteSession } from "./session.js";
import type { SessionClock } from "./spdy.js";
import { statusAsText, statusOfKubelet, statusOfTranslator } from "./status.js";

/** What the API server speaks itself, and translates for the kubelet. */
export const V5_PROTOCOL = "v5.channel.k8s.io";

/** What the kubelet speaks; "" is the client's that names none. */
export const KUBELET_REMOTE_PROTOCOLS: readonly string[] = [
  "",
  "channel.k8s.io",
  "base64.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
];

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;

export function webSocketSession(
  socket: MessageSocket,
  protocol: string,
  options: RemoteOptions,
  clock: Pick<SessionClock, "touch">,
): RemoteSession {
  const use = (wanted: boolean, use: ChannelUse): ChannelUse => (wanted ? use : "ignore");
  const { stdin, stdout, stderr } = options;
  const uses = [use(stdin, "read"), use(stdout, "write"), use(stderr, "write"), "write", "read"] as const;
  const codec = { base64: protocol.includes("base64"), closes: protocol === V5_PROTOCOL };
  const channels = new Channels(socket, uses, codec, () => clock.touch());
  channels.greet(stdout ? STDOUT : stderr ? STDERR : ERROR);
  return {
    stdin: stdin ? channels.at(STDIN) : undefined,
    stdout: stdout ? channels.at(STDOUT) : undefined,
    stderr: stderr ? channels.at(STDERR) : undefined,
    resize: channels.at(RESIZE),
    error: channels.at(ERROR),
    statusOf: statusWriter(protocol),
    gone: channels.pump(),
    close: () => channels.close(),
  };
}

function statusWriter(protocol: string) {
  if (protocol === V5_PROTOCOL) return statusOfTranslator;
  return protocol.startsWith("v4.") ? statusOfKubelet : statusAsText;
}
