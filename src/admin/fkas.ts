import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { Fleet } from "../cluster/fleet.js";
import { nameProblem } from "../cluster/names.js";
import { type ClusterSpec, managedName } from "../cluster/spec.js";
import { StartError } from "../cluster/start-error.js";
import { isInitialized } from "../machines/control-plane.js";
import { withV } from "../machines/versions.js";
import { Refusal, readNodeUpdate, readRegistration } from "./fkas-requests.js";
import { join, USER } from "./nodes.js";

/** What a management cluster keeps in the Secrets <cluster>-ca, -etcd and -sa. */
export type ClusterSecrets = Pick<ClusterSpec, "etcdCa" | "serviceAccountKey"> & Required<Pick<ClusterSpec, "ca">>;

export interface FkasOptions {
  readonly fleet: Fleet;
  readonly host: string;
  /** 3333 where rigs expect it; 0: whichever is free. */
  readonly port: number;
  /**
   * Reads the Secrets of a cluster; undefined while they are not all there. Without it clusters have CAs of their own
   * making.
   */
  readonly secrets?: (namespace: string, cluster: string) => Promise<ClusterSecrets | undefined>;
  /** For nodes that name no version: "v1.34.4". */
  readonly kubernetesVersion: string;
  readonly log: Logger;
}

/** A running registration API. */
export interface Fkas {
  readonly port: number;
  close(): Promise<void>;
}

const BODY_LIMIT = 1024 * 1024;

/**
 * The registration API of Metal3's fake API server, so that rigs made for that one can use this one. Upstream:
 * cluster-api-provider-metal3/hack/fake-apiserver/cmd/metal3-fkas/main.go. @throws StartError
 */
export async function startFkas(options: FkasOptions): Promise<Fkas> {
  const { host, port, log } = options;
  const api = new Registrations(options);
  const server = createServer((request, response) => {
    api.answer(request, response).catch((error: unknown) => {
      log.error({ err: error, url: request.url }, "a registration failed");
      plain(response, 500, "");
    });
  });
  await listen(server, host, port);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

class Registrations {
  readonly #options: FkasOptions;

  constructor(options: FkasOptions) {
    this.#options = options;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").split("?", 1)[0];
    const [method, work] =
      path === "/register"
        ? ["POST", (body: string) => this.#register(body, response)]
        : path === "/updateNode"
          ? ["PUT", (body: string) => this.#updateNode(body, response)]
          : [];
    try {
      if (work === undefined) throw new Refusal(404, "404 page not found");
      // Rigs are no browsers; a page in one could reach this machine all the same.
      if (request.headers.origin !== undefined) throw new Refusal(403, "Forbidden");
      if (request.method !== method) throw new Refusal(405, "Method not allowed");
      await work(await read(request));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#options.log.debug({ url: request.url, status: error.status }, error.message);
      plain(response, error.status, `${error.message}\n`);
    }
  }

  async #register(body: string, response: ServerResponse): Promise<void> {
    const { fleet, secrets } = this.#options;
    const { cluster, namespace } = readRegistration(body);
    const name = named(namespace, cluster);
    const spec = { name, caComesLater: secrets !== undefined };
    const made = await fleet.ensure(spec).catch((error: unknown) => {
      if (error instanceof StartError) throw new Refusal(500, `Failed to initialize listener: ${error.message}`);
      throw error;
    });
    const { host, port, serverName } = made.endpoint;
    const answer = { ResourceName: `${namespace}/${cluster}`, Host: serverName ?? host, Port: port };
    send(response, 200, { "Content-Type": "application/json" }, JSON.stringify(answer));
  }

  /** A machine has booted. The first of the control plane brings the CAs, and what kubeadm leaves in a cluster. */
  async #updateNode(body: string, response: ServerResponse): Promise<void> {
    const { fleet, kubernetesVersion } = this.#options;
    const { cluster, namespace, uuid, nodeName, providerID, labels, k8sversion, controlPlane } = readNodeUpdate(body);
    const name = named(namespace, cluster);
    if (!fleet.clusters.has(name)) throw new Refusal(500, "Workload Cluster does not exist");
    const secrets = controlPlane ? await this.#secrets(namespace, cluster, nodeName) : undefined;
    const live = fleet.cluster(name);
    const inactive = new Refusal(500, "Workload Cluster has not been activated");
    if (live.awaitsAuthority) throw inactive;
    const client = await live.localClient(USER);
    if (!controlPlane && !(await isInitialized(client))) throw inactive;
    const etcd = secrets !== undefined && secrets.etcdCa === undefined ? "external" : "stacked";
    try {
      await join(live, client, {
        name: nodeName,
        version: withV(k8sversion === "" ? kubernetesVersion : k8sversion),
        labels: { ...labels, "metal3.io/uuid": uuid },
        ...(providerID === "" ? {} : { providerID }),
        ...(controlPlane ? { controlPlane: { etcd } } : {}),
      });
    } catch (error) {
      throw new Refusal(500, `Error adding node: ${nodeName} ${(error as Error).message}`);
    }
    send(response, 200, {}, "");
  }

  async #secrets(namespace: string, cluster: string, nodeName: string): Promise<ClusterSecrets | undefined> {
    const { secrets, fleet, log } = this.#options;
    if (secrets === undefined) return undefined;
    try {
      const found = await secrets(namespace, cluster);
      if (found === undefined) throw new Error("its Secrets are not there yet");
      await fleet.ensure({ name: named(namespace, cluster), ...found });
      return found;
    } catch (error) {
      log.warn({ err: error, cluster: `${namespace}/${cluster}` }, "a node can't join");
      throw new Refusal(500, `Error adding node: ${nodeName}`);
    }
  }
}

function named(namespace: string, cluster: string): string {
  const name = managedName(namespace, cluster);
  const problem = nameProblem(name);
  if (problem !== undefined) throw new Refusal(400, problem);
  return name;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BODY_LIMIT) throw new Refusal(413, "Request Entity Too Large");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** As Go's http.Error writes it. */
function plain(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return;
  send(response, status, { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" }, text);
}

function send(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>, text: string): void {
  response.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(text) }).end(text);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      const why = taken ? `port ${port} already in use` : error.message;
      reject(new StartError(`can't listen on ${host} for registrations: ${why}`, taken ? "conflict" : "failed"));
    });
    server.listen({ host, port, exclusive: true }, resolve);
  });
}
