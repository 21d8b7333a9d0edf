import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSpdy, SpdyDecoder } from "../../../src/streams/spdy/decoder.js";
import type { SpdyFrame } from "../../../src/streams/spdy/frames.js";
import * as frames from "../../../src/streams/spdy/frames.js";
import { HeaderReader, HeaderWriter, SpdyError } from "../../../src/streams/spdy/headers.js";
import { HeaderDeflater } from "./client.js";

/** Pieces of one DATA frame put together again. */
function whole(found: readonly SpdyFrame[]): unknown[] {
  const out: { type: string; stream?: number; data?: string; fin?: boolean }[] = [];
  let open = false;
  for (const frame of found) {
    if (frame.type !== "data") {
      out.push(frame as never);
      open = false;
      continue;
    }
    const last = out.at(-1);
    if (open && last?.type === "data" && last.stream === frame.stream && !last.fin) {
      last.data += frame.data.toString("hex");
      last.fin = frame.fin;
    } else {
      out.push({ type: "data", stream: frame.stream, data: frame.data.toString("hex"), fin: frame.fin });
    }
    open = true;
  }
  return out;
}

const someFrame = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 99 }), fc.uint8Array({ maxLength: 300 }), fc.boolean())
    .map(([id, data, fin]) => Buffer.concat([frames.dataHead(id, data.length, fin), data])),
  fc.integer({ min: 0, max: 0xffff_ffff }).map((id) => frames.ping(id)),
  fc.tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 0, max: 20 })).map((pair) => frames.rstStream(...pair)),
  fc
    .tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 9e8 }))
    .map((pair) => frames.windowUpdate(...pair)),
  fc.integer({ min: 0, max: 99 }).map((last) => frames.goaway(last)),
  fc.integer({ min: 0, max: 1e6 }).map((size) => frames.settings(new Map([[frames.INITIAL_WINDOW_SIZE, size]]))),
);

describe("SPDY frames", () => {
  it("are read the same however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(someFrame, { maxLength: 20 }), fc.array(fc.nat(400)), (sent, cuts) => {
        const bytes = Buffer.concat(sent);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(bytes.subarray(at));
        expect(whole(decodeSpdy(chunks))).toEqual(whole(decodeSpdy([bytes])));
      }),
    );
  });

  it("come out as they went in", () => {
    expect(
      decodeSpdy([frames.ping(7), frames.rstStream(3, 5), frames.goaway(9, 1), frames.windowUpdate(5, 100)]),
    ).toEqual([
      { type: "ping", id: 7 },
      { type: "rst_stream", stream: 3, status: 5 },
      { type: "goaway", lastStream: 9, status: 1 },
      { type: "window_update", stream: 5, delta: 100 },
    ]);
  });

  it("fail with SpdyError or not at all, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (bytes, control) => {
        const input = Buffer.from(bytes);
        // Random bytes rarely begin like a control frame.
        if (control && input.length > 8) Buffer.from([0x80, 3, 0, (input[3]! % 9) + 1, 0, 0, 0]).copy(input);
        try {
          decodeSpdy([input]);
        } catch (error) {
          expect(error).toBeInstanceOf(SpdyError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("of other versions and control frames without end are refused", () => {
    expect(() => decodeSpdy([Buffer.from([0x80, 2, 0, 6, 0, 0, 0, 4])])).toThrow(SpdyError);
    expect(() => decodeSpdy([Buffer.from([0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff])])).toThrow(SpdyError);
  });

  it("hand on data before its frame is complete", () => {
    const decoder = new SpdyDecoder();
    const head = frames.dataHead(1, 16_000_000, true);
    const [frame] = [...decoder.push(Buffer.concat([head, Buffer.from("abc")]))];
    expect(frame).toEqual({ type: "data", stream: 1, fin: false, data: Buffer.from("abc") });
  });
});

const someHeaders = fc.dictionary(
  fc.stringMatching(/^[a-z][a-z-]{0,20}$/),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  {
    maxKeys: 6,
  },
);

describe("SPDY headers", () => {
  it("are read as zlib wrote them, one block after the other", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(someHeaders, { maxLength: 30 }), async (blocks) => {
        const [deflater, reader] = [new HeaderDeflater(), new HeaderReader()];
        for (const headers of blocks) {
          expect(Object.fromEntries(reader.read(await deflater.block(headers)))).toEqual({ ...headers });
        }
      }),
      { numRuns: 50 },
    );
  });

  it("are read as they are written here", () => {
    const [writer, reader] = [new HeaderWriter(), new HeaderReader()];
    for (const headers of [new Map(), new Map([["a", "b"]]), new Map([["streamtype", "data"]])]) {
      expect(reader.read(writer.write(headers))).toEqual(headers);
    }
  });

  it("that would fill the memory are refused", async () => {
    const bomb = await new HeaderDeflater().block({ a: "x".repeat(10_000_000) });
    expect(bomb.length).toBeLessThan(20_000);
    expect(() => new HeaderReader().read(bomb)).toThrow(SpdyError);
  });
});
