import { randomBytes } from "node:crypto";
import type { Client, OpenReply, Reply, Send } from "../helpers/client.js";
import type { Target, Who } from "../helpers/target.js";
import { readEnvelope, readWire, type Wire } from "../helpers/wire.js";
import { type Case, MEDIA, type Scenario } from "./case.js";
import { Frames } from "./frames.js";
import { Normalizer } from "./normalize.js";

/** What is compared of an answer; the body is kept as a value where nothing of its text is lost by that. */
export interface Outcome {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly framing?: string;
  readonly flow?: readonly (string | null)[];
  readonly body?: unknown;
}

const PATHS: readonly (readonly [string, string])[] = [
  ["core", "/api/v1/namespaces/{ns}"],
  ["cm", "/api/v1/namespaces/{ns}/configmaps"],
  ["pods", "/api/v1/namespaces/{ns}/pods"],
  ["svc", "/api/v1/namespaces/{ns}/services"],
  ["secrets", "/api/v1/namespaces/{ns}/secrets"],
  ["apps", "/apis/apps/v1/namespaces/{ns}"],
  ["batch", "/apis/batch/v1/namespaces/{ns}"],
  ["nodes", "/api/v1/nodes"],
];

/** Said of nearly every answer, so only their absence or difference is worth a word. */
const USUAL: Readonly<Record<string, string>> = {
  "content-type": "application/json",
  "cache-control": "no-cache, private",
};
/** The transport's, or different by nature. */
const UNTOLD = new Set(["date", "audit-id", "content-length", "transfer-encoding", "connection", "keep-alive"]);
/** Numbers that are the server's own; that they are there is compared. */
const OWN_NUMBERS: ReadonlySet<string> = new Set(["process-start-time-unix"]);
const FLOW_IDS = /^x-kubernetes-pf-/;

function framingOf(headers: Reply["headers"]): string {
  if (headers["content-length"]) return "length";
  return headers["transfer-encoding"]?.[0] ?? "neither";
}

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly uid: string } }[];
}

/** Runs a scenario's cases against a target, in a namespace that is gone afterwards. */
export class ScenarioRun {
  readonly #target: Target;
  readonly #vars = new Map<string, string>();
  readonly #normalizer: Normalizer;
  readonly #watches = new Map<string, { frames: Frames; reply: OpenReply }>();
  readonly #created: string[] = [];

  constructor(target: Target) {
    this.#target = target;
    const word = [...randomBytes(6)].map((byte) => "abcdefghijklmnop"[byte & 15]).join("");
    this.#vars.set("run", word).set("ns", `ns-${word}`);
    for (const [name, path] of PATHS) this.#vars.set(name, path.replace("{ns}", `ns-${word}`));
    this.#normalizer = new Normalizer([
      [`ns-${word}`, "<ns>"],
      [word, "<run>"],
    ]);
  }

  /** By name of case; cases that only set things up have no outcome. */
  async run(scenario: Scenario): Promise<Map<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    const { client } = this.#target;
    await client.json("POST", "/api/v1/namespaces", { metadata: { name: this.#vars.get("ns") } });
    try {
      for (const each of scenario.cases) {
        const outcome = await inTime(this.#case(each));
        if (!each.setup) outcomes.set(each.name, outcome);
        else if (outcome.status >= 400) throw new Error(`${each.name}: ${JSON.stringify(outcome)}`);
      }
    } finally {
      for (const { reply } of this.#watches.values()) reply.close();
      if (this.#target.real) await this.#cleanUp();
    }
    return outcomes;
  }

  async #case(each: Case): Promise<Outcome> {
    const [method = "", ...rest] = this.#fill(each.request).split(" ");
    const path = rest.join(" ");
    if (method === "EVENTS" || method === "END") return this.#events(method, path, each.count ?? 0);
    if (method === "PAUSE") return this.#pause(Number(path));
    if (method === "WATCH") return this.#watch(each, path);
    const reply = await this.#client(each).send(method, path, this.#sending(each, method));
    this.#remember(method, path, reply);
    for (const [name, at] of Object.entries(each.save ?? {})) this.#save(name, at, reply);
    const flow = each.flow ? { flow: await this.#flow(reply.headers) } : {};
    const framing = each.framing ? { framing: framingOf(reply.headers) } : {};
    const head = { status: reply.status, ...this.#headers(reply.headers), ...framing, ...flow };
    if (each.bodyless) return head;
    if (each.claims !== undefined) return { ...head, body: comparable(this.#claims(each.claims, reply)) };
    const text = this.#text(reply.body, reply.headers["content-type"]?.[0] ?? "", each.owners);
    if (each.lines !== undefined) return { ...head, body: linesOf(text, new RegExp(each.lines)) };
    const body = each.pick ? picked(text, each.pick) : comparable(text);
    for (const path of each.unordered ?? []) sortList(body, path);
    // Entries are in the order of their times, which have whole seconds.
    if (each.owners) sortList(body, "metadata.managedFields");
    return { ...head, body };
  }

  async #watch(each: Case, path: string): Promise<Outcome> {
    const reply = await this.#client(each).open("GET", path, this.#sending(each, "GET"));
    const head = { status: reply.status, ...this.#headers(reply.headers) };
    const type = reply.headers["content-type"]?.[0] ?? "";
    const frames = new Frames(reply.body, type.includes("protobuf"));
    this.#watches.set(each.name, { frames, reply });
    if (reply.status === 200) return head;
    const [body = Buffer.alloc(0)] = await frames.take(1);
    return { ...head, body: comparable(this.#text(body, type)) };
  }

  async #events(method: "EVENTS" | "END", name: string, count: number): Promise<Outcome> {
    const watch = this.#watches.get(name);
    if (!watch) throw new Error(`no watch named ${name}`);
    const taken = await watch.frames.take(method === "END" ? Number.POSITIVE_INFINITY : count);
    const type = watch.reply.headers["content-type"]?.[0] ?? "";
    const frames = method === "END" ? taken : taken.slice(0, count);
    const body = frames.map((frame) => comparable(this.#text(frame, type)));
    return { status: watch.reply.status, body: method === "END" ? { ended: watch.frames.ended, events: body } : body };
  }

  #sending(each: Case, method: string): Send {
    const accept = each.accept === undefined ? "json" : each.accept;
    const headers: Record<string, string> = accept === null ? {} : { Accept: MEDIA[accept] ?? accept };
    const text = each.json === undefined ? each.text : JSON.stringify(each.json);
    if (text !== undefined || each.type !== undefined)
      headers["Content-Type"] = MEDIA[each.type ?? "json"] ?? each.type!;
    const body = typeof text === "string" ? this.#fill(text) : text;
    const more = Object.entries(each.headers ?? {}).map(([name, value]) => [name, this.#fill(value)]);
    return { headers: { ...headers, ...Object.fromEntries(more) }, body: body ?? (method === "GET" ? undefined : "") };
  }

  /** A real server's caches follow its store; ours needs no time for it. */
  async #pause(ms: number): Promise<Outcome> {
    if (this.#target.real) await new Promise((resolve) => setTimeout(resolve, ms));
    return { status: 0 };
  }

  #client({ as }: Case): Client {
    if (as === undefined) return this.#target.client;
    return this.#target.as(JSON.parse(this.#fill(JSON.stringify(as))) as Who);
  }

  /** The names behind the uids that say how a request was classified. */
  async #flow(headers: Reply["headers"]): Promise<(string | null)[]> {
    const name = async (header: string, resource: string) => {
      const uid = headers[header]?.[0];
      if (uid === undefined) return null;
      const list = await this.#target.client.json<Listed>("GET", `/apis/flowcontrol.apiserver.k8s.io/v1/${resource}`);
      const found = list.items.find(({ metadata }) => metadata.uid === uid)?.metadata.name;
      return found === undefined ? `not there: ${uid}` : this.#normalizer.text(found);
    };
    return [
      await name("x-kubernetes-pf-flowschema-uid", "flowschemas"),
      await name("x-kubernetes-pf-prioritylevel-uid", "prioritylevelconfigurations"),
    ];
  }

  #claims(path: string, reply: Reply): string {
    const token = String(valueAt(JSON.parse(reply.body.toString()), path));
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    const { iat, exp, nbf } = claims;
    const own = claims["kubernetes.io"];
    const warnafter = own?.warnafter === undefined ? {} : { warnafter: `iat + ${own.warnafter - iat}` };
    const times = { exp: `iat + ${exp - iat}`, iat: "<now>", nbf: `iat + ${nbf - iat}` };
    return this.#normalizer.text(JSON.stringify({ ...claims, ...times, "kubernetes.io": { ...own, ...warnafter } }));
  }

  #fill(text: string): string {
    return text.replace(/\{(\w+)\}/g, (all, name: string) => this.#vars.get(name) ?? all);
  }

  #save(name: string, path: string, reply: Reply): void {
    const value = valueAt(JSON.parse(reply.body.toString()), path);
    if (value === undefined) throw new Error(`no ${path} in ${reply.body}`);
    this.#vars.set(name, String(value));
  }

  #text(body: Buffer, type: string, owners = false): string {
    return this.#normalizer.text(type.includes("protobuf") ? wireText(body) : body.toString(), owners);
  }

  #headers(headers: Reply["headers"]): { headers?: Record<string, string | null> } {
    const told: Record<string, string | null> = {};
    for (const [name, usual] of Object.entries(USUAL)) {
      const value = headers[name]?.join(", ") ?? null;
      if (value !== usual) told[name] = value;
    }
    for (const name of Object.keys(headers).sort()) {
      if (name in USUAL || UNTOLD.has(name) || FLOW_IDS.test(name)) continue;
      const value = this.#normalizer.text(headers[name]!.join(", "));
      told[name] = OWN_NUMBERS.has(name) ? value.replace(/^\d+$/, "<number>") : value;
    }
    return Object.keys(told).length > 0 ? { headers: told } : {};
  }

  #remember(method: string, path: string, reply: Reply): void {
    const [plain = ""] = path.split("?");
    if (method === "PUT" && reply.status === 201) this.#created.push(plain);
    if (method !== "POST" || reply.status !== 201 || !reply.body.toString().startsWith("{")) return;
    const name = valueAt(JSON.parse(reply.body.toString()), "metadata.name");
    if (name !== undefined) this.#created.push(`${plain}/${name}`);
  }

  /** A bare kube-apiserver has no controllers that would finish a deletion. */
  async #cleanUp(): Promise<void> {
    const { client } = this.#target;
    const ns = `/api/v1/namespaces/${this.#vars.get("ns")}`;
    for (const path of [...this.#created.reverse(), ns]) {
      const merge = { headers: { "Content-Type": MEDIA.merge! }, body: '{"metadata":{"finalizers":null}}' };
      await client.send("PATCH", path, merge);
      await client.send("DELETE", `${path}?gracePeriodSeconds=0`);
      if (!/^\/api\/v1\/namespaces\/[^/]+$/.test(path)) continue;
      const name = path.split("/").pop();
      const body = JSON.stringify({ metadata: { name }, spec: { finalizers: [] } });
      await client.send("PUT", `${path}/finalize`, { headers: { "Content-Type": MEDIA.json! }, body });
    }
  }
}

const PATIENCE_MS = 15_000;
/** A case that never ends must not take the rest of its scenario with it. */
const UNANSWERED: Outcome = { status: 0, body: "no answer" };

async function inTime(outcome: Promise<Outcome>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve(UNANSWERED), PATIENCE_MS);
  });
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The envelope's raw object (2), its ListMeta (1), the resourceVersion there (2), which moves on with other tests. */
const LIST_REVISION = /("f2":\[\{"f1":\[\{"f1":\["\\"\\""\],"f2":\["\\")\d+/;
const MAGIC = Buffer.from("k8s\0");
const DAY_S = 24 * 3600;

function wireText(body: Buffer): string {
  // A watch's frames have no envelope of their own.
  const wire = body.subarray(0, 4).equals(MAGIC) ? readEnvelope(body) : readWire(body);
  return JSON.stringify(withoutOwners(wire))
    .replace(LIST_REVISION, "$1<now>")
    .replace(/varint (\d{10})\b/g, (all, seconds: string) =>
      Math.abs(Number(seconds) - Date.now() / 1000) < DAY_S ? "varint <time>" : all,
    );
}

const MANAGED_FIELDS = "f17";
const RESOURCE_VERSION = "f6";

/** Drops ObjectMeta.managedFields, which is field 17 wherever a uid is field 5. */
function withoutOwners(wire: Wire): Wire {
  const out: Record<string, Wire[string]> = {};
  const isMeta = typeof wire.f5?.[0] === "string" && /^"[0-9a-f]{8}-/.test(wire.f5[0]);
  for (const [field, values] of Object.entries(wire)) {
    if (isMeta && field === MANAGED_FIELDS) continue;
    const revision = isMeta && field === RESOURCE_VERSION;
    out[field] = values.map((value) => {
      if (revision) return `resourceVersion: ${String(value).replaceAll('"', "")}`;
      return typeof value === "string" ? value : withoutOwners(value);
    });
  }
  return out;
}

function comparable(text: string): unknown {
  const line = text.endsWith("\n") ? text.slice(0, -1) : text;
  try {
    const value: unknown = JSON.parse(line);
    if (JSON.stringify(value) === line) return value;
  } catch {
    // Not JSON.
  }
  return text;
}

function valueAt(value: unknown, path: string): unknown {
  let at = value;
  for (const step of path.split(".")) at = (at as Record<string, unknown> | undefined)?.[step];
  return at;
}

function linesOf(text: string, wanted: RegExp): string[] {
  const lines = text.split("\n").filter((line) => wanted.test(line));
  return lines.map((line) => (line.startsWith("#") ? line : line.replace(/ \S+$/, "")));
}

function sortList(value: unknown, path: string): void {
  // Picked parts stand under their whole path.
  const list = (value as Record<string, unknown> | undefined)?.[path] ?? valueAt(value, path);
  if (!Array.isArray(list)) return;
  const keyed = list.map((item: unknown) => [JSON.stringify(item), item] as const);
  list.splice(0, list.length, ...keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item));
}

function picked(text: string, paths: readonly string[]): unknown {
  const body = text.startsWith("{") ? JSON.parse(text) : undefined;
  return Object.fromEntries(paths.map((path) => [path, valueAt(body, path) ?? null]));
}
