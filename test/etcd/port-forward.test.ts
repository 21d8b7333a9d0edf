import { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { type FakeApiserver, type FakeApiserverOptions, startFakeApiserver } from "../../src/embed.js";
import { Client, type Endpoint, endpointOf } from "../helpers/client.js";
import { SpdyClient } from "../streams/spdy/client.js";
import { upgrade } from "../verbs/streams/support.js";
import { etcdPod, PODS } from "./support.js";

let server: FakeApiserver | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function serve(options: FakeApiserverOptions = {}): Promise<{ endpoint: Endpoint; client: Client }> {
  server = await startFakeApiserver(options);
  const endpoint = endpointOf(await server.clusters.at(-1)!.kubeconfig());
  return { endpoint, client: new Client(endpoint) };
}

async function addPod(client: Client, component: string, annotations: Record<string, string> = {}, phase = "Running") {
  const { status, ...pod } = etcdPod("a", { annotations });
  const metadata = { ...pod.metadata, name: `${component}-a`, labels: { component } };
  await client.json("POST", PODS, { ...pod, metadata });
  await client.send("PATCH", `${PODS}/${component}-a/status`, {
    headers: { "Content-Type": "application/merge-patch+json" },
    body: JSON.stringify({ status: { ...status, phase } }),
  });
}

async function forward(endpoint: Endpoint, pod: string, port: number) {
  const { socket } = await upgrade({ endpoint }, "POST", `${PODS}/${pod}/portforward`, {
    Upgrade: "SPDY/3.1",
    "X-Stream-Protocol-Version": "portforward.k8s.io",
  });
  const client = new SpdyClient(socket);
  const error = await client.open({ streamtype: "error", port: String(port), requestid: "0" });
  client.send(error, "", true);
  const data = await client.open({ streamtype: "data", port: String(port), requestid: "0" });
  return { client, error, data };
}

/** What a stream brings and takes, as a connection. */
function streamOf(client: SpdyClient, id: number): Duplex {
  let read = 0;
  const stream: Duplex = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      client.send(id, chunk);
      done();
    },
  });
  void (async () => {
    for (;;) {
      const from = read;
      await client.until(() => client.bytes(id).length > from || client.finished(id)).catch(() => stream.push(null));
      const bytes = client.bytes(id);
      stream.push(bytes.subarray(read));
      read = bytes.length;
      if (client.ended || client.finished(id)) return stream.push(null);
    }
  })();
  return stream;
}

function handshake(stream: Duplex): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connectTls({ socket: stream, rejectUnauthorized: false, ALPNProtocols: ["h2"] }, () =>
      resolve(socket),
    );
    socket.once("error", reject);
  });
}

describe("the control plane's pods", () => {
  it("lead to their own cluster, whoever sends no server name", async () => {
    const { endpoint, client } = await serve({ clusters: 2, sni: { domain: "test" } });
    await addPod(client, "kube-apiserver");
    const { client: tunnel, data } = await forward(endpoint, "kube-apiserver-a", 6443);
    const socket = await handshake(streamOf(tunnel, data));
    const { subject, subjectaltname } = socket.getPeerCertificate();
    expect(subject.CN).toBe("kube-apiserver");
    expect(subjectaltname).toContain("DNS:cluster-2.test");
    expect(socket.alpnProtocol).toBe("h2");
  });

  it("have etcd behind their port, with a certificate of the member", async () => {
    const { endpoint, client } = await serve();
    await addPod(client, "etcd");
    const { client: tunnel, data } = await forward(endpoint, "etcd-a", 2379);
    const socket = await handshake(streamOf(tunnel, data));
    const { subject, issuer, subjectaltname } = socket.getPeerCertificate();
    expect([subject.CN, issuer.CN]).toEqual(["a", "etcd-ca"]);
    expect(subjectaltname).toContain("IP Address:192.0.2.97");
  });

  it.each([
    ["is not running", "etcd", {}, "Failed", 2379],
    ["has been removed", "etcd", { "fake-apiserver/etcd-member": "removed" }, "Running", 2379],
    ["is asked for another port", "etcd", {}, "Running", 2380],
    ["is not running", "kube-apiserver", {}, "Pending", 6443],
  ])("refuse connections when one %s", async (_why, component, annotations, phase, port) => {
    const { endpoint, client } = await serve();
    await addPod(client, component, annotations, phase);
    const { client: tunnel, error } = await forward(endpoint, `${component}-a`, port);
    await tunnel.until(() => tunnel.finished(error));
    expect(tunnel.text(error)).toContain(`dial tcp4 127.0.0.1:${port}: connect: connection refused`);
  });

  it("are left to their annotation, and to hooks", async () => {
    const { endpoint, client } = await serve({
      streams: {
        portForward({ name, connection }) {
          if (name !== "kube-apiserver-a") return undefined;
          connection.end("hooked");
          connection.resume();
          return Promise.resolve();
        },
      },
    });
    await addPod(client, "etcd", { "fake-apiserver/ports": '{"2379":{"send":"scripted"}}' });
    await addPod(client, "kube-apiserver");
    for (const [pod, port, text] of [
      ["etcd-a", 2379, "scripted"],
      ["kube-apiserver-a", 6443, "hooked"],
    ] as const) {
      const { client: tunnel, data } = await forward(endpoint, pod, port);
      await tunnel.until(() => tunnel.finished(data));
      expect(tunnel.text(data)).toBe(text);
    }
  });
});
