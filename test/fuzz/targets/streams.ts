import { constants, deflateSync } from "node:zlib";
import { SpdyDecoder } from "../../../src/streams/spdy/decoder.js";
import { HEADER_DICTIONARY } from "../../../src/streams/spdy/dictionary.js";
import * as frames from "../../../src/streams/spdy/frames.js";
import { SpdyError } from "../../../src/streams/spdy/headers.js";
import { decodeChannelMessage } from "../../../src/streams/websocket/channels.js";
import { checkSize, outcome, type Target } from "../target.js";

/** The first header block of a connection, as Go's client compresses it. */
function block(headers: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(headers);
  const length = (value: number) => {
    const out = Buffer.alloc(4);
    out.writeUInt32BE(value);
    return out;
  };
  const words = entries.flat().flatMap((word) => [length(word.length), Buffer.from(word)]);
  const text = Buffer.concat([length(entries.length), ...words]);
  return deflateSync(text, { dictionary: HEADER_DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH });
}

/** The frames with which a client begins. */
export const SPDY_FRAMES: readonly Buffer[] = [
  frames.synStream(1, block({ streamtype: "error" })),
  frames.synStream(1, block({ streamtype: "data", port: "80", requestid: "0" }), frames.FLAG_FIN),
  Buffer.concat([frames.dataHead(1, 5, true), Buffer.from("hello")]),
  frames.settings(new Map([[frames.INITIAL_WINDOW_SIZE, 65_536]])),
  Buffer.concat([frames.ping(1), frames.windowUpdate(1, 100), frames.rstStream(1, 5), frames.goaway(1)]),
];

/** Frames in pieces, of which the first byte says how large they are. */
export function spdy(): Target {
  return {
    seeds: SPDY_FRAMES.map((frame, index) => Buffer.concat([Buffer.of(index * 40), frame])),
    form: "bytes",
    run(input) {
      const size = Math.max(1, (input[0] ?? 0) * 4);
      const found: string[] = [];
      const ended = outcome([SpdyError], () => {
        const decoder = new SpdyDecoder();
        let bytes = 0;
        for (let at = 1; at < input.length; at += size) {
          for (const frame of decoder.push(input.subarray(at, at + size))) {
            if (frame.type === "data") bytes += frame.data.length;
            if (found.length < 6) found.push(frame.type);
          }
        }
        checkSize(input, bytes, 1);
        return "";
      });
      return `${found.join()} ${ended}`;
    },
  };
}

export function channels(): Target {
  return {
    seeds: ["0aGk=", "\u0000hi", Buffer.of(255, 1), Buffer.of(255), "4eyJXaWR0aCI6MX0=", ""],
    words: ["=", "==", "\n", "{}"],
    form: "bytes",
    run: (input) =>
      [true, false]
        .flatMap((base64) => [true, false].map((closes) => decodeChannelMessage(input, { base64, closes })))
        .map((message) => {
          if (message?.type !== "data") return message?.type;
          checkSize(input, message.data.length, 1);
          return `${message.channel < 5} ${message.data.length >> 6}`;
        })
        .join(),
  };
}
