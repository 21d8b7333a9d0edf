import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { receiveMessages } from "./receive.js";

/** A frame as clients send it, masked by zeroes. */
function frame(opcode: number, data: Buffer, fin = true): Buffer {
  const head = data.length < 126 ? Buffer.of(0x80 | data.length) : Buffer.of(0xfe, data.length >> 8, data.length & 255);
  return Buffer.concat([Buffer.of((fin ? 0x80 : 0) | opcode), head, Buffer.alloc(4), data]);
}

describe("WebSocket frames", () => {
  it("are the same messages however the bytes are cut", async () => {
    const data = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(fc.array(data, { maxLength: 8 }), fc.array(fc.nat(200)), async (sent, cuts) => {
        const bytes = Buffer.concat(sent.map((each) => frame(2, each)));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(bytes.subarray(at));
        const { messages, error } = await receiveMessages(chunks);
        expect([messages.map(String), error]).toEqual([sent.map(String), undefined]);
      }),
    );
  });

  it("are messages or an error, whatever the bytes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes))),
        async (chunks) => {
          const { messages } = await receiveMessages(chunks);
          const size = (parts: readonly Buffer[]) => parts.reduce((sum, part) => sum + part.length, 0);
          expect(size(messages)).toBeLessThanOrEqual(size(chunks));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("without a mask, or endless, are refused", async () => {
    const unmasked = await receiveMessages([Buffer.from([0x81, 1, 65])]);
    expect(unmasked.error?.message).toContain("MASK");
    const endless = await receiveMessages([Buffer.from([0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])]);
    expect(endless.error).toBeDefined();
  });
});
