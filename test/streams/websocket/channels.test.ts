import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Channels, decodeChannelMessage, encodeChannelMessage } from "../../../src/streams/websocket/channels.js";
import { messageBytes } from "../../../src/streams/websocket/message-bytes.js";
import { FakeSocket } from "./fake-socket.js";

const BINARY = { base64: false, closes: false };
const V5 = { base64: false, closes: true };
const BASE64 = { base64: true, closes: false };

describe("channel messages", () => {
  it("come out as they went in", () => {
    fc.assert(
      fc.property(fc.nat(9), fc.uint8Array(), fc.boolean(), (channel, data, base64) => {
        const codec = { base64, closes: false };
        const message = Buffer.from(encodeChannelMessage(channel, Buffer.from(data), codec) as string);
        const decoded = decodeChannelMessage(message, codec);
        expect(decoded).toEqual({ type: "data", channel, data: Buffer.from(data) });
      }),
    );
  });

  it("are never more than a message or nothing, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom(BINARY, V5, BASE64), (bytes, codec) => {
        const decoded = decodeChannelMessage(Buffer.from(bytes), codec);
        if (decoded?.type === "data") expect(decoded.data.length).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  it("close a channel in v5 only", () => {
    expect(decodeChannelMessage(Buffer.from([255, 0]), V5)).toEqual({ type: "close", channel: 0 });
    expect(decodeChannelMessage(Buffer.from([255, 0, 1]), V5)).toEqual({ type: "fault" });
    expect(decodeChannelMessage(Buffer.from([255, 0]), BINARY)).toMatchObject({ type: "data", channel: 255 });
  });

  it("in base64 that is none are passed over", () => {
    expect(decodeChannelMessage(Buffer.from("0a#b="), BASE64)).toBeUndefined();
    expect(decodeChannelMessage(Buffer.from("0"), BASE64)).toEqual({ type: "data", channel: 0, data: Buffer.alloc(0) });
  });
});

describe("channels", () => {
  it("hold up the client when nobody reads, and go on when somebody does", async () => {
    const socket = new FakeSocket();
    const channels = new Channels(socket, ["read"], BINARY);
    const pumped = channels.pump();
    const piece = Buffer.concat([Buffer.from([0]), Buffer.alloc(100_000, 1)]);
    for (let index = 0; index < 50; index++) socket.bring(piece);
    socket.bringEnd();
    await new Promise((resolve) => setImmediate(resolve));
    expect(socket.waiting).toBeGreaterThan(40);
    let bytes = 0;
    for await (const chunk of channels.at(0)) bytes += (chunk as Buffer).length;
    await pumped;
    expect(bytes).toBe(5_000_000);
  });

  it("wait for a client that does not read", async () => {
    const socket = new FakeSocket({ full: true });
    const channels = new Channels(socket, ["write"], BINARY);
    let written = false;
    channels.at(0).write(Buffer.alloc(200_000), () => {
      written = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([written, socket.sent.length]).toEqual([false, 1]);
    socket.drain();
    await new Promise<void>((resolve) => channels.at(0).end(resolve));
    expect(Buffer.concat(socket.sent).length).toBe(200_000 + socket.sent.length);
  });

  it("drop what is for none of them", async () => {
    const socket = new FakeSocket();
    const channels = new Channels(socket, ["ignore", "read"], V5);
    for (const message of [[0, 1], [9, 1], [], [1, 65], [255, 1], [1, 66]]) socket.bring(Buffer.from(message));
    socket.bringEnd();
    await channels.pump();
    expect(String(channels.at(1).read())).toBe("A");
  });
});

describe("bytes in messages", () => {
  it("are one stream in both directions", async () => {
    const socket = new FakeSocket();
    const bytes = messageBytes(socket);
    for (const word of ["ab", "", "cd"]) socket.bring(Buffer.from(word));
    socket.bringEnd();
    const read: Buffer[] = [];
    for await (const chunk of bytes.iterator({ destroyOnReturn: false })) read.push(chunk as Buffer);
    expect(Buffer.concat(read).toString()).toBe("abcd");
    const other = messageBytes(new FakeSocket());
    other.end("xyz");
    await new Promise((resolve) => other.once("finish", resolve));
    expect(other.writableFinished).toBe(true);
  });
});
