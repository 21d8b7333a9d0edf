/**
 * What the custom resource definitions of a rig weigh in every cluster of a fleet: `npx tsx bench/crds.ts [CLUSTERS]
 * [DEFINITIONS] [FOLDER]`. Without a folder of manifests the definitions are made here, each with a schema of about
 * 20 kB. Each cluster gets all of them and one object of the first, and is asked for its resources.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { startFakeApiserver } from "../src/embed.js";
import { Client, endpointOf } from "../test/helpers/client.js";

const [clusters = "1000", count = "60", folder] = process.argv.slice(2);
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const SETTLE_MS = 3000;

function schema(depth: number, seed: number): Record<string, unknown> {
  if (depth === 0) return { type: "string", description: `The field ${seed}.`.padEnd(120, "."), maxLength: 64 + seed };
  const names = Array.from({ length: 5 }, (_, index) => `field${index}`);
  const properties = Object.fromEntries(names.map((name, index) => [name, schema(depth - 1, seed * 5 + index)]));
  const rules = [{ rule: "!has(self.field0) || !has(self.field1) || self.field0 != self.field1" }];
  return { type: "object", properties, ...(depth === 1 ? { "x-kubernetes-validations": rules } : {}) };
}

function definition(index: number): string {
  const [plural, group] = [`things${index}`, "bench.example.com"];
  const properties = { spec: schema(3, index), status: schema(1, index) };
  const versions = [
    {
      name: "v1",
      served: true,
      storage: true,
      subresources: { status: {} },
      schema: { openAPIV3Schema: { type: "object", properties } },
    },
  ];
  return JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: "Namespaced", names: { plural, kind: `Thing${index}` }, versions },
  });
}

function definitions(): string[] {
  if (folder === undefined) return Array.from({ length: Number(count) }, (_, index) => definition(index));
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return files.slice(0, Number(count)).map((file) => readFileSync(join(folder, file), "utf8"));
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const rss = () => Math.round(process.memoryUsage().rss / 2 ** 20);
/** What is in use, in kB: unlike the resident memory it has no garbage in it. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024;
}
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const all = definitions();
/** The share of the command's default that a cluster of a thousand has. */
const historyBytes = (Number(clusters) * 128 * 2 ** 20) / 1000;
const fleet = await startFakeApiserver({ clusters: Number(clusters), historyBytes });
console.log(`${clusters} clusters, untouched: ${rss()} MiB`);
const bytes = all.reduce((sum, text) => sum + text.length, 0);

async function fill(client: Client): Promise<void> {
  for (const body of all) {
    const type = body.startsWith("{") ? "application/json" : "application/yaml";
    const { status } = await client.send("POST", CRDS, { headers: { "Content-Type": type }, body });
    if (status !== 201) throw new Error(`a definition was answered with ${status}`);
  }
  const { status, body } = await client.send("GET", "/apis?aggregated", {});
  if (status !== 200) throw new Error(`${status}: ${body}`);
}

let before = { rss: rss(), held: held(), cpu: cpu() };
for (const [index, cluster] of fleet.clusters.entries()) {
  const client = new Client(endpointOf(await cluster.kubeconfigObject()));
  await fill(client);
  client.close();
  if (index === 0 || index + 1 === fleet.clusters.length) {
    await sleep(SETTLE_MS);
    const spent = cpu() - before.cpu;
    const grown = rss() - before.rss;
    const which = index === 0 ? "the first cluster" : `the other ${index} clusters`;
    const share = (held() - before.held) / Math.max(1, index);
    const each =
      index === 0 ? "" : `: ${share.toFixed(0)} kB in use and ${((spent * 1000) / index).toFixed(0)} ms each`;
    console.log(
      `${all.length} definitions (${Math.round(bytes / 1024)} kB) in ${which}: ${grown} MiB, ${spent.toFixed(2)} s${each}`,
    );
    before = { rss: rss(), held: held(), cpu: cpu() };
  }
}
await fleet.stop();
