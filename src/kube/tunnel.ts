import type { Duplex } from "node:stream";

/** How a connection leaves HTTP: for WebSocket messages, or for bytes whose meaning is the answer's own business. */
export type Upgrade =
  | {
      readonly protocol: "websocket";
      /** Said to the client; "" for none. */
      readonly subprotocol: string;
      /** What `StreamSink.write` sends: each piece as one message. Default "binary". */
      readonly messages?: "text" | "binary";
    }
  /** Nothing is sent on the answer's behalf, not even a status line. */
  | { readonly protocol: "raw" };

/** A connection that has left HTTP. */
export type Tunnel =
  | { readonly kind: "bytes"; readonly socket: Duplex }
  | { readonly kind: "messages"; readonly socket: MessageSocket };

/** The server's end of a WebSocket. */
export interface MessageSocket {
  /** Hands over a message; false means full: wait for {@link drained} before the next. Nothing happens once closed. */
  send(data: Buffer | string, binary: boolean): boolean;
  /** Resolves when there is room, or never will be. */
  drained(): Promise<void>;
  /** What comes in, as fast as it is asked for. Ends when the client has closed or is gone. To be iterated once. */
  readonly messages: AsyncIterable<Buffer>;
  /** Says goodbye; what was sent before still arrives. */
  close(code: number): void;
}
