/**
 * Records what a real kube-apiserver's discovery and OpenAPI documents are, as fingerprints:
 *
 *     npx tsx test/schema/record-golden.ts KUBECONFIG 1.34
 *
 * The server has to be fresh (no custom resources) and reached by a client certificate.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:https";
import { parse } from "yaml";
import { fingerprint, mergeFingerprints, openApiFingerprints } from "./fingerprint.js";

interface Kubeconfig {
  readonly clusters: readonly { cluster: { server: string; "certificate-authority-data": string } }[];
  readonly users: readonly { user: { "client-certificate-data": string; "client-key-data": string } }[];
}

const [kubeconfig = "", minor = ""] = process.argv.slice(2);
const { clusters, users } = parse(readFileSync(kubeconfig, "utf8")) as Kubeconfig;
const { cluster } = clusters[0]!;
const { user } = users[0]!;
const agent = new Agent({
  keepAlive: true,
  ca: Buffer.from(cluster["certificate-authority-data"], "base64"),
  cert: Buffer.from(user["client-certificate-data"], "base64"),
  key: Buffer.from(user["client-key-data"], "base64"),
});

function fetchText(path: string, accept: string): Promise<{ text: string; etag: string }> {
  return new Promise((resolve, reject) => {
    get(cluster.server + path, { agent, headers: { accept } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        resolve({ text: Buffer.concat(chunks).toString(), etag: response.headers.etag ?? "" });
      });
    }).on("error", reject);
  });
}

const json = async (path: string) => JSON.parse((await fetchText(path, "application/json")).text);
const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

const { paths } = (await json("/")) as { paths: string[] };
const discovery: Record<string, string> = {};
for (const path of paths.filter((path) => /^\/apis?\//.test(path) || path === "/apis")) {
  discovery[path] = fingerprint((await fetchText(path, "application/json")).text.trimEnd());
}
const aggregated: Record<string, string> = {};
for (const path of ["/api", "/apis"]) aggregated[path] = (await fetchText(path, aggregatedType)).etag;
const v3: Record<string, Record<string, string>> = {};
for (const path of Object.keys((await json("/openapi/v3")).paths).sort()) {
  v3[path] = openApiFingerprints(await json(`/openapi/v3/${path}`));
}
const openApiV3 = mergeFingerprints(v3);
const openApiV2 = fingerprint(JSON.stringify(openApiFingerprints(await json("/openapi/v2"))));
writeFileSync(
  new URL(`golden/documents-${minor}.json`, import.meta.url),
  `${JSON.stringify({ paths, discovery, aggregated, openApiV3, openApiV2 }, null, 1)}\n`,
);
agent.destroy();
