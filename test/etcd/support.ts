import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Duplex } from "node:stream";
import pino from "pino";
import type { Fleet } from "../../src/cluster/fleet.js";
import { startEmulatedFleet } from "../../src/compose.js";
import { EtcdListener } from "../../src/etcd/listener.js";
import { frameOf } from "../../src/etcd/rpc/frame.js";
import type { Fields, Given, Message, ValueOf } from "../../src/etcd/wire/message.js";
import type { KubeObject } from "../../src/kube/json.js";
import type { LocalClient } from "../../src/kube/local-client.js";
import type { CertificateAuthority } from "../../src/pki/authority.js";

export const PODS = "/api/v1/namespaces/kube-system/pods";
export const SYSTEM = "/api/v1/namespaces/kube-system";

/** An etcd pod as its kubelet would tell of it. */
export function etcdPod(node: string, part: { phase?: string; annotations?: Record<string, string>; made?: string }) {
  const { phase = "Running", annotations = {}, made = "2024-01-01T00:00:00Z" } = part;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `etcd-${node}`,
      namespace: "kube-system",
      labels: { component: "etcd" },
      annotations,
      creationTimestamp: made,
    },
    spec: { nodeName: node, containers: [{ name: "etcd", image: "registry.k8s.io/etcd:3.6.5-0" }] },
    status: { phase, podIP: `192.0.2.${node.charCodeAt(node.length - 1)}` },
  } satisfies KubeObject;
}

/** A cluster whose etcd members are reached on ports of this machine. */
export class Rig {
  readonly #servers: Server[] = [];
  readonly #sessions: ClientHttp2Session[] = [];
  readonly #stop = new AbortController();
  /** How many connections are being served. */
  serving = 0;

  private constructor(
    readonly fleet: Fleet,
    readonly api: LocalClient,
    readonly authority: CertificateAuthority,
  ) {}

  static async start(...nodes: readonly string[]): Promise<Rig> {
    const fleet = await startEmulatedFleet({ clusters: 1, basePort: 0, log: pino({ level: "silent" }) });
    const cluster = fleet.cluster("cluster-1");
    const rig = new Rig(fleet, await cluster.localClient("test"), await cluster.etcdAuthority());
    for (const node of nodes) await rig.add(node);
    return rig;
  }

  async add(node: string): Promise<void> {
    const pod = etcdPod(node, {});
    await this.api.create(PODS, pod);
    await this.api.patch(`${PODS}/etcd-${node}/status`, "merge", { status: pod.status });
  }

  async annotate(node: string, annotations: Record<string, string | null>): Promise<void> {
    await this.api.patch(`${PODS}/etcd-${node}`, "merge", { metadata: { annotations } });
  }

  /** The port on which a member is reached. */
  async listen(node: string): Promise<number> {
    const listener = new EtcdListener(Date.now);
    const cluster = this.fleet.cluster("cluster-1");
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => undefined);
      this.serving++;
      void listener
        .serve(cluster, { name: node, address: "192.0.2.1" }, tunnelled(socket), this.#stop.signal)
        .finally(() => this.serving--);
    });
    this.#servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  async session(node: string, authority = this.authority): Promise<ClientHttp2Session> {
    const { certificate, key } = authority.issueClient(Date.now(), { commonName: "cluster-api.x-k8s.io" });
    const ca = this.authority.certificate;
    const session = connect(`https://127.0.0.1:${await this.listen(node)}`, { ca, cert: certificate, key });
    session.on("error", () => undefined);
    this.#sessions.push(session);
    return session;
  }

  async client(node: string): Promise<Caller> {
    return new Caller(await this.session(node));
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    for (const server of this.#servers) server.close();
    this.#stop.abort();
    await this.fleet.close();
  }
}

/** A stream that TLS can't take the handle of, as those of port-forward are. */
function tunnelled(socket: Socket): Duplex {
  const stream = Duplex.from({ readable: socket, writable: socket });
  return stream.on("error", () => undefined);
}

export interface Outcome {
  readonly code: number;
  readonly message: string;
  readonly body: Buffer;
}

/** Makes unary calls. */
export class Caller {
  constructor(readonly session: ClientHttp2Session) {}

  /** Sends these bytes as they are. */
  async raw(path: string, bytes: Uint8Array, headers: Record<string, string> = {}): Promise<Outcome> {
    const type = { "content-type": "application/grpc", te: "trailers" };
    const stream = this.session.request({ ":method": "POST", ":path": path, ...type, ...headers });
    stream.end(bytes);
    let status: Record<string, unknown> = {};
    stream.on("response", (head) => {
      status = { ...status, ...head };
    });
    stream.on("trailers", (trailers) => {
      status = { ...status, ...trailers };
    });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const message = decodeURIComponent(String(status["grpc-message"] ?? ""));
    return { code: Number(status["grpc-status"] ?? -1), message, body: Buffer.concat(chunks).subarray(5) };
  }

  /** @throws Error "<code> <message>" */
  async call<Q extends Fields, A extends Fields>(
    path: string,
    request: Message<Q>,
    response: Message<A>,
    value: Given<Q>,
  ): Promise<ValueOf<A>> {
    const { code, message, body } = await this.raw(`/etcdserverpb.${path}`, frameOf(request.encode(value)));
    if (code !== 0) throw new Error(`${code} ${message}`);
    return response.decode(body);
  }
}
