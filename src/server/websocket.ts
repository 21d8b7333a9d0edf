import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import fastifyWebsocket from "@fastify/websocket";
import type { FastifyInstance } from "fastify";
import type { MessageSocket } from "../kube/tunnel.js";

/** Upstream's limit of a message: golang.org/x/net/websocket, DefaultMaxPayloadBytes. */
const MAX_MESSAGE = 32 << 20;
/** Bytes that may wait for a reader before the client is held up. */
const WAITING = 256 * 1024;

/** Makes a WebSocket of a request that asks for one. Undefined: it was no such request, and has been told. */
export type OpenWebSocket = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  subprotocol: string,
) => Promise<MessageSocket | undefined>;

/** What is used of the ws package, which has no types of its own. */
interface WebSocketServer {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (webSocket: WebSocket) => void): void;
  on(event: "headers", listener: (headers: string[], request: IncomingMessage) => void): void;
}

interface WebSocket {
  readonly readyState: number;
  on(event: "message", listener: (data: Buffer) => void): void;
  on(event: "close" | "error", listener: () => void): void;
  send(data: Buffer | string, options: { binary: boolean }): void;
  close(code: number): void;
  pause(): void;
  resume(): void;
}

const OPEN = 1;
/** Upstream has another library for these (apiserver/pkg/util/proxy/websocket.go), which answers codes with the same. */
const TUNNEL = "SPDY/";

/** Upstream's library ends with 1000 whatever the client has said, or done: golang.org/x/net/websocket, hybi.go. */
function sayGoodbyeAlike(webSocket: WebSocket): void {
  const close = webSocket.close.bind(webSocket);
  webSocket.close = () => close(1000);
}

/** Adds WebSockets to a server without giving it a say in upgrades: most of those are not for WebSockets. */
export async function webSockets(app: FastifyInstance): Promise<OpenWebSocket> {
  await app.register(fastifyWebsocket, {
    options: {
      server: new EventEmitter() as never,
      clientTracking: false,
      maxPayload: MAX_MESSAGE,
      perMessageDeflate: false,
      skipUTF8Validation: true,
    },
  });
  await app.after();
  const server = app.websocketServer as unknown as WebSocketServer;
  const subprotocols = new WeakMap<IncomingMessage, string>();
  server.on("headers", (headers, request) => {
    const subprotocol = subprotocols.get(request) ?? "";
    if (subprotocol !== "") headers.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
  });
  return (request, socket, head, subprotocol) =>
    new Promise((resolve) => {
      subprotocols.set(request, subprotocol);
      // The package refuses names with a slash, and "SPDY/3.1+portforward.k8s.io" is one.
      delete request.headers["sec-websocket-protocol"];
      const gone = () => resolve(undefined);
      socket.once("close", gone);
      server.handleUpgrade(request, socket, head, (webSocket) => {
        socket.off("close", gone);
        if (!subprotocol.startsWith(TUNNEL)) sayGoodbyeAlike(webSocket);
        resolve(new Messages(webSocket, socket));
      });
    });
}

class Messages implements MessageSocket {
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  #waiting: Buffer[] = [];
  #bytes = 0;
  #over = false;
  #wake: (() => void) | undefined;

  constructor(webSocket: WebSocket, socket: Duplex) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    webSocket.on("message", (data) => this.#receive(data));
    webSocket.on("error", () => undefined); // the close that follows tells enough
    webSocket.on("close", () => this.#end());
  }

  send(data: Buffer | string, binary: boolean): boolean {
    if (this.#webSocket.readyState !== OPEN) return true;
    this.#webSocket.send(data, { binary });
    return !this.#socket.writableNeedDrain;
  }

  drained(): Promise<void> {
    if (this.#socket.destroyed || !this.#socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#socket.off("drain", done).off("close", done);
        resolve();
      };
      this.#socket.on("drain", done).on("close", done);
    });
  }

  readonly messages: AsyncIterable<Buffer> = { [Symbol.asyncIterator]: () => this.#iterate() };

  close(code: number): void {
    this.#end();
    if (this.#webSocket.readyState !== OPEN) return;
    this.#webSocket.close(code);
    this.#webSocket.resume(); // its own goodbye is still to come
    this.#socket.end();
  }

  async *#iterate(): AsyncGenerator<Buffer> {
    for (;;) {
      const message = this.#waiting.shift();
      if (message !== undefined) {
        this.#bytes -= message.length;
        if (this.#bytes <= WAITING && !this.#over) this.#webSocket.resume();
        yield message;
      } else if (this.#over) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #receive(data: Buffer): void {
    if (this.#over) return;
    this.#waiting.push(data);
    this.#bytes += data.length;
    if (this.#bytes > WAITING) this.#webSocket.pause();
    this.#wake?.();
  }

  #end(): void {
    this.#over = true;
    this.#wake?.();
  }
}
