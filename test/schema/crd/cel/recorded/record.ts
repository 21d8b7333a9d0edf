/**
 * Has a real kube-apiserver judge all rules in batches.ts and writes what it says to golden.json:
 *
 *     npx tsx test/schema/crd/cel/recorded/record.ts KUBECONFIG [BATCH…]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Client, endpointOf } from "../../../../helpers/client.js";
import { BATCHES } from "./batches.js";
import { OLD, VALUE } from "./fixture.js";
import {
  ALL,
  type Batch,
  byRule,
  crd,
  FILE,
  GROUP,
  type Outcome,
  objectText,
  outcome,
  type Rule,
  recording,
  ruleOf,
  titleOf,
} from "./pipeline.js";

const client = new Client(endpointOf(readFileSync(process.argv[2] ?? "", "utf8")));
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

interface Status {
  readonly message: string;
  readonly details?: { readonly causes?: readonly { field: string; message: string }[] };
}

async function send(method: string, path: string, body?: string) {
  const headers = { "Content-Type": "application/json" };
  let reply = await client.send(method, path, { headers, body });
  // A new resource is served some time after its definition has been answered.
  for (let tries = 0; reply.status === 404 && tries < 100 && reply.body.toString().startsWith("404"); tries++) {
    await pause(200);
    reply = await client.send(method, path, { headers, body });
  }
  const warnings = (reply.headers.warning ?? []).flatMap((each) =>
    [...each.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text!.replace(/\\(.)/g, "$1")),
  );
  return { ok: reply.status < 300, json: JSON.parse(reply.body.toString()) as Status, warnings };
}

const causes = ({ message, details }: Status) =>
  details?.causes?.map((each) => `${each.field}: ${each.message}`) ?? [message];

async function record({ rules, transition }: Batch, plural: string): Promise<Outcome[]> {
  const all: (Rule | undefined)[] = rules.map(ruleOf);
  const bare = rules.map(() => ({ rule: "true" }));
  const tried = await send("POST", `${CRDS}?dryRun=All`, JSON.stringify(crd(plural, all)));
  const refused = tried.ok ? new Map<number, string[]>() : byRule(causes(tried.json));
  const fine = all.map((rule, index) => (refused.has(index) ? { rule: "true" } : rule));
  const made = await send("POST", CRDS, JSON.stringify(crd(plural, transition ? bare : fine)));
  if (!made.ok) throw new Error(made.json.message);
  const collection = `/apis/${GROUP}/v1/${plural}`;
  let path = collection;
  if (transition) {
    const created = await send("POST", collection, objectText(plural, rules.length, OLD));
    if (!created.ok) throw new Error(created.json.message);
    const version = (made.json as unknown as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
    const merge = {
      headers: { "Content-Type": "application/merge-patch+json" },
      body: JSON.stringify(crd(plural, fine)),
    };
    const changed = await client.send("PATCH", `${CRDS}/${plural}.${GROUP}`, merge);
    if (changed.status !== 200) throw new Error(`${version}: ${changed.body}`);
    await pause(2500);
    path = `${collection}/o`;
  }
  const read = transition ? (await send("GET", path)).json : undefined;
  const more = read
    ? `,"resourceVersion":"${(read as unknown as { metadata: { resourceVersion: string } }).metadata.resourceVersion}"`
    : "";
  const written = await send(transition ? "PUT" : "POST", path, objectText(plural, rules.length, VALUE, more));
  await send("DELETE", `${CRDS}/${plural}.${GROUP}`);
  const broken = written.ok ? new Map<number, string[]>() : byRule(causes(written.json));
  const warned = byRule(written.warnings);
  return [...rules.keys(), -1].map((index) => outcome(refused.get(index), broken.get(index), warned.get(index)));
}

const wanted = process.argv.slice(3);
for (const [index, batch] of BATCHES.entries()) {
  if (wanted.length > 0 && !wanted.includes(batch.name)) continue;
  const outcomes = await record(batch, `batch${index}s`);
  const titles = [...batch.rules.map(titleOf), ALL];
  recording[batch.name] = Object.fromEntries(titles.map((title, at) => [title, outcomes[at]!]));
}
const names = new Set(BATCHES.map(({ name }) => name));
for (const name of Object.keys(recording)) if (!names.has(name)) delete recording[name];
// The names of types end in a number that is another one each time.
writeFileSync(FILE, `${JSON.stringify(recording, null, 1)}\n`.replace(/selfType\d+/g, "selfType"));
client.close();
