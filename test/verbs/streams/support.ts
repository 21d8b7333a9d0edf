import type { TLSSocket } from "node:tls";
import { parse } from "yaml";
import { type FakeApiserver, type FakeApiserverOptions, startFakeApiserver } from "../../../src/embed.js";
import type { Kubeconfig } from "../../../src/pki/kubeconfig.js";
import { Client, type Endpoint, endpointOf } from "../../helpers/client.js";
import { connectTls } from "../../server/support.js";
import { SpdyClient } from "../../streams/spdy/client.js";

export interface Served {
  readonly server: FakeApiserver;
  readonly client: Client;
  readonly endpoint: Endpoint;
  readonly kubeconfig: string;
}

/** A cluster with a node, and pods on it by their annotations. */
export async function serve(
  pods: Readonly<Record<string, Readonly<Record<string, string>>>>,
  options: FakeApiserverOptions = {},
): Promise<Served> {
  const server = await startFakeApiserver(options);
  const kubeconfig = await server.clusters[0]!.kubeconfig();
  const endpoint = endpointOf(parse(kubeconfig) as Kubeconfig);
  const client = new Client(endpoint);
  await client.json("POST", "/api/v1/nodes", {
    metadata: { name: "node" },
    status: { addresses: [{ type: "InternalIP", address: "192.0.2.1" }] },
  });
  for (const [name, annotations] of Object.entries(pods)) {
    await client.json("POST", "/api/v1/namespaces/default/pods", {
      metadata: { name, annotations },
      spec: { nodeName: "node", containers: [{ name: "c", image: "i" }] },
    });
    await client.send("PATCH", `/api/v1/namespaces/default/pods/${name}/status`, {
      headers: { "Content-Type": "application/merge-patch+json" },
      body: '{"status":{"phase":"Running"}}',
    });
  }
  return { server, client, endpoint, kubeconfig };
}

export const POD = "/api/v1/namespaces/default/pods";

/** A connection on which a request has been sent. */
export async function upgrade(
  { endpoint }: Pick<Served, "endpoint">,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly head: string; readonly socket: TLSSocket }> {
  const { host, port, ca, cert, key, servername } = endpoint;
  const socket = await connectTls({
    host,
    port,
    ca,
    ...(cert && key ? { cert, key } : {}),
    ...(servername === undefined ? {} : { servername }),
    ALPNProtocols: ["http/1.1"],
  });
  const lines = Object.entries({ Host: "x", Connection: "Upgrade", ...headers }).map((entry) => entry.join(": "));
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const chunk = (socket.read() as Buffer | null) ?? undefined;
    if (chunk === undefined) await new Promise((resolve) => socket.once("readable", resolve));
    else {
      const end = chunk.indexOf("\r\n\r\n");
      head += chunk.subarray(0, end < 0 ? chunk.length : end + 4).toString();
      if (end >= 0 && end + 4 < chunk.length) socket.unshift(chunk.subarray(end + 4));
    }
  }
  socket.removeAllListeners("readable");
  return { head, socket };
}

export async function spdy(
  served: Pick<Served, "endpoint">,
  path: string,
  protocol: string,
): Promise<{ readonly head: string; readonly socket: TLSSocket; readonly client: SpdyClient }> {
  const { head, socket } = await upgrade(served, "POST", `${POD}/${path}`, {
    Upgrade: "SPDY/3.1",
    "X-Stream-Protocol-Version": protocol,
  });
  return { head, socket, client: new SpdyClient(socket) };
}
