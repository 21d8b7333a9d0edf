/**
 * Has a real kube-apiserver judge the cases where they begin to cost too much, and writes what it says to golden.json:
 *
 *     npx tsx test/schema/crd/cel/limits/record.ts KUBECONFIG
 */
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Client, endpointOf } from "../../../../helpers/client.js";
import { CASES, crd, FILE, GROUP, type Limit, object } from "./cases.js";

const client = new Client(endpointOf(readFileSync(process.argv[2] ?? "", "utf8")));
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

interface Status {
  readonly message: string;
  readonly details?: { readonly causes?: readonly { field: string; message: string }[] };
}

async function errorsOf(path: string, body: unknown): Promise<readonly string[]> {
  const headers = { "Content-Type": "application/json" };
  for (let tries = 0; ; tries++) {
    const reply = await client.send("POST", path, { headers, body: JSON.stringify(body) });
    const answer = reply.body.toString();
    // A new resource is served some time after its definition has been answered.
    if (reply.status === 404 && tries < 100) await pause(200);
    else if (reply.status < 300) return [];
    else {
      const { message, details } = JSON.parse(answer) as Status;
      return details?.causes?.map((each) => `${each.field}: ${each.message}`) ?? [message];
    }
  }
}

const exceeded = (errors: readonly string[]) => errors.some((error) => /call cost exceeds|cost budget/.test(error));

/** The size from which on an object costs too much. */
async function limitOf(index: number): Promise<Limit> {
  const { value, title, most } = CASES[index]!;
  const ask = (size: number) => errorsOf(`/apis/${GROUP}/v1/limits?dryRun=All`, object(index, value(size)));
  let [low, high] = [0, most];
  if (!exceeded(await ask(high))) throw new Error(`${title} never costs too much`);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (exceeded(await ask(middle))) high = middle;
    else low = middle;
  }
  return { size: low, fits: await ask(low), exceeds: await ask(high) };
}

const refused = await errorsOf(CRDS, crd());
if (refused.length > 0) throw new Error(refused.join("\n"));
try {
  const limits: Record<string, Limit> = {};
  for (const [index, { title }] of CASES.entries()) limits[title] = await limitOf(index);
  writeFileSync(FILE, `${JSON.stringify(limits, null, 1)}\n`);
} finally {
  await client.send("DELETE", `${CRDS}/limits.${GROUP}`);
  client.close();
}
