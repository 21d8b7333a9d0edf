import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { StreamAnswer, StreamSink } from "../kube/handler.js";
import type { Tunnel, Upgrade } from "../kube/tunnel.js";
import type { Exchange, Origin } from "./exchange.js";
import { Http1Outlet } from "./outlet.js";
import type { OpenWebSocket } from "./websocket.js";

/** How long a client has to close its side when ours is closed. */
const CLOSE_MS = 10_000;

/** Where the answer to a request goes that asks to leave HTTP: it may, or be answered like any other. */
export class UpgradeOutlet extends Http1Outlet {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #socket: Duplex;
  readonly #head: Buffer;
  readonly #open: OpenWebSocket;

  constructor(
    raw: { readonly request: IncomingMessage; readonly response: ServerResponse },
    socket: Duplex,
    head: Buffer,
    parts: { readonly origin: Pick<Origin, "draining">; readonly open: OpenWebSocket },
  ) {
    super(raw.response, parts.origin);
    this.#request = raw.request;
    this.#response = raw.response;
    this.#socket = socket;
    this.#head = head;
    this.#open = parts.open;
  }

  /** Undefined: the client is gone, or no WebSocket could be made. */
  async leave(upgrade: Upgrade): Promise<Tunnel | undefined> {
    const socket = this.#socket;
    this.#response.detachSocket(socket as Parameters<ServerResponse["detachSocket"]>[0]);
    if (socket.destroyed) return undefined;
    if (upgrade.protocol === "raw") {
      if (this.#head.length > 0) socket.unshift(this.#head);
      return { kind: "bytes", socket };
    }
    const messages = await this.#open(this.#request, socket, this.#head, upgrade.subprotocol);
    return messages && { kind: "messages", socket: messages };
  }

  /** Sees to it that a connection that is done with does not stay. */
  finish(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    if (!socket.writableEnded) socket.end();
    socket.resume();
    const late = setTimeout(() => socket.destroy(), CLOSE_MS).unref();
    socket.once("close", () => clearTimeout(late));
  }

  get socket(): Duplex {
    return this.#socket;
  }
}

/** Leaves HTTP and lets the answer do the rest. Rejects only for faults of the answer. */
export async function respondUpgraded(
  exchange: Exchange,
  outlet: UpgradeOutlet,
  answer: StreamAnswer,
  upgrade: Upgrade,
): Promise<void> {
  outlet.socket.once("close", () => exchange.abort());
  const tunnel = await outlet.leave(upgrade);
  try {
    if (tunnel === undefined || exchange.aborted) return;
    const writes = upgrade.protocol === "websocket" && upgrade.messages !== undefined;
    if (writes) void followClient(exchange, tunnel);
    await answer.run(new TunnelSink(exchange, tunnel, upgrade));
  } finally {
    if (tunnel?.kind === "messages") tunnel.socket.close(1000);
    outlet.finish();
  }
}

/** An answer that only writes ends when the client says goodbye; whatever else it says is passed over. */
async function followClient(exchange: Exchange, tunnel: Tunnel): Promise<void> {
  if (tunnel.kind !== "messages") return;
  for await (const _message of tunnel.socket.messages);
  exchange.abort();
}

class TunnelSink implements StreamSink {
  readonly #exchange: Exchange;
  readonly #text: boolean;

  constructor(
    exchange: Exchange,
    readonly tunnel: Tunnel,
    upgrade: Upgrade,
  ) {
    this.#exchange = exchange;
    this.#text = upgrade.protocol === "websocket" && upgrade.messages === "text";
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }

  write(chunk: Buffer): boolean {
    const { tunnel } = this;
    if (tunnel.kind === "messages") return tunnel.socket.send(chunk, !this.#text);
    return tunnel.socket.destroyed || tunnel.socket.writableEnded || tunnel.socket.write(chunk);
  }

  drained(): Promise<void> {
    const { tunnel } = this;
    const signal = this.#exchange.signal;
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        resolve();
      };
      signal.addEventListener("abort", done);
      if (signal.aborted) done();
      else if (tunnel.kind === "messages") void tunnel.socket.drained().then(done);
      else if (tunnel.socket.writableNeedDrain) tunnel.socket.once("drain", done);
      else done();
    });
  }
}
