import { once } from "node:events";
import { createServer } from "node:net";
import { connect as tlsConnect } from "node:tls";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { MAX_HELLO, readClientHello } from "../../src/server/client-hello.js";

/** What Node's client sends first. */
async function captured(servername: string, more = {}): Promise<Buffer> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const client = tlsConnect({ host: "127.0.0.1", port, servername, ...more });
  client.on("error", () => {});
  const [socket] = await once(server, "connection");
  const [bytes] = await once(socket, "data");
  client.destroy();
  server.close();
  return bytes as Buffer;
}

let hello: Buffer = Buffer.alloc(0);
beforeAll(async () => {
  hello = await captured("Cluster-7.Fleet.test", { ALPNProtocols: ["h2", "http/1.1"] });
});

/** The message of one record, split over records of the given sizes. */
function fragmented(bytes: Buffer, size: number): Buffer {
  const message = bytes.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.of(22, 3, 1, part.length >> 8, part.length & 0xff), part);
  }
  return Buffer.concat(records);
}

describe("readClientHello", () => {
  it("finds the name, in lower case", () => {
    expect(readClientHello(hello)).toEqual({ kind: "hello", serverName: "cluster-7.fleet.test" });
  });

  it("finds none where none was sent", async () => {
    expect(readClientHello(await captured(""))).toEqual({ kind: "hello", serverName: undefined });
  });

  it("waits for the rest of every beginning", () => {
    for (let length = 0; length < hello.length; length++) {
      expect(readClientHello(hello.subarray(0, length))).toEqual({ kind: "incomplete" });
    }
  });

  it("does not mind records of any size, nor bytes that follow", () => {
    for (const size of [1, 7, 100, 16_384]) {
      const bytes = Buffer.concat([fragmented(hello, size), Buffer.from("early data")]);
      expect(readClientHello(bytes)).toEqual({ kind: "hello", serverName: "cluster-7.fleet.test" });
    }
  });

  it("refuses what is no ClientHello", () => {
    for (const text of ["GET / HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n"]) {
      expect(readClientHello(Buffer.from(text))).toEqual({ kind: "invalid" });
    }
    const serverHello = Buffer.from(hello);
    serverHello[5] = 2;
    expect(readClientHello(serverHello)).toEqual({ kind: "invalid" });
  });

  it("gives up where the bound is reached", () => {
    const endless = Buffer.concat([Buffer.of(22, 3, 1, 64, 0, 1, 0, 127, 255), Buffer.alloc(16_380)]);
    expect(readClientHello(endless)).toEqual({ kind: "incomplete" });
    const more = Buffer.concat([endless, Buffer.of(22, 3, 1, 64, 0), Buffer.alloc(16_384)]);
    expect(more.length).toBeGreaterThan(MAX_HELLO);
    expect(readClientHello(more)).toEqual({ kind: "invalid" });
    expect(readClientHello(Buffer.of(22, 3, 1, 64, 0, 1, 255, 255, 255))).toEqual({ kind: "invalid" });
  });

  it("never throws, whatever is changed", () => {
    fc.assert(
      fc.property(fc.nat({ max: 4000 }), fc.uint8Array({ maxLength: 8 }), fc.nat({ max: 4000 }), (at, bytes, cut) => {
        const changed = Buffer.from(hello);
        changed.set(bytes.subarray(0, Math.max(0, changed.length - at)), Math.min(at, changed.length));
        expect(["hello", "invalid", "incomplete"]).toContain(readClientHello(changed.subarray(0, cut)).kind);
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readClientHello(Buffer.from(bytes))));
  });
});
