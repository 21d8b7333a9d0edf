import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isObject, type Json, type JsonObject, type KubeObject } from "../kube/json.js";
import { ApiError } from "../kube/status.js";
import type { Connection } from "./connection.js";

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: KubeObject;
}

export type Query = Readonly<Record<string, string>>;

/** How long an answer may take to begin. */
const ANSWER_MS = 15_000;

/** A watch without events gets bookmarks about each minute: one that is silent for longer has lost its server. */
const SILENCE_MS = 100_000;

const PAGE = "500";

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query?: Query;
  readonly body?: Json;
  readonly type?: string;
  readonly signal?: AbortSignal;
}

/**
 * A client of another Kubernetes API, over kept connections. Throws ApiError for what the server refuses, and Node's own
 * errors where there is no server. Integers beyond 2^53 are not kept exactly.
 */
export class KubeClient {
  readonly #connection: Connection;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(connection: Connection) {
    this.#connection = connection;
    const secure = connection.server.protocol === "https:";
    this.#agent = secure ? new HttpsAgent({ keepAlive: true, ...connection.tls }) : new HttpAgent({ keepAlive: true });
  }

  get namespace(): string {
    return this.#connection.namespace;
  }

  get connection(): Connection {
    return this.#connection;
  }

  get server(): string {
    return this.#connection.server.origin;
  }

  close(): void {
    this.#agent.destroy();
  }

  async get(path: string, query: Query = {}): Promise<KubeObject> {
    return (await this.#json({ method: "GET", path, query })) as KubeObject;
  }

  /** As it is sent: integers are exact. */
  async text(path: string, query: Query = {}): Promise<string> {
    return this.#text({ method: "GET", path, query });
  }

  /** Undefined where there is none. */
  async find(path: string): Promise<KubeObject | undefined> {
    try {
      return await this.get(path);
    } catch (error) {
      if (error instanceof ApiError && error.status.code === 404) return undefined;
      throw error;
    }
  }

  /** All pages, and the version that a watch can go on from. */
  async list(
    path: string,
    selection: Query = {},
  ): Promise<{ readonly items: readonly KubeObject[]; readonly version: string }> {
    const items: KubeObject[] = [];
    let query: Query = { ...selection, limit: PAGE };
    for (;;) {
      const page = await this.get(path, query);
      if (Array.isArray(page.items)) items.push(...(page.items as KubeObject[]));
      const next = page.metadata.continue;
      if (typeof next !== "string" || next === "") return { items, version: page.metadata.resourceVersion ?? "" };
      query = { ...selection, limit: PAGE, continue: next };
    }
  }

  create(path: string, body: JsonObject): Promise<KubeObject> {
    return this.#json({ method: "POST", path, body });
  }

  update(path: string, body: JsonObject): Promise<KubeObject> {
    return this.#json({ method: "PUT", path, body });
  }

  delete(path: string): Promise<KubeObject> {
    return this.#json({ method: "DELETE", path });
  }

  /** A JSON merge patch. */
  patch(path: string, body: JsonObject): Promise<KubeObject> {
    return this.#json({ method: "PATCH", path, body, type: "application/merge-patch+json" });
  }

  /** Has the fields of an object be as the body says, whoever else has set them. Answers with the object. */
  apply(path: string, body: JsonObject, manager: string): Promise<KubeObject> {
    const query = { fieldManager: manager, force: "true" };
    return this.#json({ method: "PATCH", path, query, body, type: "application/apply-patch+yaml" });
  }

  /** Events from a version on, until the server ends the watch. @throws ApiError, 410 where history is gone */
  async *watch(path: string, version: string, signal: AbortSignal, selection: Query = {}): AsyncGenerator<WatchEvent> {
    const seconds = 300 + Math.floor(Math.random() * 300);
    const query = {
      ...selection,
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: version,
      timeoutSeconds: String(seconds),
    };
    const response = await this.#open({ method: "GET", path, query, signal });
    if ((response.statusCode ?? 0) >= 300) throw refusal(response, await textOf(response));
    const { socket } = response;
    const silent = () => response.destroy(new Error("the watch has gone silent"));
    socket.setTimeout(SILENCE_MS, silent);
    try {
      for await (const line of linesOf(response)) yield eventOf(line);
    } finally {
      socket.off("timeout", silent); // the connection goes on to others
    }
  }

  async #json(sent: Sent): Promise<KubeObject> {
    return JSON.parse(await this.#text(sent)) as KubeObject;
  }

  async #text(sent: Sent): Promise<string> {
    const response = await this.#open(sent);
    const text = await textOf(response);
    if ((response.statusCode ?? 0) >= 300) throw refusal(response, text);
    return text;
  }

  /** Resolves with the beginning of an answer. */
  #open({ method, path, query = {}, body, type = "application/json", signal }: Sent): Promise<IncomingMessage> {
    const { server, authorization } = this.#connection;
    const search = new URLSearchParams(query).toString();
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const credential = authorization();
    const options: RequestOptions = {
      method,
      agent: this.#agent,
      path: `${server.pathname.replace(/\/$/, "")}${path}${search === "" ? "" : `?${search}`}`,
      host: server.hostname.replace(/^\[|\]$/g, ""),
      port: server.port === "" ? (server.protocol === "https:" ? 443 : 80) : server.port,
      headers: {
        accept: "application/json",
        "user-agent": "fake-apiserver",
        ...(credential === undefined ? {} : { authorization: credential }),
        ...(payload === undefined ? {} : { "content-type": type, "content-length": payload.length }),
      },
      ...(signal === undefined ? {} : { signal }),
    };
    return new Promise((resolve, reject) => {
      const request = (server.protocol === "https:" ? httpsRequest : httpRequest)(options, resolve);
      request.setTimeout(ANSWER_MS, () => request.destroy(new Error(`no answer to ${method} ${path}`)));
      request.on("error", reject);
      request.end(payload);
    });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding("utf8");
  let rest = "";
  for await (const chunk of response) {
    const parts = (rest + (chunk as string)).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part !== "") yield part;
  }
}

function eventOf(line: string): WatchEvent {
  const event = JSON.parse(line) as { type: string; object: KubeObject };
  if (event.type === "ERROR") throw errorOf(event.object, 500);
  return event as WatchEvent;
}

function refusal(response: IncomingMessage, text: string): ApiError {
  const code = response.statusCode ?? 500;
  try {
    return errorOf(JSON.parse(text) as Json, code);
  } catch {
    return new ApiError({ code, reason: "", message: text.slice(0, 200) });
  }
}

/** The ApiError that a Status speaks of. */
function errorOf(status: Json, code: number): ApiError {
  const { code: told, reason, message } = isObject(status) ? status : {};
  return new ApiError({
    code: typeof told === "number" ? told : code,
    reason: typeof reason === "string" ? reason : "",
    message: typeof message === "string" ? message : `the server answered ${code}`,
  });
}
