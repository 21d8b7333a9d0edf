import { once } from "node:events";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { KubeClient } from "../../../src/client/client.js";
import { type Connection, parseKubeconfig } from "../../../src/client/connection.js";
import type { Fleet } from "../../../src/cluster/fleet.js";
import { startEmulatedFleet } from "../../../src/compose.js";
import { objectAt, stringAt } from "../../../src/kube/access.js";
import type { JsonObject, KubeObject } from "../../../src/kube/json.js";
import type { StreamHooks } from "../../../src/streams/hooks.js";
import { silent } from "../../server/support.js";

export const NAMESPACE = "servers";
const CORE = `/api/v1/namespaces/${NAMESPACE}`;
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;

/**
 * A backing cluster without nodes: what its controllers and kubelets would do is done here. A Deployment gets a pod,
 * and a server on this machine that has what the Secrets say; the pod's port leads there.
 */
export class BackingStandIn {
  readonly #servers = new Map<string, { readonly server: Http2SecureServer; readonly config: string }>();
  readonly #stopping = new AbortController();
  readonly #relay: Relay;
  #following: Promise<void> = Promise.resolve();
  /** What becomes of pods; undefined: they run. */
  podStatus: JsonObject | undefined;

  private constructor(
    readonly fleet: Fleet,
    readonly admin: KubeClient,
    readonly connection: Connection,
    relay: Relay,
  ) {
    this.#relay = relay;
  }

  static async start(): Promise<BackingStandIn> {
    let standIn: BackingStandIn | undefined;
    const streams: StreamHooks = {
      serves: () => true,
      portForward: ({ pod, connection }) => standIn?.forward(pod, connection),
    };
    const fleet = await startEmulatedFleet({ clusters: 1, basePort: 0, log: silent, streams: [streams] });
    const direct = parseKubeconfig(await fleet.kubeconfig("cluster-1"));
    const relay = await Relay.start(Number(direct.server.port));
    const connection = { ...direct, server: new URL(`https://127.0.0.1:${relay.port}`) };
    const admin = new KubeClient(direct);
    standIn = new BackingStandIn(fleet, admin, connection, relay);
    await admin.create("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: NAMESPACE },
    });
    standIn.#following = standIn.#follow();
    return standIn;
  }

  /** Nobody else gets to its API any more, until {@link mend}. */
  break(): Promise<void> {
    return this.#relay.stop();
  }

  mend(): Promise<void> {
    return this.#relay.listen();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#following;
    for (const { server } of this.#servers.values()) server.close();
    await this.#relay.stop();
    this.admin.close();
    await this.fleet.close();
  }

  async list(resource: "secrets" | "services" | "deployments" | "pods"): Promise<readonly KubeObject[]> {
    return (await this.admin.list(resource === "deployments" ? DEPLOYMENTS : `${CORE}/${resource}`)).items;
  }

  deployment(name: string): Promise<KubeObject | undefined> {
    return this.admin.find(`${DEPLOYMENTS}/${name}`);
  }

  async deleteDeployment(name: string): Promise<void> {
    await this.admin.delete(`${DEPLOYMENTS}/${name}`);
  }

  /** Looks at every Deployment again. */
  async refresh(): Promise<void> {
    for (const deployment of await this.list("deployments")) await this.#run(deployment);
  }

  private forward(pod: KubeObject, connection: NodeJS.ReadWriteStream): Promise<void> {
    const server = this.#servers.get(stringAt(pod, "metadata", "labels", "app.kubernetes.io/instance"))?.server;
    if (server === undefined) throw new Error("nobody listens");
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    connection.pipe(socket).pipe(connection);
    return once(
      socket.on("error", () => undefined),
      "close",
    ).then(() => undefined);
  }

  async #follow(): Promise<void> {
    const { version, items } = await this.admin.list(DEPLOYMENTS);
    for (const item of items) await this.#run(item);
    try {
      for await (const { type, object } of this.admin.watch(DEPLOYMENTS, version, this.#stopping.signal)) {
        if (type === "DELETED") await this.#end(object);
        else if (type !== "BOOKMARK") await this.#run(object);
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted) throw error;
    }
  }

  async #run(deployment: KubeObject): Promise<void> {
    const { name = "", generation } = deployment.metadata;
    const template = objectAt(deployment, "spec", "template")!;
    const config = stringAt(template, "metadata", "annotations", "fake-apiserver/config");
    if (this.#servers.get(name)?.config !== config) await this.#serve(name, config);
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { ...objectAt(template, "metadata"), name: `${name}-0` } };
    if ((await this.admin.find(`${CORE}/pods/${name}-0`)) === undefined) {
      await this.admin.create(`${CORE}/pods`, { ...pod, spec: objectAt(template, "spec")! });
    }
    const running = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
    await this.admin.patch(`${CORE}/pods/${name}-0/status`, { status: this.podStatus ?? running });
    const status = this.podStatus === undefined ? "True" : "False";
    const conditions = [{ type: "Available", status, reason: "StandIn", message: "as told" }];
    await this.admin.patch(`${DEPLOYMENTS}/${name}/status`, {
      status: { observedGeneration: generation!, conditions },
    });
  }

  async #end({ metadata: { name = "" } }: KubeObject): Promise<void> {
    this.#servers.get(name)?.server.close();
    this.#servers.delete(name);
    await this.admin.delete(`${CORE}/pods/${name}-0`).catch(() => undefined);
  }

  /** A server that tells who asked, and what. */
  async #serve(name: string, config: string): Promise<void> {
    this.#servers.get(name)?.server.close();
    const { data } = (await this.admin.get(`${CORE}/secrets/${name}-pki`)) as KubeObject & {
      data: Record<string, string>;
    };
    const file = (called: string) => Buffer.from(data[called] ?? "", "base64").toString();
    const server = createSecureServer({
      ...{ cert: file("apiserver.crt"), key: file("apiserver.key") },
      ca: [file("ca.crt"), file("front-proxy-ca.crt")],
      ...{ requestCert: true, rejectUnauthorized: false, allowHTTP1: true },
    });
    server.on("request", (request, response) => {
      const socket = (request.stream?.session?.socket ?? request.socket) as TLSSocket;
      const certificate = (socket.getPeerCertificate()?.subject?.CN as string | undefined) ?? null;
      const user = request.headers["x-remote-user"] ?? null;
      response.end(request.url.startsWith("/readyz") ? "ok" : JSON.stringify({ url: request.url, user, certificate }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#servers.set(name, { server, config });
  }
}

/** A way to a port that can be closed, and opened again at the same place. */
class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  port = 0;

  private constructor(target: number) {
    this.#server = createServer((socket) => {
      const onward = connect(target, "127.0.0.1");
      for (const each of [socket, onward]) {
        this.#sockets.add(each);
        each
          .on("error", () => undefined)
          .once("close", () => {
            this.#sockets.delete(each);
            socket.destroy();
            onward.destroy();
          });
      }
      socket.pipe(onward).pipe(socket);
    });
  }

  static async start(target: number): Promise<Relay> {
    const relay = new Relay(target);
    await relay.listen();
    return relay;
  }

  async listen(): Promise<void> {
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
