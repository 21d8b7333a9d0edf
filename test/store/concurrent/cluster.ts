import type { Readable } from "node:stream";
import type { Cluster } from "../../../src/cluster/cluster.js";
import { isStream, type KubeRequest, type StreamAnswer } from "../../../src/kube/handler.js";
import { parseRequestInfo } from "../../../src/kube/request-info.js";
import type { Client } from "../../helpers/client.js";
import type { Change, Event, Seen } from "./history.js";
import type { Operation } from "./operations.js";
import type { Bookmark } from "./watching.js";

interface Metadata {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels?: { readonly group?: string };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly continue?: string;
}

export interface ConfigMap {
  readonly metadata: Metadata;
  readonly data?: { readonly id?: string };
}

export function seenOf({ metadata, data }: ConfigMap): Seen {
  const { name: key, resourceVersion } = metadata;
  return { key, revision: Number(resourceVersion), id: data?.id ?? "", group: metadata.labels?.group ?? "" };
}

interface Status {
  readonly metadata: Metadata;
  readonly details?: { readonly uid?: string };
  readonly items?: readonly ConfigMap[];
}

type What = Operation["what"];

/** A namespace's ConfigMaps, over HTTP, with a note of every request. */
export class Subject {
  readonly operations: Operation[] = [];
  #clock = 0;
  #ids = 0;

  constructor(
    readonly client: Client,
    readonly path: string,
  ) {}

  /** Names a write. */
  id(): string {
    return `v${this.#ids++}`;
  }

  async run(what: What): Promise<Operation> {
    const began = this.#clock++;
    const { status, body } = await this.#send(what);
    const answer = JSON.parse(body.toString()) as Status & ConfigMap;
    const ended = this.#clock++;
    const revision = status < 300 && what.do !== "delete" ? Number(answer.metadata.resourceVersion) : undefined;
    const object = what.do === "get" && status === 200 ? seenOf(answer) : undefined;
    const items = what.do === "list" ? answer.items?.map(seenOf) : undefined;
    const operation = { began, ended, what, status, revision, object, items, uid: answer.details?.uid };
    this.operations.push(operation);
    return operation;
  }

  #send(what: What) {
    const json = (value: unknown, type = "application/json") => ({
      body: JSON.stringify(value),
      headers: { "Content-Type": type },
    });
    switch (what.do) {
      case "create":
        return this.client.send("POST", this.path, json(manifest(what.key, what.value)));
      case "update": {
        const body = manifest(what.key, what.value, String(what.expected));
        return this.client.send("PUT", `${this.path}/${what.key}`, json(body));
      }
      case "patch": {
        // Only this: the rest is to stay what whoever wrote last has made of it.
        const patch = json({ data: { id: what.id } }, "application/merge-patch+json");
        return this.client.send("PATCH", `${this.path}/${what.key}`, patch);
      }
      case "delete": {
        const { expected } = what;
        const preconditions = expected === undefined ? {} : { preconditions: { resourceVersion: String(expected) } };
        return this.client.send("DELETE", `${this.path}/${what.key}`, json(preconditions));
      }
      case "get":
        return this.client.send("GET", `${this.path}/${what.key}`);
      case "list":
        return this.client.send("GET", `${this.path}?x=1${what.filter.query}`);
    }
  }
}

/** So that little history holds few changes. */
const PADDING = "x".repeat(1200);

function manifest(name: string, { id, group }: { id: string; group: string }, resourceVersion?: string) {
  return {
    metadata: { name, labels: { group }, ...(resourceVersion && { resourceVersion }) },
    data: { id, padding: PADDING },
  };
}

export type Told = Event | Bookmark | { readonly type: "ERROR"; readonly code: number };

/** The events of a watch; ends with the connection. */
export async function* eventsOf(body: Readable): AsyncGenerator<Told> {
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield eventOf(line);
  }
}

export function eventOf(line: string): Told {
  const { type, object } = JSON.parse(line);
  if (type === "ERROR") return { type, code: object.code };
  if (type !== "BOOKMARK") return { type, object: seenOf(object) };
  const initial = object.metadata.annotations?.["k8s.io/initial-events-end"] === "true";
  return { type, revision: Number(object.metadata.resourceVersion), initial };
}

/** A watch without a connection, whose buffers would hide how far its reader is. */
export async function watchWithin(
  cluster: Cluster,
  path: string,
  parameters: string,
  signal: AbortSignal,
): Promise<StreamAnswer> {
  const query = new URLSearchParams(`watch=true&${parameters}`);
  const { handler } = await cluster.backend;
  const answer = await handler({
    ...{ method: "GET", path, query, headers: {}, body: Buffer.alloc(0), signal },
    info: parseRequestInfo("GET", path, query),
    user: { name: "witness", groups: ["system:masters"] },
  } satisfies KubeRequest);
  if (!isStream(answer)) throw new Error("no watch");
  return answer;
}

/** Sees every change at once: however little history is kept, it is not late. */
export async function witness(cluster: Cluster, path: string, from: number, signal: AbortSignal): Promise<Change[]> {
  const changes: Change[] = [];
  const watch = await watchWithin(cluster, path, `resourceVersion=${from}`, signal);
  const write = (chunk: Buffer) => {
    const { type, object } = JSON.parse(chunk.toString());
    if (type === "ERROR") throw new Error("the witness came too late");
    const { key, revision, ...value } = seenOf(object);
    changes.push({ revision, key, type, uid: object.metadata.uid, value });
    return true;
  };
  void watch.run({ write, drained: () => Promise.resolve(), signal });
  return changes;
}
