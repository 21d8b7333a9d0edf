import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient, Query } from "../../client/client.js";
import { apiVersionOf, qualifiedResource } from "../../kube/gvr.js";
import { ApiError } from "../../kube/status.js";
import type { Listable, Unread } from "./discovery.js";
import { type Item, itemOf, readPage } from "./items.js";

const PAGE = "500";
/** How often a list that has grown too old between two pages is begun anew. */
const ATTEMPTS = 3;
/** How often a server that has too much to do is asked again. */
const PATIENCE = 5;

export interface Scope {
  /** Undefined: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Of labels. */
  readonly selector?: string | undefined;
}

/** Reads the objects of a cluster, if it can as they were at one moment: that of the first list. */
export class Source {
  readonly #api: KubeClient;
  readonly #pauseMs: number;
  #moment: string | undefined;
  #revision = 0n;

  constructor(api: KubeClient, pauseMs = 1_000) {
    this.#api = api;
    this.#pauseMs = pauseMs;
  }

  /** The highest that the server has told. */
  get revision(): bigint {
    return this.#revision;
  }

  /** @throws ApiError, or Node's errors */
  async list(resource: Listable, version: string, { namespaces, selector }: Scope = {}): Promise<Item[]> {
    const kind = { apiVersion: apiVersionOf({ group: resource.group, version }), kind: resource.kind };
    const query: Query = selector === undefined ? {} : { labelSelector: selector };
    const places = resource.namespaced && namespaces !== undefined ? namespaces : [undefined];
    const items: Item[] = [];
    for (const namespace of places) {
      items.push(...(await this.#collection(pathOf(kind.apiVersion, resource.resource, namespace), query, kind)));
    }
    return items;
  }

  /** Undefined: it is not there. */
  async get(resource: Listable, version: string, name: string): Promise<Item | undefined> {
    const kind = { apiVersion: apiVersionOf({ group: resource.group, version }), kind: resource.kind };
    try {
      return itemOf(
        await this.#text(`${pathOf(kind.apiVersion, resource.resource)}/${encodeURIComponent(name)}`, {}),
        kind,
      );
    } catch (error) {
      if (error instanceof ApiError && error.status.code === 404) return undefined;
      throw error;
    }
  }

  async #collection(path: string, query: Query, kind: Pick<Item, "apiVersion" | "kind">): Promise<Item[]> {
    if (this.#moment !== undefined) {
      const exact = { ...query, resourceVersion: this.#moment, resourceVersionMatch: "Exact" };
      const found = await this.#pages(path, exact, kind).catch(unlessRefused);
      if (found !== undefined) return found;
    }
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const found = await this.#pages(path, query, kind).catch(unlessGone);
      if (found !== undefined) return found;
    }
    // It changes faster than it is read in pages.
    return (await this.#page(path, query, kind)).items.slice();
  }

  async #pages(path: string, query: Query, kind: Pick<Item, "apiVersion" | "kind">): Promise<Item[]> {
    const items: Item[] = [];
    let next = "";
    do {
      // A token says which revision it goes on at.
      const { resourceVersion: _at, resourceVersionMatch: _match, ...rest } = query;
      const page = await this.#page(
        path,
        { ...(next === "" ? query : { ...rest, continue: next }), limit: PAGE },
        kind,
      );
      items.push(...page.items);
      next = page.next;
    } while (next !== "");
    return items;
  }

  async #page(path: string, query: Query, kind: Pick<Item, "apiVersion" | "kind">) {
    const page = readPage(await this.#text(path, query), kind);
    if (/^[0-9]+$/.test(page.resourceVersion)) {
      this.#moment ??= page.resourceVersion;
      const revision = BigInt(page.resourceVersion);
      if (revision > this.#revision) this.#revision = revision;
    }
    return page;
  }

  async #text(path: string, query: Query): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#api.text(path, query);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status.code !== 429 || attempt > PATIENCE) throw error;
        await sleep(this.#pauseMs * attempt);
      }
    }
  }
}

function pathOf(apiVersion: string, resource: string, namespace?: string): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`}/${resource}`;
}

/** A moment that is over, or that is none there: some keep events elsewhere, with revisions of their own. */
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof ApiError) || ![400, 410, 500, 504].includes(error.status.code)) throw error;
}

function unlessGone(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.status.code !== 410) throw error;
}

/** What to tell of a resource that could not be read. */
export function unreadOf({ group, resource }: Listable, error: unknown): Unread {
  const what = qualifiedResource({ group, resource });
  return { what, why: (error as Error).message.split("\n", 1)[0]! };
}
