import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeApiserver } from "../../../src/embed.js";
import type { Json, JsonObject } from "../../../src/kube/json.js";
import { loadTables } from "../../../src/schema/tables.js";
import { Normalizer } from "../../contract/normalize.js";
import { Client, endpointOf } from "../../helpers/client.js";
import { type Mutation, mutations, put } from "./mutate.js";
import { SEEDS, type Seed } from "./seeds.js";

/**
 * Changes objects field by field, asks a real server and ours what they say (dry runs), and tells the differences.
 * REAL_KUBECONFIG=… npx tsx test/oracle/validation/run.ts [kind…] [--show N] [--pairs N] [--seed N]
 * Answers of the real server are kept in a cache folder: a second run asks ours only.
 */
const NS = "fuzz-ns";
const CACHE = join(tmpdir(), "validation-answers");
const args = process.argv.slice(2);
const option = (name: string, otherwise: number): number => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(args.splice(at, 2)[1]);
};
const show = option("show", 15);
const pairs = option("pairs", 0);
let random = option("seed", 1);

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject;
  readonly what: string;
}

function next(limit: number): number {
  random = (Math.imul(random, 1103515245) + 12345) >>> 0;
  return (random >>> 8) % limit;
}

const tables = loadTables("1.34");

function typeOf(client: Client, seed: Seed): Promise<{ kind: string; apiVersion: string }> {
  const parts = seed.path.split("/").filter((part) => part !== "");
  const apiVersion = parts[0] === "api" ? "v1" : `${parts[1]}/${parts[2]}`;
  const root = parts[0] === "api" ? "/api/v1" : `/apis/${apiVersion}`;
  return client
    .json<{ resources: { name: string; kind: string }[] }>("GET", root)
    .then(({ resources }) => ({ kind: resources.find(({ name }) => name === parts.at(-1))!.kind, apiVersion }));
}

const filled = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll("{ns}", NS)) as T;

async function send(client: Client, { method, path, body }: Request): Promise<string> {
  const sent = {
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  };
  const reply = await client.send(method, path, sent).catch((error: Error) => error);
  if (reply instanceof Error) return `!!! ${reply.message}`;
  const warnings = reply.headers.warning ?? [];
  // Administrators have names of their own, which CertificateSigningRequests record.
  const text = new Normalizer([["kubernetes-admin", "admin"]]).text(reply.body.toString());
  return `${reply.status} ${text.trim()}${warnings.map((each) => `\n  W ${each}`).join("")}`;
}

async function ensure(
  client: Client,
  seed: Seed,
  type: { kind: string; apiVersion: string },
): Promise<JsonObject | undefined> {
  const object = { ...type, ...filled(seed.object) } as unknown as JsonObject & { metadata: { name: string } };
  const path = `${filled(seed.path)}/${object.metadata.name}`;
  const found = await client.send("GET", path);
  if (found.status === 404) {
    const made = await client.send("POST", filled(seed.path), {
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(object),
    });
    if (made.status >= 300) {
      console.log(`!!! ${client.endpoint.port} ${path}: ${made.status} ${made.body}`);
      return undefined;
    }
  }
  return client.json("GET", path);
}

/** A bare kube-apiserver has no controllers that would finish a deletion. */
async function remove(client: Client, seed: Seed): Promise<void> {
  const path = `${filled(seed.path)}/${(seed.object.metadata as { name: string }).name}`;
  const merge = { "Content-Type": "application/merge-patch+json" };
  await client.send("PATCH", path, { headers: merge, body: '{"metadata":{"finalizers":null}}' });
  await client.send("DELETE", `${path}?gracePeriodSeconds=0&propagationPolicy=Background`);
  await client.send("PATCH", path, { headers: merge, body: '{"metadata":{"finalizers":null}}' });
  if (seed.path !== "/api/v1/namespaces") return;
  const body = JSON.stringify({ metadata: seed.object.metadata, spec: { finalizers: [] } });
  await client.send("PUT", `${path}/finalize`, { headers: { "Content-Type": "application/json" }, body });
}

function* changes(value: JsonObject, kind: { kind: string; apiVersion: string }): Generator<Mutation[]> {
  const [group, version] = kind.apiVersion.includes("/") ? kind.apiVersion.split("/") : ["", kind.apiVersion];
  const all = [...mutations(value, tables.structFor({ group: group!, version: version!, kind: kind.kind })!)];
  if (pairs === 0) for (const each of all) yield [each];
  for (let i = 0; i < pairs; i++) yield [all[next(all.length)]!, all[next(all.length)]!];
}

const told = (all: readonly Mutation[]): string =>
  all.map(({ path, value }) => `${path.join(".")}=${(JSON.stringify(value) ?? "∅").slice(0, 90)}`).join(" & ");

function changed(base: JsonObject, all: readonly Mutation[]): JsonObject | undefined {
  const object = structuredClone(base);
  try {
    for (const each of all) put(object, each);
  } catch {
    return undefined;
  }
  return object;
}

function fileOf(path: string, object: JsonObject): string {
  const { resourceVersion: _rv, uid: _uid, ...metadata } = (object.metadata ?? {}) as JsonObject;
  return createHash("sha1")
    .update(`${path}${JSON.stringify({ ...object, metadata })}`)
    .digest("hex");
}

async function main(): Promise<void> {
  const fleet = await startFakeApiserver({ clusters: 1 });
  const ours = new Client(endpointOf(await fleet.clusters[0]!.kubeconfigObject()));
  const real = new Client(endpointOf(readFileSync(process.env.REAL_KUBECONFIG!, "utf8")));
  mkdirSync(CACHE, { recursive: true });
  for (const client of [ours, real]) {
    await client.send("POST", "/api/v1/namespaces", {
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ metadata: { name: NS } }),
    });
    await client.send("POST", `/api/v1/namespaces/${NS}/serviceaccounts`, {
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ metadata: { name: "default" } }),
    });
  }
  const kinds = args.length > 0 ? args : Object.keys(SEEDS);
  for (const kind of kinds) {
    let asked = 0;
    let shown = 0;
    let different = 0;
    const forms = new Set<string>();
    const known = join(CACHE, `${kind}.json`);
    const cache = new Map<string, string>(
      existsSync(known) ? (JSON.parse(readFileSync(known, "utf8")) as [string, string][]) : [],
    );
    const compare = async (what: string, method: string, path: string, bodies: readonly [JsonObject, JsonObject]) => {
      const [oursBody, realBody] = bodies;
      const key = fileOf(`${method} ${path}`, realBody);
      const run = { method, path, what };
      const mine = await send(ours, { ...run, body: oursBody });
      const theirs = cache.get(key) ?? (await send(real, { ...run, body: realBody }));
      cache.set(key, theirs);
      asked++;
      if (asked % 2000 === 0) writeFileSync(known, JSON.stringify([...cache]));
      // What a real server can't answer: its own crash.
      if (mine === theirs || theirs.startsWith("!!!")) return;
      different++;
      const text = difference(mine, theirs);
      const form = `${method}${text.replace(/\d+|\\?"[^"]*"/g, "#").slice(0, 400)}`;
      if (forms.has(form) || shown++ >= show) return;
      forms.add(form);
      console.log(`--- ${method} ${path} ${what}\n${text}`);
    };
    for (const seed of SEEDS[kind]!) {
      const type = await typeOf(real, seed);
      const path = filled(seed.path);
      const jobs: (() => Promise<void>)[] = [];
      const base = { ...type, ...filled(seed.object) } as JsonObject;
      // A run that was cut short may have left it.
      if (!seed.createOnly) for (const client of [ours, real]) await remove(client, seed);
      for (const all of changes(base, type)) {
        const body = changed(base, all);
        if (body) jobs.push(() => compare(told(all), "POST", `${path}?dryRun=All`, [body, body]));
      }
      await inParallel(jobs.splice(0), 8);
      if (!seed.createOnly) {
        const stored = await Promise.all([ensure(ours, seed, type), ensure(real, seed, type)]);
        const name = (base.metadata as JsonObject).name as string;
        const put = (all: readonly Mutation[], suffix: string, over: Record<string, Json>): void => {
          const bodies = stored.map((each) => each && changed({ ...each, ...over }, all));
          if (!bodies[0] || !bodies[1]) return;
          const at = `${path}/${name}${suffix}?dryRun=All`;
          jobs.push(() => compare(told(all), "PUT", at, [bodies[0]!, bodies[1]!]));
        };
        for (const all of seed.through ? [] : changes(base, type)) put(all, "", {});
        for (const [part, fields] of Object.entries(seed.through ?? {})) {
          const whole = { ...base, spec: { ...(base.spec as JsonObject), ...fields } };
          const over = { spec: { ...(stored[0]?.spec as JsonObject), ...fields } };
          for (const all of changes(whole, type)) put(all, `/${part}`, over);
        }
        if (seed.status !== undefined) {
          const status = { status: filled(seed.status) };
          for (const all of changes(status as JsonObject, type)) {
            if (all.every((each) => each.path[0] === "status")) put(all, "/status", status);
          }
        }
      }
      await inParallel(jobs, 8);
      if (!seed.createOnly) for (const client of [ours, real]) await remove(client, seed);
    }
    writeFileSync(known, JSON.stringify([...cache]));
    console.log(`=== ${kind}: ${asked} asked, ${different} different, ${shown} forms`);
  }
  for (const client of [ours, real]) client.close();
  await fleet.stop();
}

interface Told {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { reason: string; message: string; field: string }[] };
}

function linesOf(answer: string): string[] {
  const [first = "", ...warnings] = answer.split("\n");
  const body = first.slice(4);
  try {
    const { details, message } = JSON.parse(body) as Told;
    const causes = details?.causes?.map((cause) => `${cause.field}: ${cause.reason}: ${cause.message}`);
    return [first.slice(0, 4), ...(causes ?? [message ?? body]), ...warnings];
  } catch {
    return [first, ...warnings];
  }
}

/** What only one of the two says; where they say the same in another order, or of success, from where they differ. */
function difference(mine: string, theirs: string): string {
  const [ours, real] = [linesOf(mine), linesOf(theirs)];
  const only = (a: string[], b: string[]) => a.filter((line) => !b.includes(line));
  const short = (text: string) => text.slice(0, 330);
  const lines = [
    ...only(real, ours).map((line) => ` real ${short(line)}`),
    ...only(ours, real).map((line) => ` ours ${short(line)}`),
  ];
  if (lines.length > 0 && !(ours.length === 2 && real.length === 2 && ours[1]!.startsWith("{")))
    return lines.join("\n");
  let at = 0;
  while (at < mine.length && mine[at] === theirs[at]) at++;
  const cut = (text: string): string => `${text.slice(0, 4)}…${text.slice(Math.max(0, at - 60), at + 260)}`;
  return ` real ${cut(theirs)}\n ours ${cut(mine)}`;
}

async function inParallel(jobs: readonly (() => Promise<void>)[], width: number): Promise<void> {
  let at = 0;
  const worker = async (): Promise<void> => {
    while (at < jobs.length) await jobs[at++]!();
  };
  await Promise.all(Array.from({ length: width }, worker));
}

await main();
