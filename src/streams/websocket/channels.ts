import { Duplex } from "node:stream";
import type { MessageSocket } from "../../kube/tunnel.js";

/** What may go through a channel, seen from the server. */
export type ChannelUse = "read" | "write" | "both" | "ignore";

export interface ChannelCodec {
  /** Messages are text: the channel as a digit, the data in base64. */
  readonly base64: boolean;
  /** The client ends a channel with the message [255, channel]. */
  readonly closes: boolean;
}

export const CLOSE_CHANNEL = 255;
/** Data goes out in messages of this size. */
const MESSAGE = 32 * 1024;
const READ_BUFFER = 256 * 1024;
const ZERO = 48;

/** A message of a client, taken apart. Undefined: it is passed over. */
export type ChannelMessage =
  | { readonly type: "data"; readonly channel: number; readonly data: Buffer }
  | { readonly type: "close"; readonly channel: number }
  /** The client does not speak the protocol: the connection ends. */
  | { readonly type: "fault" };

/** Upstream: apimachinery/pkg/util/httpstream/wsstream/conn.go. */
export function decodeChannelMessage(message: Buffer, codec: ChannelCodec): ChannelMessage | undefined {
  const first = message[0];
  if (first === undefined) return undefined;
  if (codec.closes && first === CLOSE_CHANNEL) {
    return message.length === 2 ? { type: "close", channel: message[1]! } : { type: "fault" };
  }
  if (!codec.base64) return { type: "data", channel: first, data: message.subarray(1) };
  const data = decodeBase64(message.subarray(1));
  return data === undefined ? undefined : { type: "data", channel: (first - ZERO) & 0xff, data };
}

export function encodeChannelMessage(channel: number, data: Buffer, codec: ChannelCodec): Buffer | string {
  if (codec.base64) return String.fromCharCode(ZERO + channel) + data.toString("base64");
  return Buffer.concat([Buffer.from([channel]), data]);
}

/** Node passes over what is no base64. */
function decodeBase64(bytes: Buffer): Buffer | undefined {
  const text = bytes.toString("latin1").replace(/[\r\n]/g, "");
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}

/** The channels of a WebSocket, each a stream of its own. */
export class Channels {
  readonly #socket: MessageSocket;
  readonly #codec: ChannelCodec;
  readonly #channels: readonly Channel[];
  readonly #touch: () => void;

  constructor(socket: MessageSocket, uses: readonly ChannelUse[], codec: ChannelCodec, touch: () => void = () => {}) {
    this.#socket = socket;
    this.#codec = codec;
    this.#touch = touch;
    this.#channels = uses.map((use, number) => new Channel(use, (data, done) => this.#send(number, data, done)));
  }

  at(number: number): Duplex {
    return this.#channels[number]!;
  }

  /** Sends a message without data, which tells the client that the connection stands. */
  greet(number: number): void {
    this.#socket.send(encodeChannelMessage(number, Buffer.alloc(0), this.#codec), !this.#codec.base64);
  }

  /** Hands out what comes in, as fast as it is read. Resolves when the client is gone. */
  async pump(): Promise<void> {
    try {
      for await (const bytes of this.#socket.messages) {
        this.#touch();
        const message = decodeChannelMessage(bytes, this.#codec);
        if (message?.type === "fault") break;
        const channel = message && this.#channels[message.channel];
        if (message?.type === "close") {
          if (channel === undefined) break;
          channel.receiveEnd();
        } else if (message && channel) {
          await channel.receive(message.data);
        }
      }
    } finally {
      for (const channel of this.#channels) channel.receiveEnd();
    }
  }

  close(): void {
    for (const channel of this.#channels) channel.destroy();
    this.#socket.close(1000);
  }

  #send(number: number, data: Buffer, done: () => void): void {
    this.#touch();
    const piece = data.subarray(0, MESSAGE);
    const rest = data.subarray(piece.length);
    const free = this.#socket.send(encodeChannelMessage(number, piece, this.#codec), !this.#codec.base64);
    const next = rest.length === 0 ? done : () => this.#send(number, rest, done);
    if (free && rest.length === 0) next();
    else void this.#socket.drained().then(next);
  }
}

class Channel extends Duplex {
  readonly #use: ChannelUse;
  readonly #sendOut: (data: Buffer, done: () => void) => void;
  #ended = false;
  #room: (() => void) | undefined;

  constructor(use: ChannelUse, sendOut: (data: Buffer, done: () => void) => void) {
    super({ allowHalfOpen: true, autoDestroy: false, readableHighWaterMark: READ_BUFFER });
    this.#use = use;
    this.#sendOut = sendOut;
    this.on("error", () => {});
  }

  /** Resolves when there is room for more. */
  async receive(data: Buffer): Promise<void> {
    if (this.#ended || this.destroyed || data.length === 0) return;
    if (this.#use !== "read" && this.#use !== "both") return;
    if (this.push(data)) return;
    await new Promise<void>((resolve) => {
      this.#room = resolve;
    });
  }

  receiveEnd(): void {
    if (this.#ended || this.destroyed) return;
    this.#ended = true;
    this.push(null);
  }

  override _read(): void {
    this.#room?.();
    this.#room = undefined;
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    if (this.#use === "write" || this.#use === "both") this.#sendOut(chunk, callback);
    else callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this._read();
    callback(error);
  }
}
