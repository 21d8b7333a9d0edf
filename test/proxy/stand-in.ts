import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Cluster } from "../../src/cluster/cluster.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import type { ProxyWay } from "../../src/cluster/spec.js";
import { CertificateAuthority, type KeyPair } from "../../src/pki/authority.js";
import { RealServers } from "../../src/proxy/real-servers.js";
import { silent, testFleet } from "../server/support.js";

export type Asked = IncomingMessage | Http2ServerRequest;
export type Answering = ServerResponse | Http2ServerResponse;

/** What a stand-in was asked. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly version: string;
  /** Names in lower case, values as they came. */
  readonly headers: readonly (readonly [string, string])[];
  /** The common name of the client's certificate. */
  readonly certificate: string | undefined;
}

/** How we ask for a server's health, at times of our own. */
const PROBE = "/readyz?verbose";

/** A server in a real one's place, which takes clients of the front proxy's CA and of the cluster's. */
export class StandIn {
  readonly clusterCa = CertificateAuthority.create(Date.now());
  readonly proxyCa = CertificateAuthority.create(Date.now(), "front-proxy-ca");
  readonly frontProxy: KeyPair = this.proxyCa.issueClient(Date.now(), { commonName: "front-proxy-client" });
  readonly seen: Seen[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Http2SecureServer;
  handle: (request: Asked, response: Answering) => void = (_request, response) =>
    (response as ServerResponse).end("{}");
  onUpgrade: (request: IncomingMessage, socket: Duplex) => void = (_request, socket) => socket.destroy();

  constructor() {
    const { certificate: cert, key } = this.clusterCa.issueServing(Date.now(), ["localhost", "127.0.0.1"]);
    const ca = [this.clusterCa.certificate, this.proxyCa.certificate];
    this.#server = createSecureServer({
      cert,
      key,
      ca,
      requestCert: true,
      rejectUnauthorized: false,
      allowHTTP1: true,
    });
    this.#server.on("request", (request: Asked, response: Answering) => {
      if (request.url === PROBE) return (response as ServerResponse).end("ok");
      this.#see(request);
      return this.handle(request, response);
    });
    this.#server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
      this.#see(request);
      this.handle(request, response);
    });
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
      this.#see(request);
      this.onUpgrade(request, socket);
    });
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined).once("close", () => this.#sockets.delete(socket));
    });
  }

  /** Before it was killed. */
  lastPort = 0;

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async listen(port = 0): Promise<this> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    this.lastPort = this.port;
    return this;
  }

  /** As if it were killed. */
  async kill(): Promise<void> {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #see(request: Asked): void {
    const { method = "", url = "", httpVersion: version, rawHeaders } = request;
    const headers: [string, string][] = [];
    for (let at = 0; at < rawHeaders.length; at += 2)
      headers.push([rawHeaders[at]!.toLowerCase(), rawHeaders[at + 1]!]);
    const socket = ("stream" in request ? request.stream.session?.socket : request.socket) as TLSSocket;
    const certificate = socket.getPeerCertificate()?.subject?.CN as string | undefined;
    this.seen.push({ method, url, version, headers, certificate });
  }
}

export function valuesOf({ headers }: Seen, name: string): string[] {
  return headers.filter(([key]) => key === name).map(([, value]) => value);
}

/** A fleet with one cluster that the stand-in is behind. */
export async function fleetOn(standIn: StandIn, proxy: ProxyWay): Promise<{ fleet: Fleet; cluster: Cluster }> {
  const reals = new RealServers({
    binary: () => Promise.reject(new Error("no binary")),
    settings: {
      preset: "plain",
      serviceCidr: "10.0.0.0/16",
      authorizationMode: "RBAC",
      enabledAdmission: [],
      disabledAdmission: [],
    },
    serviceIp: "10.0.0.1",
    hosts: () => [],
    dir: () => "/nonexistent",
    now: Date.now,
    log: silent,
  });
  const fleet = await testFleet(undefined, { clusters: 0 }, { createBackend: reals.create, reals });
  const { clusterCa, frontProxy, port } = standIn;
  const runtime = {
    type: "external",
    server: `https://127.0.0.1:${port}`,
    ca: clusterCa.certificate,
    client: clusterCa.issueClient(Date.now(), { commonName: "admin", organizations: ["system:masters"] }),
    frontProxy,
  } as const;
  const cluster = await fleet.create({ ca: clusterCa.pair, backend: { type: "passthrough", proxy, runtime } });
  return { fleet, cluster };
}
