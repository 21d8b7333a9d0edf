/**
 * Asks a real kube-apiserver everything that the two files in golden/ hold and writes its answers there:
 *
 *     npx tsx test/verbs/admission/recorded/record.ts KUBECONFIG
 *
 * Its ServiceAccount admission plugin has to be off. Creates are dry runs; what is updated is created and deleted.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { parse } from "yaml";
import type { Json, JsonObject, KubeObject } from "../../../../src/kube/json.js";
import { applyMergePatch } from "../../../../src/patch/merge.js";
import {
  type Answer,
  CREATE,
  type CreateCase,
  comparable,
  isMap,
  NOW,
  readCases,
  stripped,
  UPDATE,
  type UpdateCase,
  withWarnings,
} from "./pipeline.js";

interface Kubeconfig {
  readonly clusters: readonly { cluster: { server: string; "certificate-authority-data": string } }[];
  readonly users: readonly { user: { "client-certificate-data": string; "client-key-data": string } }[];
}

const { clusters, users } = parse(readFileSync(process.argv[2] ?? "", "utf8")) as Kubeconfig;
const { cluster } = clusters[0]!;
const { user } = users[0]!;
const agent = new Agent({
  keepAlive: true,
  ca: Buffer.from(cluster["certificate-authority-data"], "base64"),
  cert: Buffer.from(user["client-certificate-data"], "base64"),
  key: Buffer.from(user["client-key-data"], "base64"),
});

interface Response {
  readonly code: number;
  readonly json: Json;
  readonly warnings: string[];
}

function ask(method: string, path: string, body?: Json, type = "application/json"): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = request(cluster.server + path, { method, agent, headers: { "content-type": type } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const json = JSON.parse(Buffer.concat(chunks).toString()) as Json;
        const found = [answer.headers.warning ?? []].flat().join(", ");
        const warnings = [...found.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text]) =>
          text!.replace(/\\(.)/g, "$1"),
        );
        resolve({ code: answer.statusCode!, json, warnings });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const started = new Date(Date.now() - 1000).toISOString();
/** Times that the server took from its clock become NOW. */
const timeless = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value).replace(/"(20\d\d-\d\d-\d\dT[\d:]+)Z"/g, (whole, time) =>
      time >= started.slice(0, 19) ? `"${NOW}"` : whole,
    ),
  ) as T;

/** The merge patch that makes `to` of `from`. */
function mergePatch(from: Json, to: Json): Json {
  if (!isMap(from) || !isMap(to)) return to;
  const patch: JsonObject = {};
  for (const key of Object.keys(from)) if (!(key in to)) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const before = from[key];
    if (before === undefined) patch[key] = value!;
    else if (JSON.stringify(before) !== JSON.stringify(value)) patch[key] = mergePatch(before, value!);
  }
  return patch;
}

function answerOf(sent: Json, { code, json, warnings }: Response): Answer {
  if (code >= 400) return { code, status: comparable(json) };
  return withWarnings({ code, object: mergePatch(stripped(sent), stripped(timeless(json))) }, warnings);
}

function write(file: URL, cases: readonly unknown[]): void {
  writeFileSync(file, `[\n${cases.map((each) => JSON.stringify(each)).join(",\n")}\n]\n`);
}

await ask("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });

const creates = readCases<CreateCase>(CREATE);
for (const each of creates) {
  const sent = { ...each.body, metadata: (each.body.metadata ?? {}) as JsonObject };
  each.answer = answerOf(sent, await ask("POST", `${each.path}?dryRun=All`, each.body));
}
write(CREATE, creates);

const updates = readCases<UpdateCase>(UPDATE);
for (const each of updates) {
  const path = `${each.path}/${(each.body.metadata as JsonObject).name}`;
  const made = await ask("POST", each.path, each.body);
  if (made.code !== 201) throw new Error(`${each.name}: ${JSON.stringify(made.json)}`);
  const { managedFields: _, ...metadata } = (made.json as KubeObject).metadata;
  const old = { ...(made.json as KubeObject), metadata };
  each.old = timeless(old) as KubeObject;
  for (const change of each.changes) {
    const body = applyMergePatch(old as Json, change.change);
    const suffix = change.subresource ? `/${change.subresource}` : "";
    change.answer = answerOf(timeless(body), await ask("PUT", `${path}${suffix}?dryRun=All`, body));
  }
  await ask("DELETE", `${path}?gracePeriodSeconds=0`);
  await ask("PATCH", path, { metadata: { finalizers: null } }, "application/merge-patch+json");
  // Without a namespace controller nobody else ends it.
  if (each.path === "/api/v1/namespaces") await ask("PUT", `${path}/finalize`, { ...each.body, spec: {} });
}
write(UPDATE, updates);
process.exit(0);
