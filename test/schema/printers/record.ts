/**
 * Records how a real kube-apiserver prints the objects of golden/objects.yaml into golden/rows.json:
 *
 *     KUBECONFIG=… npx tsx test/schema/printers/record.ts
 *
 * It creates everything in a namespace of its own and under names of its own, and deletes what it created.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { parse } from "yaml";

interface Fixture {
  readonly object: Record<string, unknown> & { apiVersion: string; kind: string; metadata: { name: string } };
  readonly status?: Record<string, unknown>;
  readonly deleting?: boolean;
}

const NAMESPACE = `printed-rows-${Date.now()}`;
const folder = new URL("golden/", import.meta.url);
const kubeconfig = parse(readFileSync(process.env.KUBECONFIG!, "utf8")) as {
  clusters: { cluster: Record<string, string> }[];
  users: { user: Record<string, string> }[];
};
const cluster = kubeconfig.clusters[0]!.cluster;
const user = kubeconfig.users[0]!.user;

function credential(entry: Record<string, string>, name: string): Buffer {
  const inline = entry[`${name}-data`];
  return inline ? Buffer.from(inline, "base64") : readFileSync(entry[name]!);
}

const tls: RequestOptions = {
  ca: credential(cluster, "certificate-authority"),
  cert: credential(user, "client-certificate"),
  key: credential(user, "client-key"),
};

async function call(method: string, path: string, body?: unknown, accept = "application/json") {
  return new Promise<{ status: number; body: string; date: number }>((resolve, reject) => {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const payload = body === undefined ? "" : JSON.stringify(body);
    const headers = { accept, "content-type": type, "content-length": Buffer.byteLength(payload) };
    const outgoing = request(`${cluster.server}${path}`, { ...tls, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode!, body: text, date: Date.parse(response.headers.date!) }),
      );
    });
    outgoing.on("error", reject).end(payload);
  });
}

async function expectOk(method: string, path: string, body?: unknown) {
  const answer = await call(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
  return answer;
}

async function collection(fixture: Fixture): Promise<string> {
  const { apiVersion, kind } = fixture.object;
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const list = JSON.parse((await expectOk("GET", root)).body) as {
    resources: { name: string; kind: string; namespaced: boolean }[];
  };
  const found = list.resources.find((each) => each.kind === kind && !each.name.includes("/"))!;
  return found.namespaced ? `${root}/namespaces/${NAMESPACE}/${found.name}` : `${root}/${found.name}`;
}

/** Without controllers nobody else removes finalizers, which admission adds to some kinds. */
async function remove(item: string) {
  await call("DELETE", `${item}?gracePeriodSeconds=0`);
  await call("PATCH", item, { metadata: { finalizers: null } });
}

async function record(fixture: Fixture) {
  const items = await collection(fixture);
  const item = `${items}/${fixture.object.metadata.name}`;
  const metadata = fixture.deleting
    ? { ...fixture.object.metadata, finalizers: ["example.com/stay"] }
    : fixture.object.metadata;
  await expectOk("POST", items, { ...fixture.object, metadata });
  if (fixture.status) await expectOk("PATCH", `${item}/status`, { status: fixture.status });
  if (fixture.deleting) await expectOk("DELETE", item, { gracePeriodSeconds: 30 });
  const table = await call(
    "GET",
    `${item}?includeObject=Object`,
    undefined,
    "application/json;as=Table;g=meta.k8s.io;v=v1",
  );
  // Kept as text: an int64 would not survive JSON.parse.
  const cells = /"rows":\[\{"cells":(\[.*?\]),("conditions":(\[.*?\]),)?"object":(.*)\}\]\}\s*$/s.exec(table.body);
  if (!cells) throw new Error(`no row in ${table.body.replace(/"columnDefinitions".*?\]/s, "")}`);
  await remove(item);
  return `{"now":${table.date},"cells":${cells[1]},"conditions":${cells[3] ?? "[]"},"object":${cells[4]}}`;
}

const pair = execFileSync(
  "openssl",
  ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=x"],
  {
    stdio: ["ignore", "pipe", "ignore"],
  },
);
const text = readFileSync(new URL("objects.yaml", folder), "utf8")
  .replaceAll("@ns@", NAMESPACE)
  .replaceAll("@csr@", pair.toString("base64"));
await call("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
await call("POST", `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name: "default" } });
const rows: string[] = [];
for (const fixture of parse(text) as Fixture[]) {
  try {
    rows.push(await record(fixture));
  } catch (error) {
    console.error(`${fixture.object.kind} ${fixture.object.metadata.name}: ${(error as Error).message}`);
  }
}
await call("DELETE", `/api/v1/namespaces/${NAMESPACE}`);
await call("PUT", `/api/v1/namespaces/${NAMESPACE}/finalize`, { metadata: { name: NAMESPACE }, spec: {} });
writeFileSync(new URL("rows.json", folder), `[\n${rows.join(",\n")}\n]\n`);
console.log(`${rows.length} rows`);
