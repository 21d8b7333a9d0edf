import { type Answer, type Handler, isStream, type KubeRequest, type UserInfo } from "./handler.js";
import type { Json, JsonObject, KubeObject } from "./json.js";
import { parseRequestInfo } from "./request-info.js";
import { ApiError } from "./status.js";

export type PatchType = "json" | "merge" | "strategic" | "apply";

const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

export type Query = Readonly<Record<string, string>>;

/**
 * A client of one cluster, without a connection: its requests go the way of every other after authentication and
 * authorization, so that nothing unchecked gets in. Paths are those of the API ("/api/v1/nodes/n1"). Every method
 * throws the ApiError that a client would be told, or RetiredError. Integers beyond 2^53 are not kept exactly in what it returns.
 */
export class LocalClient {
  readonly #handler: Handler;
  readonly #user: UserInfo;
  readonly #signal: AbortSignal;

  constructor(handler: Handler, userName: string, signal: AbortSignal = new AbortController().signal) {
    this.#handler = handler;
    this.#user = { name: userName, groups: ["system:masters", "system:authenticated"] };
    this.#signal = signal;
  }

  get(path: string, query: Query = {}): Promise<KubeObject> {
    return this.#send("GET", path, query, undefined);
  }

  /** Undefined where there is none. */
  find(path: string): Promise<KubeObject | undefined> {
    return unless(404, this.get(path));
  }

  async list(path: string, query: Query = {}): Promise<KubeObject[]> {
    const list = (await this.#send("GET", path, query, undefined)) as unknown as { items?: KubeObject[] | null };
    return list.items ?? [];
  }

  create(path: string, object: JsonObject, query: Query = {}): Promise<KubeObject> {
    return this.#send("POST", path, query, object);
  }

  update(path: string, object: JsonObject, query: Query = {}): Promise<KubeObject> {
    return this.#send("PUT", path, query, object);
  }

  patch(path: string, type: PatchType, patch: Json, query: Query = {}): Promise<KubeObject> {
    return this.#send("PATCH", path, query, patch, PATCH_TYPES[type]);
  }

  /** Server-side apply, which takes fields from other managers. */
  apply(path: string, fieldManager: string, object: JsonObject): Promise<KubeObject> {
    return this.patch(path, "apply", object, { fieldManager, force: "true" });
  }

  /** `options`: DeleteOptions. */
  delete(path: string, options?: JsonObject): Promise<KubeObject> {
    return this.#send("DELETE", path, {}, options);
  }

  async #send(method: string, path: string, params: Query, body: Json | undefined, type = "application/json") {
    if (this.#signal.aborted) throw new RetiredError();
    const query = new URLSearchParams(params);
    const request: KubeRequest = {
      method,
      path,
      query,
      headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": type }) },
      body: body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body)),
      info: parseRequestInfo(method, path, query),
      user: this.#user,
      signal: this.#signal,
    };
    return parsed(await this.#handler(request));
  }
}

/** The cluster that a client was of has been reset or stopped. */
export class RetiredError extends Error {
  constructor() {
    super("the cluster has been reset or stopped since");
    this.name = "RetiredError";
  }
}

/** Undefined in place of an ApiError with this code. */
export async function unless<T>(code: number, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status.code === code) return undefined;
    throw error;
  }
}

function parsed(answer: Answer): KubeObject {
  if (isStream(answer)) throw new Error("this client reads no streams");
  return JSON.parse(Buffer.concat([...answer.chunks]).toString("utf8")) as KubeObject;
}
