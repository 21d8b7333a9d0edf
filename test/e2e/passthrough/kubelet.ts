import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { CertificateAuthority } from "../../../src/pki/authority.js";

const PROTOCOL = "v4.channel.k8s.io";

/** As much of a kubelet as forwards ports over WebSockets: what comes goes back. */
export class Kubelet {
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => PROTOCOL });
  /** Paths and protocols. */
  readonly asked: string[] = [];

  private constructor() {
    const pair = CertificateAuthority.create(Date.now()).issueServing(Date.now(), ["127.0.0.1"]);
    this.#server = createServer({ cert: pair.certificate, key: pair.key });
    this.#server.on("upgrade", (request, socket, head) => {
      this.asked.push(`${request.url} ${request.headers["sec-websocket-protocol"]}`);
      this.#sockets.handleUpgrade(request, socket, head, (client: WebSocket) => {
        const port = Buffer.alloc(2);
        port.writeUInt16LE(Number(new URL(request.url ?? "", "https://kubelet").searchParams.get("port")));
        for (const channel of [0, 1]) client.send(Buffer.concat([Buffer.of(channel), port]));
        client.on("message", (message) => client.send(message));
      });
    });
  }

  static async start(): Promise<Kubelet> {
    const kubelet = new Kubelet();
    kubelet.#server.listen(0, "127.0.0.1");
    await once(kubelet.#server, "listening");
    return kubelet;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
