import { Duplex } from "node:stream";
import { WebSocket } from "ws";
import type { Connection } from "./connection.js";

/** A port of a pod. */
export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** The oldest of the protocols, which every version of a kubelet and its runtime speaks. */
const PROTOCOL = "v4.channel.k8s.io";
const DATA = 0;
const ERRORS = 1;
/** Each channel begins with the port's number. */
const HEAD = 2;
const CONNECT_MS = 10_000;
/** Both sides find out when the other is gone without a word. */
const PING_MS = 30_000;

/**
 * A connection to a port of a pod, through the API server of its cluster; upstream:
 * kubelet/pkg/cri/streaming/portforward/websocket.go. It can be written to at once, and emits "connect" when the API
 * server has taken it. Neither side can end its half alone: an end is the end of both.
 */
export function portForward(connection: Connection, target: PodPort): Duplex {
  return new ForwardedPort(connection, target);
}

class ForwardedPort extends Duplex {
  readonly #socket: WebSocket;
  readonly #target: PodPort;
  readonly #pings: NodeJS.Timeout;
  #alive = true;
  #waiting: (() => void) | undefined;
  /** Bytes of each channel's beginning that are still to come. */
  readonly #heads = [HEAD, HEAD];
  #told = "";

  constructor({ server, tls, authorization }: Connection, target: PodPort) {
    super({ allowHalfOpen: false });
    this.#target = target;
    const { namespace, pod, port } = target;
    const path = `${server.pathname.replace(/\/$/, "")}/api/v1/namespaces/${namespace}/pods/${pod}/portforward`;
    const credential = authorization();
    this.#socket = new WebSocket(
      `${server.protocol === "https:" ? "wss" : "ws"}://${server.host}${path}?ports=${port}`,
      [PROTOCOL],
      {
        ...tls,
        headers: { "user-agent": "fake-apiserver", ...(credential === undefined ? {} : { authorization: credential }) },
        handshakeTimeout: CONNECT_MS,
        perMessageDeflate: false,
      },
    );
    this.#pings = setInterval(() => this.#ping(), PING_MS).unref();
    this.#socket.on("open", () => this.#opened());
    this.#socket.on("message", (message: Buffer) => this.#take(message));
    this.#socket.on("pong", () => {
      this.#alive = true;
    });
    this.#socket.on("unexpected-response", (_request, response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        if (text.length < 4096) text += chunk.toString();
      });
      response.on("end", () => this.destroy(this.#failure(reasonOf(text) ?? `answered with ${response.statusCode}`)));
    });
    this.#socket.on("error", ({ message }) => this.destroy(this.#failure(message)));
    this.#socket.on("close", () => this.#closed());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    const send = () => {
      const message = Buffer.allocUnsafe(chunk.length + 1);
      message[0] = DATA;
      chunk.copy(message, 1);
      this.#socket.send(message, (error) => callback(error ?? null));
    };
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#waiting = send;
    else send();
  }

  override _final(callback: () => void): void {
    this.#socket.close();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearInterval(this.#pings);
    this.#socket.terminate();
    callback(error);
  }

  #opened(): void {
    this.emit("connect");
    this.#waiting?.();
    this.#waiting = undefined;
  }

  #take(message: Buffer): void {
    const channel = message[0] ?? DATA;
    if (channel > ERRORS) return;
    const head = Math.min(this.#heads[channel]!, message.length - 1);
    this.#heads[channel]! -= head;
    const content = message.subarray(1 + head);
    if (content.length === 0) return;
    if (channel === ERRORS) {
      this.#told += content.toString();
      this.destroy(this.#failure(this.#told.trim()));
    } else if (!this.push(content)) this.#socket.pause();
  }

  #closed(): void {
    if (this.destroyed) return;
    if (this.#heads[DATA]! > 0) this.destroy(this.#failure("the connection was closed"));
    else this.push(null);
  }

  #ping(): void {
    if (!this.#alive) this.destroy(this.#failure("the connection has gone silent"));
    else if (this.#socket.readyState === WebSocket.OPEN) {
      this.#alive = false;
      this.#socket.ping();
    }
  }

  #failure(why: string): Error {
    const { namespace, pod, port } = this.#target;
    return new Error(`port ${port} of pod ${namespace}/${pod}: ${why}`);
  }
}

/** What a Status says. */
function reasonOf(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
