/** SPDY/3.1's frames, as far as remote commands and port-forwarding use them. */

/** Names in lower case. Several values of one name are joined by a zero byte. */
export type SpdyHeaders = ReadonlyMap<string, string>;

export type SpdyFrame =
  /** A piece of a DATA frame as it came in; `fin` with the last one only. */
  | { readonly type: "data"; readonly stream: number; readonly fin: boolean; readonly data: Buffer }
  | {
      readonly type: "syn_stream";
      readonly stream: number;
      readonly priority: number;
      readonly fin: boolean;
      readonly unidirectional: boolean;
      readonly headers: SpdyHeaders;
    }
  | { readonly type: "syn_reply"; readonly stream: number; readonly fin: boolean; readonly headers: SpdyHeaders }
  | { readonly type: "headers"; readonly stream: number; readonly fin: boolean; readonly headers: SpdyHeaders }
  | { readonly type: "rst_stream"; readonly stream: number; readonly status: number }
  | { readonly type: "settings"; readonly values: ReadonlyMap<number, number> }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "goaway"; readonly lastStream: number; readonly status: number }
  | { readonly type: "window_update"; readonly stream: number; readonly delta: number };

export const VERSION = 3;

/** Control frames by number. */
export const CONTROL = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export const FLAG_FIN = 1;
export const FLAG_UNIDIRECTIONAL = 2;

/** Statuses of RST_STREAM. */
export const RST = { protocolError: 1, invalidStream: 2, refusedStream: 3, cancel: 5, flowControl: 7 } as const;

/** SETTINGS entry: how much may be sent on a stream before its first WINDOW_UPDATE. */
export const INITIAL_WINDOW_SIZE = 7;
/** Its value where nothing is said. */
export const DEFAULT_WINDOW = 65_536;

export function dataHead(stream: number, length: number, fin: boolean): Buffer {
  const head = Buffer.allocUnsafe(8);
  head.writeUInt32BE(stream, 0);
  head.writeUInt32BE(length, 4);
  head[4] = fin ? FLAG_FIN : 0;
  return head;
}

export function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(8 + payload.length);
  frame.writeUInt16BE(0x8000 | VERSION, 0);
  frame.writeUInt16BE(type, 2);
  frame.writeUInt32BE(payload.length, 4);
  frame[4] = flags;
  payload.copy(frame, 8);
  return frame;
}

/** `block`: the compressed headers. */
export function synStream(stream: number, block: Buffer, flags = 0): Buffer {
  return controlFrame(CONTROL.synStream, flags, Buffer.concat([words(stream, 0), Buffer.alloc(2), block]));
}

export function synReply(stream: number, block: Buffer, fin = false): Buffer {
  return controlFrame(CONTROL.synReply, fin ? FLAG_FIN : 0, Buffer.concat([words(stream), block]));
}

export function rstStream(stream: number, status: number): Buffer {
  return controlFrame(CONTROL.rstStream, 0, words(stream, status));
}

export function ping(id: number): Buffer {
  return controlFrame(CONTROL.ping, 0, words(id));
}

export function goaway(lastStream: number, status = 0): Buffer {
  return controlFrame(CONTROL.goaway, 0, words(lastStream, status));
}

export function windowUpdate(stream: number, delta: number): Buffer {
  return controlFrame(CONTROL.windowUpdate, 0, words(stream, delta));
}

export function settings(values: ReadonlyMap<number, number>): Buffer {
  const entries = [...values].flat();
  return controlFrame(CONTROL.settings, 0, words(values.size, ...entries));
}

function words(...values: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(4 * values.length);
  for (const [index, value] of values.entries()) out.writeUInt32BE(value >>> 0, 4 * index);
  return out;
}
