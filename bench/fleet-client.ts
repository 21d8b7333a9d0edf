import { existsSync, readFileSync } from "node:fs";
import http2 from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { type FleetRecord, Output } from "../src/cluster/output.js";
import { clusterObjects } from "./objects.js";

/** Clients at work at the same time. */
const PARALLEL = 16;

const [out = "", count = "0", task = "get", credentials = ""] = process.argv.slice(2);
const eager = credentials === "written";
const output = new Output(out);
let record: FleetRecord | undefined;
let next = 1;
await Promise.all(Array.from({ length: PARALLEL }, work));

async function work(): Promise<void> {
  while (next <= Number(count)) await visit(next++);
}

/** Waits for a cluster to come up and talks to it on a connection of its own, as its own admin. */
async function visit(index: number): Promise<void> {
  const name = `cluster-${index}`;
  const { server, tlsServerName } = await find(name);
  const session = http2.connect(server, {
    ...(eager ? written(name) : made(name)),
    ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
  });
  if (task === "get") await expectStatus(session, 200, "GET", "/api/v1/namespaces/default");
  else for (const { path, object } of clusterObjects(index)) await expectStatus(session, 201, "POST", path, object);
  session.close();
}

/** The credentials in the kubeconfig, as they are: it is the server that is measured. */
function written(name: string): http2.SecureClientSessionOptions {
  const text = readFileSync(output.kubeconfigPath(name), "utf8");
  const data = (field: string) =>
    Buffer.from(new RegExp(`${field}-data: "?([^"\\s]+)`).exec(text)?.[1] ?? "", "base64");
  return { ca: data("certificate-authority"), cert: data("client-certificate"), key: data("client-key") };
}

function made(name: string): http2.SecureClientSessionOptions {
  const { authority, admin } = output.identity(name, Date.now());
  return { ca: authority.certificate, cert: admin.certificate, key: admin.key };
}

async function find(name: string): Promise<FleetRecord["clusters"][number]> {
  while (record === undefined) {
    record = existsSync(out) ? output.readRecord() : undefined;
    if (record === undefined) await sleep(5);
  }
  // Where thousands share a port, nobody writes kubeconfigs: clients make credentials, as the command does.
  while (eager && !existsSync(output.kubeconfigPath(name))) await sleep(5);
  const found = record.clusters.find((cluster) => cluster.name === name);
  if (found === undefined) throw new Error(`no ${name} in the fleet`);
  return found;
}

function expectStatus(session: http2.ClientHttp2Session, status: number, method: string, path: string, body?: string) {
  return new Promise<void>((resolve, reject) => {
    const headers = { ":method": method, ":path": path, "content-type": "application/json" };
    const stream = session.request(headers, { endStream: body === undefined });
    let got: unknown;
    stream.on("response", (head) => {
      got = head[":status"];
    });
    let text = "";
    stream.on("data", (chunk) => {
      text += chunk;
    });
    stream.on("end", () => (got === status ? resolve() : reject(new Error(`${method} ${path}: ${got} ${text}`))));
    stream.on("error", reject);
    if (body !== undefined) stream.end(body);
  });
}
